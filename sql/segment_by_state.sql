-- One segment, such as college graduates, in every state: one survey year, or up to three pooled.
--
-- With several years the published figures of the years from $year back are averaged, each year counting equally;
-- `years` are those that went into the mean. Years in which the question was not asked are passed over.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $category choice(StratificationCategory1, StratificationCategoryId1) = null: the segment's category, if need be
-- $segment choice(Stratification1, StratificationID1): the segment, by its name or its code
-- $year integer(2011..2100) = null: the (last) survey year; leave it out for the newest that is published
-- $years integer(1..3) = 1: how many survey years to pool, counted back from the year
-- title: One segment in every state
-- unit: percent of adults
-- chart: map(value)
-- tags: states, inequality
-- method: Not distinguishable from highest or lowest: p of 0.001 or more in a z-test (Bonferroni, for 50 comparisons)
-- method: Years weighted equally; standard errors from the published logit limits; limits on the logit scale
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- example: {"question": "Q036", "segment": "EDUCOGRAD"}
-- example: {"question": "Q018", "segment": "Female", "year": 2017}
with segment as (
    select *
    from figures
    where
        Question = $question
        and Stratification1 = $segment
        and ($category is null or StratificationCategory1 = $category)
),

newest as (
    select coalesce($year, max(YearStart)) as year
    from segment
    where Data_Value is not null
),

pooled as (
    select
        segment.LocationDesc as state,
        segment.LocationType as type,
        max(questions.better) as better,
        max(newest.year) as newest,
        avg(segment.Data_Value) as value,
        -- A year without limits would make the mean look surer than it is.
        case
            when count(segment.Standard_Error) = count(segment.Data_Value)
                then sqrt(sum(segment.Standard_Error * segment.Standard_Error)) / count(segment.Data_Value)
        end as error,
        sum(segment.Sample_Size) filter (where segment.Data_Value is not null) as sample_size,
        list(segment.YearStart order by segment.YearStart) filter (where segment.Data_Value is not null) as years,
        case
            when count(segment.Data_Value) > 0 then 'published'
            else max(cast(segment.Status as varchar))
        end as status
    from segment
    inner join newest on segment.YearStart between newest.year - $years + 1 and newest.year
    inner join questions on segment.Question = questions.Question
    group by
        segment.LocationDesc,
        segment.LocationType
),

limited as (
    select
        *,
        logit_low(value, error) as low,
        logit_high(value, error) as high
    from pooled
),

concluded as (
    select
        cast($segment as varchar) || ', '
        || case when $years > 1 then max(newest) - $years + 1 || '–' else '' end || max(newest) || ': '
        || extremes(
            list(state), list(round(value, 9)), list(error), max(better), 'states and DC'
        ) || '.' as conclusion
    from pooled
    where
        type = 'state'
        and value is not null
)

select
    limited.state,
    limited.value,
    limited.low,
    limited.high,
    limited.error as standard_error,
    cast(limited.sample_size as bigint) as sample_size,
    reliability_of(limited.value, limited.low, limited.high, limited.error, limited.sample_size) as reliability,
    limited.status,
    coalesce(limited.years, []) as years,
    concluded.conclusion
from limited
cross join concluded
order by
    round(limited.value, 9) desc nulls last,
    limited.state
