-- Unweighted mean of all published values of each segment of each category in every state, all years together.
--
-- Every published value counts once, in whichever year, so this is nobody's prevalence: to quote a figure, ask
-- `state_profile`. Rows without a category are left out.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Every state's unweighted means by category, all years together
-- returns: {(state, category, segment): mean}
-- unit: mean of published percentages
-- chart: dots
-- method: Plain mean of the published values, each counting once, without weights for people, groups or years
-- example: {"question": "Q036"}
with asked as (
    select
        LocationDesc,
        StratificationCategory1,
        Stratification1,
        YearStart,
        Data_Value
    from health
    where
        Question = $question
        and YearStart between $since and $until
        and StratificationCategory1 is not null
        and Stratification1 is not null
),

counted as (
    select
        'Over ' || count(Data_Value) || ' published values of the years '
        || array_to_string(list(distinct YearStart order by YearStart) filter (where Data_Value is not null), ', ')
            as note
    from asked
)

select
    asked.LocationDesc as state,
    asked.StratificationCategory1 as category,
    asked.Stratification1 as segment,
    avg(asked.Data_Value) as mean,
    counted.note
from asked
cross join counted
group by
    asked.LocationDesc,
    asked.StratificationCategory1,
    asked.Stratification1,
    counted.note
order by
    state,
    category,
    segment
