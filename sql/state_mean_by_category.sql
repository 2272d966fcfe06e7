-- Unweighted mean of all published values of each segment of each category in one state, all years together.
--
-- Every published value counts once, in whichever year, so this is nobody's prevalence: to quote a figure, ask
-- `state_profile`. Rows without a category are left out.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: A state's unweighted means by category, all years together
-- returns: {state: {(category, segment): mean}}
-- unit: mean of published percentages
-- chart: dots
-- method: Plain mean of the published values, each counting once, without weights for people, groups or years
-- example: {"question": "Q036", "state": "OH"}
select
    LocationDesc as state,
    StratificationCategory1 as category,
    Stratification1 as segment,
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
    and LocationDesc = $state
    and YearStart between $since and $until
    and StratificationCategory1 is not null
    and Stratification1 is not null
group by
    LocationDesc,
    StratificationCategory1,
    Stratification1
order by
    category,
    segment
