-- Unweighted mean of all published values of a question, all places, groups and years together.
--
-- Every published value counts once, whichever group it is of and in whichever year, so this is nobody's prevalence: to
-- quote a figure, ask `state_trend`.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Unweighted mean of all values, all places, groups and years together
-- returns: row
-- unit: mean of published percentages
-- method: Plain mean of the published values, each counting once, without weights for people, groups or years
-- example: {"question": "Q036"}
select
    avg(Data_Value) as global_mean,
    printf(
        'Over %d published values of %d to %d',
        count(Data_Value),
        min(YearStart) filter (where Data_Value is not null),
        max(YearStart) filter (where Data_Value is not null)
    ) as note
from health
where
    Question = $question
    and YearStart between $since and $until
having count(*) > 0
