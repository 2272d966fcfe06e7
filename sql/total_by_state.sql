-- The CDC's own figure for every state: all adults, one survey year, with its confidence interval.
--
-- Of the stratum OVERALL; `low` and `high` are the published limits of 95% confidence. This is what to quote for a
-- state, rather than a mean over strata and years. A figure that is not published is null, and `status` says why:
-- suppressed, not surveyed (the place has nothing at all in that year) or not asked.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- title: The CDC's figure for every state
-- unit: percent of adults
-- chart: map
-- tags: states
-- method: Figures and limits of 95% confidence as the CDC publishes them (BRFSS; crude, self-reported)
-- method: Not distinguishable from highest or lowest: p of 0.001 or more in a z-test (Bonferroni, for 50 comparisons)
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- example: {"question": "Q036"}
-- example: {"question": "Q046", "year": 2017}
with newest as (
    select coalesce($year, max(YearStart)) as year
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and Data_Value is not null
),

totals as (
    select
        figures.*,
        questions.better
    from figures
    inner join newest on figures.YearStart = newest.year
    inner join questions on figures.Question = questions.Question
    where
        figures.Question = $question
        and figures.StratificationID1 = 'OVERALL'
),

lacking as (
    select string_agg(LocationDesc || ' in ' || YearStart, ', ' order by LocationDesc) as states
    from totals
    where
        LocationType = 'state'
        and Status = 'not surveyed'
),

concluded as (
    select
        'In ' || max(YearStart) || ' ' || extremes(
            list(LocationDesc), list(Data_Value), list(Standard_Error), max(better), 'states and DC'
        ) || '.' as conclusion
    from totals
    where
        LocationType = 'state'
        and Data_Value is not null
)

select
    totals.LocationDesc as state,
    totals.LocationAbbr as abbreviation,
    totals.Data_Value as value,
    totals.Low_Confidence_Limit as low,
    totals.High_Confidence_Limit as high,
    totals.Sample_Size as sample_size,
    totals.YearStart as year,
    totals.Status as status,
    totals.Reliability as reliability,
    case
        when totals.LocationType = 'nation' then
            'National is of the 50 states and DC that were surveyed, without territories'
            || coalesce('; not surveyed: ' || lacking.states, '')
    end as note,
    concluded.conclusion
from totals
cross join lacking
cross join concluded
order by
    value nulls last,
    state
