-- Mean value of a question in one state, for each segment of each category.
--
-- Unweighted: every published value counts once. Rows without a category are left out.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: A state's means by category
-- returns: {state: {(category, segment): mean}}
-- unit: percent of adults
-- chart: dots
-- example: {"question": "Q036", "state": "OH"}
select
    LocationDesc as state,
    StratificationCategory1 as category,
    Stratification1 as segment,
    avg(Data_Value) as mean
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
