-- The five states with the best unweighted means of all published values, all groups and years together, best first.
--
-- Which end is best depends on the question; data/questions.csv says it. States without a published value are left
-- out. The years end with 2022 unless `until` says otherwise.
--
-- Every published value counts once, whichever group it is of and in whichever year, so this is nobody's prevalence: to
-- quote a figure, ask `ranking`.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2022: last survey year to count
-- title: The five best unweighted means, all groups and years together
-- returns: {state: mean}
-- unit: mean of published percentages
-- chart: bars
-- method: Plain mean of the published values, each counting once, without weights for people, groups or years
-- example: {"question": "Q036"}
with means as (
    select
        LocationDesc as state,
        avg(Data_Value) as mean,
        printf(
            'Over %d published values of %d to %d; years after 2022 count only when `until` names one',
            sum(count(Data_Value)) over (),
            min(min(YearStart) filter (where Data_Value is not null)) over (),
            max(max(YearStart) filter (where Data_Value is not null)) over ()
        ) as note
    from health
    where
        Question = $question
        and YearStart between $since and $until
    group by LocationDesc
    having count(Data_Value) > 0
),

direction as (
    select if(better = 'lower', 1, -1) as sign
    from questions
    where
        Question = $question
        and better is not null
)

select
    means.state,
    means.mean,
    means.note
from means
cross join direction
order by
    round(direction.sign * means.mean, 9),
    means.state
limit 5
