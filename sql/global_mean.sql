-- Mean of all published values of a question.
--
-- Unweighted: every published value counts once, whichever stratum it is of.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Mean of all values
-- returns: row
-- unit: percent of adults
-- example: {"question": "Q036"}
select avg(Data_Value) as global_mean
from health
where
    Question = $question
    and YearStart between $since and $until
having count(*) > 0
