-- How the published figures of the states are spread: their quantiles in one survey year.
--
-- Of all adults, without National. Each state counts once, whatever its population. Quantiles are interpolated
-- linearly. `deviation` is the sample standard deviation; the figures' sampling errors are part of it. Places without a
-- figure are counted by the reason: `suppressed`, `not_surveyed` (nothing of the year is published) or `not_asked`.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- $territories boolean = false: count the territories too
-- title: Distribution across the states
-- returns: row
-- unit: percent of adults
-- tags: states
-- example: {"question": "Q036"}
with totals as (
    select
        YearStart,
        LocationDesc,
        LocationType,
        Data_Value,
        Status
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
),

newest as (
    select coalesce($year, max(YearStart)) as year
    from totals
    where Data_Value is not null
),

places as (
    select totals.*
    from totals
    inner join newest on totals.YearStart = newest.year
    where totals.LocationType <> 'nation'
),

counted as (
    select
        count(*) as territories,
        string_agg(LocationDesc, ', ' order by LocationDesc) as named
    from places
    where
        LocationType = 'territory'
        and Data_Value is not null
)

select
    max(places.YearStart) as year,
    count(places.Data_Value) as states,
    min(places.Data_Value) as lowest,
    quantile_cont(places.Data_Value, 0.1) as tenth,
    quantile_cont(places.Data_Value, 0.25) as lower_quartile,
    quantile_cont(places.Data_Value, 0.5) as median,
    quantile_cont(places.Data_Value, 0.75) as upper_quartile,
    quantile_cont(places.Data_Value, 0.9) as ninetieth,
    max(places.Data_Value) as highest,
    avg(places.Data_Value) as mean,
    stddev_samp(places.Data_Value) as deviation,
    count(*) filter (where places.Status = 'suppressed') as suppressed,
    count(*) filter (where places.Status = 'not surveyed') as not_surveyed,
    count(*) filter (where places.Status = 'not asked') as not_asked,
    case
        when max(counted.territories) = 0 then null
        when $territories
            then 'Territories counted too: ' || max(counted.named) || '.'
        else
            'Territories left out: ' || max(counted.named)
            || '; territories=true counts them too.'
    end as note
from places
cross join counted
where places.LocationType = 'state' or $territories
having count(places.Data_Value) > 0
