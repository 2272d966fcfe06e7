-- Every question of the table, with its code, its topic, the better end, and the survey years that it was asked in.
--
-- `better` is lower or higher, null where it is not known. Not every question is asked in every year.
--
-- title: The survey questions
-- chart: table
-- tags: data
-- example: {}
select
    questions.QuestionID as code,
    questions.Question as question,
    questions.Topic as topic,
    questions.better,
    list(distinct health.YearStart order by health.YearStart) as years
from questions
inner join health on questions.Question = health.Question
group by
    questions.QuestionID,
    questions.Question,
    questions.Topic,
    questions.better
order by code
