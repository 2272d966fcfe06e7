-- Mean value of a question in one state.
--
-- Unweighted: every published value counts once, whichever stratum it is of.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Mean of a state
-- returns: {state: mean}
-- unit: percent of adults
-- example: {"question": "Q036", "state": "OH"}
select
    LocationDesc as state,
    avg(Data_Value) as mean
from health
where
    Question = $question
    and LocationDesc = $state
    and YearStart between $since and $until
group by LocationDesc
