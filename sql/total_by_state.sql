-- The CDC's own figure for every state: all adults, one survey year, with its confidence interval.
--
-- Of the stratum OVERALL; `low` and `high` are the published limits of 95% confidence. A figure that is not published
-- is null. This is what to quote for a state, rather than a mean over strata and years.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- title: The CDC's figure for every state
-- unit: percent of adults
-- chart: map
-- tags: states
-- example: {"question": "Q036"}
-- example: {"question": "Q046", "year": 2017}
with newest as (
    select coalesce($year, max(YearStart)) as year
    from health
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and Data_Value is not null
)

select
    health.LocationDesc as state,
    health.LocationAbbr as abbreviation,
    health.Data_Value as value,
    health.Low_Confidence_Limit as low,
    health.High_Confidence_Limit as high,
    health.Sample_Size as sample_size,
    health.YearStart as year
from health
inner join newest on health.YearStart = newest.year
where
    health.Question = $question
    and health.StratificationID1 = 'OVERALL'
order by
    value nulls last,
    state
