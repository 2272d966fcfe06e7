-- The five states with the best means of a question, best first.
--
-- Which end is best depends on the question; data/questions.csv says it.
-- Unweighted: every published value counts once; states without a published value are left out.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2022: last survey year to count
-- title: The five best states
-- returns: {state: mean}
-- unit: percent of adults
-- chart: bars
-- example: {"question": "Q036"}
with means as (
    select
        LocationDesc as state,
        avg(Data_Value) as mean
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
    means.mean
from means
cross join direction
order by
    direction.sign * means.mean,
    means.state
limit 5
