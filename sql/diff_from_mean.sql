-- How far each state's mean of a question lies below the mean of all values, lowest difference first.
--
-- Unweighted: every published value counts once, whichever stratum it is of.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Every state's difference from the mean
-- returns: {state: difference}
-- unit: percentage points
-- chart: map
-- example: {"question": "Q036"}
with asked as (
    select
        LocationDesc,
        Data_Value
    from health
    where
        Question = $question
        and YearStart between $since and $until
),

overall as (
    select avg(Data_Value) as mean
    from asked
)

select
    asked.LocationDesc as state,
    overall.mean - avg(asked.Data_Value) as difference
from asked
cross join overall
group by
    asked.LocationDesc,
    overall.mean
order by
    difference nulls last,
    state
