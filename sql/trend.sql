-- Mean value of a question in each survey year, of all locations or of one.
--
-- Unweighted, as the nine means are: every published value counts once, unless a segment is named.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of them
-- $segment choice(Stratification1, StratificationID1) = null: only these people, as in Total; leave it out for all
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Trend of the mean
-- returns: {year: mean}
-- unit: percent of adults
-- chart: line
-- tags: time
-- example: {"question": "Q036"}
-- example: {"question": "Q036", "state": "OH", "segment": "Total"}
select
    YearStart as year,
    avg(Data_Value) as mean
from health
where
    Question = $question
    and ($state is null or LocationDesc = $state)
    and ($segment is null or Stratification1 = $segment)
    and YearStart between $since and $until
group by YearStart
order by year
