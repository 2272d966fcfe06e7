-- Mean value of a question in every state, for each segment of each category.
--
-- Unweighted: every published value counts once. Rows without a category are left out.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Every state's means by category
-- returns: {(state, category, segment): mean}
-- unit: percent of adults
-- chart: dots
-- example: {"question": "Q036"}
select
    LocationDesc as state,
    StratificationCategory1 as category,
    Stratification1 as segment,
    avg(Data_Value) as mean
from health
where
    Question = $question
    and YearStart between $since and $until
    and StratificationCategory1 is not null
    and Stratification1 is not null
group by
    LocationDesc,
    StratificationCategory1,
    Stratification1
order by
    state,
    category,
    segment
