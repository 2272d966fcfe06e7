-- How far each segment of a category lies from a reference segment: the difference and the ratio, with their limits.
--
-- The reference is fixed by who asks, so that one answer can be compared with another; segments with the best figure or
-- the largest group are usual choices. A difference whose limits have 0 between them, or a ratio with 1, may be chance.
-- One segment at a time: where many are compared, some differ by chance, as gap_by_category says.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $category choice(StratificationCategory1, StratificationCategoryId1): what tells people apart: Income, or INC
-- $reference choice(Stratification1, StratificationID1): the segment of the category that the others are compared with
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of them
-- title: Difference from a reference group
-- unit: percent of adults; differences in percentage points
-- chart: intervals(difference); dots(value, reference_value)
-- tags: inequality
-- method: Absolute and relative disparity from a fixed reference (Keppel et al. 2005, NCHS, Series 2, No. 141)
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- method: z-test of the difference, segments taken as independent; limits of the ratio on the log scale
-- method: The conclusion, of one place, multiplies each p by the number of segments that are compared (Bonferroni)
-- method: Standard errors from the published logit limits
-- example: {"question": "Q036", "category": "EDU", "reference": "EDUCOGRAD", "state": "US"}
-- example: {"question": "Q036", "category": "Income", "reference": "INC75PLUS", "state": "MS", "year": 2019}
with newest as (
    select coalesce($year, max(YearStart)) as year
    from figures
    where
        Question = $question
        and StratificationCategory1 = $category
        and ($state is null or LocationDesc = $state)
        and Data_Value is not null
),

segments as (
    select figures.*
    from figures
    inner join newest on figures.YearStart = newest.year
    where
        figures.Question = $question
        and figures.StratificationCategory1 = $category
        and ($state is null or figures.LocationDesc = $state)
),

compared as (
    select
        segments.*,
        reference.Data_Value as reference_value,
        reference.Low_Confidence_Limit as reference_low,
        reference.High_Confidence_Limit as reference_high,
        reference.Sample_Size as reference_sample_size,
        reference.Reliability as reference_reliability,
        reference.Status as reference_status,
        segments.Data_Value - reference.Data_Value as difference,
        normal_p(
            (segments.Data_Value - reference.Data_Value)
            / sqrt(pow(segments.Standard_Error, 2) + pow(reference.Standard_Error, 2))
        ) as p,
        segments.Data_Value / reference.Data_Value as ratio,
        sqrt(pow(segments.Standard_Error, 2) + pow(reference.Standard_Error, 2)) as error,
        sqrt(
            pow(segments.Standard_Error / segments.Data_Value, 2)
            + pow(reference.Standard_Error / reference.Data_Value, 2)
        ) as log_error
    from segments
    inner join segments as reference on segments.LocationDesc = reference.LocationDesc
    where
        reference.Stratification1 = $reference
        and segments.Stratification1 <> $reference
),

adjusted as (
    select
        *,
        p * count(p) over () as adjusted_p,
        printf('%s (%.1f%%)', Stratification1, Data_Value) as named
    from compared
    where LocationDesc = $state or ($state is null and LocationType = 'nation')
),

concluded as (
    select
        printf('%s, %d, against %s (%.1f%%): ', max(LocationDesc), max(YearStart), $reference, max(reference_value))
        || concat_ws(
            '; ',
            'higher are '
            || string_agg(named, ', ' order by difference desc) filter (where adjusted_p < 0.05 and difference > 0),
            'lower are '
            || string_agg(named, ', ' order by difference asc) filter (where adjusted_p < 0.05 and difference < 0),
            'not distinguishable from it are '
            || string_agg(named, ', ' order by difference desc) filter (where adjusted_p >= 0.05)
        )
        || '.' as conclusion
    from adjusted
    having count(p) > 0
)

select
    compared.LocationDesc as state,
    compared.Stratification1 as segment,
    compared.Data_Value as value,
    compared.Low_Confidence_Limit as low,
    compared.High_Confidence_Limit as high,
    compared.Sample_Size as sample_size,
    compared.reference_value,
    compared.reference_low,
    compared.reference_high,
    compared.reference_sample_size,
    round(compared.difference, 1) as difference,
    compared.difference - 1.959964 * compared.error as difference_low,
    compared.difference + 1.959964 * compared.error as difference_high,
    compared.ratio,
    compared.ratio * exp(-1.959964 * compared.log_error) as ratio_low,
    compared.ratio * exp(1.959964 * compared.log_error) as ratio_high,
    compared.p,
    compared.Reliability as reliability,
    compared.Status as status,
    compared.reference_reliability,
    compared.reference_status,
    compared.YearStart as year,
    concluded.conclusion
from compared
left join concluded on true
left join strata on cast(compared.StratificationID1 as varchar) = strata.StratificationID1
order by
    state,
    strata.place nulls last,
    segment
