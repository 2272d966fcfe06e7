-- Unweighted mean of all published values of a question in every state, all groups and years together, lowest first.
--
-- Every published value counts once, whichever group it is of and in whichever year, so this is nobody's prevalence: to
-- quote a figure, ask `total_by_state`.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Unweighted mean of every state, all groups and years together
-- returns: {state: mean}
-- unit: mean of published percentages
-- chart: map
-- method: Plain mean of the published values, each counting once, without weights for people, groups or years
-- example: {"question": "Q036"}
with counted as (
    select
        'Over ' || count(*) || ' published values of the years '
        || array_to_string(list(distinct YearStart order by YearStart), ', ') as note
    from health
    where
        Question = $question
        and YearStart between $since and $until
        and Data_Value is not null
)

select
    health.LocationDesc as state,
    avg(health.Data_Value) as mean,
    counted.note
from health
cross join counted
where
    health.Question = $question
    and health.YearStart between $since and $until
group by
    health.LocationDesc,
    counted.note
order by
    round(mean, 9) nulls last,
    state
