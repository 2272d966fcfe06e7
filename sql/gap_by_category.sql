-- The segments of a category with the highest and the lowest mean in every state, and the gap between them.
--
-- Plain means of the published values of the years asked for. People who did not tell their income are no segment.
-- The widest gap comes first.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $category choice(StratificationCategory1, StratificationCategoryId1): what tells people apart: Income, or INC
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- unit: percent of adults; the gap in percentage points
-- chart: dots(lowest, highest)
-- tags: inequality
-- example: {"question": "Q036", "category": "EDU"}
-- example: {"question": "Q018", "category": "Income", "since": 2021}
with means as (
    select
        LocationDesc as state,
        Stratification1 as segment,
        avg(Data_Value) as mean
    from health
    where
        Question = $question
        and StratificationCategory1 = $category
        and Stratification1 <> 'Data not reported'
        and YearStart between $since and $until
        and Data_Value is not null
    group by
        LocationDesc,
        Stratification1
)

select
    state,
    arg_max(segment, mean) as highest_segment,
    max(mean) as highest,
    arg_min(segment, mean) as lowest_segment,
    min(mean) as lowest,
    max(mean) - min(mean) as gap
from means
group by state
order by
    gap desc,
    state asc
