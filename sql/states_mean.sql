-- Mean value of a question in every state, lowest first.
--
-- Unweighted: every published value counts once, whichever stratum it is of.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Mean of every state
-- returns: {state: mean}
-- unit: percent of adults
-- chart: map
-- example: {"question": "Q036"}
select
    LocationDesc as state,
    avg(Data_Value) as mean
from health
where
    Question = $question
    and YearStart between $since and $until
group by LocationDesc
order by mean nulls last, state
