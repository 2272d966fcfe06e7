-- Which question was asked where and when, and how much of it is not published.
--
-- `suppressed` values are mostly those of samples that are too small.
--
-- $question choice(Question, QuestionID) = null: one survey question; null for all of them
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; null for all of them
-- chart: table
-- tags: data
-- example: {}
-- example: {"question": "Q018", "state": "NJ"}
select
    QuestionID as code,
    Question as question,
    YearStart as year,
    count(distinct LocationDesc) as locations,
    count(*) as asked,
    count(Data_Value) as published,
    count(*) - count(Data_Value) as suppressed,
    1 - count(Data_Value) / count(*) as suppressed_share
from health
where
    ($question is null or Question = $question)
    and ($state is null or LocationDesc = $state)
group by
    QuestionID,
    Question,
    YearStart
order by
    code,
    year
