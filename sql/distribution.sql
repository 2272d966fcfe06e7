-- How the published figures of the states are spread: their quantiles in one survey year.
--
-- Of all adults, without National. Quantiles are interpolated linearly, `deviation` is the sample standard deviation.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- title: Distribution across the states
-- returns: row
-- unit: percent of adults
-- tags: states
-- example: {"question": "Q036"}
with newest as (
    select coalesce($year, max(YearStart)) as year
    from health
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and Data_Value is not null
)

select
    any_value(newest.year) as year,
    count(health.Data_Value) as states,
    min(health.Data_Value) as lowest,
    quantile_cont(health.Data_Value, 0.1) as tenth,
    quantile_cont(health.Data_Value, 0.25) as lower_quartile,
    quantile_cont(health.Data_Value, 0.5) as median,
    quantile_cont(health.Data_Value, 0.75) as upper_quartile,
    quantile_cont(health.Data_Value, 0.9) as ninetieth,
    max(health.Data_Value) as highest,
    avg(health.Data_Value) as mean,
    stddev_samp(health.Data_Value) as deviation
from health
inner join newest on health.YearStart = newest.year
where
    health.Question = $question
    and health.StratificationID1 = 'OVERALL'
    and health.LocationAbbr <> 'US'
having count(health.Data_Value) > 0
