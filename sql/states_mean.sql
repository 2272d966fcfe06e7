-- Unweighted mean of all published values of a question in every state, all groups and years together, lowest first.
--
-- Every published value counts once, whichever group it is of and in whichever year, so this is nobody's prevalence: to
-- quote a figure, ask `total_by_state`.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Unweighted mean of every state, all groups and years together
-- returns: {state: mean}
-- unit: mean of published percentages
-- chart: map
-- method: Plain mean of the published values, each counting once, without weights for people, groups or years
-- example: {"question": "Q036"}
select
    LocationDesc as state,
    avg(Data_Value) as mean,
    printf(
        'Over %d published values of %d to %d',
        sum(count(Data_Value)) over (),
        min(min(YearStart) filter (where Data_Value is not null)) over (),
        max(max(YearStart) filter (where Data_Value is not null)) over ()
    ) as note
from health
where
    Question = $question
    and YearStart between $since and $until
group by LocationDesc
order by
    round(mean, 9) nulls last,
    state
