-- How far each state's unweighted mean of all published values lies below that of all places, lowest difference first.
--
-- The mean of all values less that of the state: positive where the state's mean is lower. Every published value counts
-- once, whichever group it is of and in whichever year, so neither is anybody's prevalence.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Every state's difference from the unweighted mean, all groups and years together
-- returns: {state: difference}
-- unit: points below the mean of all published percentages
-- chart: map
-- method: Plain mean of the published values, each counting once, without weights for people, groups or years
-- example: {"question": "Q036"}
with means as (
    select
        LocationDesc,
        avg(Data_Value) as mean,
        sum(Data_Value) as total,
        count(Data_Value) as published,
        min(YearStart) filter (where Data_Value is not null) as first_year,
        max(YearStart) filter (where Data_Value is not null) as last_year
    from health
    where
        Question = $question
        and YearStart between $since and $until
    group by LocationDesc
),

overall as (
    select
        sum(total) / nullif(sum(published), 0) as mean,
        printf(
            'The mean of all places is over %d published values of %d to %d',
            cast(sum(published) as bigint),
            min(first_year),
            max(last_year)
        ) as note
    from means
)

select
    means.LocationDesc as state,
    overall.mean - means.mean as difference,
    overall.note
from means
cross join overall
order by
    round(difference, 9) nulls last,
    state
