-- The segments of a category with the highest and the lowest figure in every state, and the gap between them.
--
-- The published figures of one survey year. `apart` tells whether the two published intervals of 95% confidence do not
-- overlap; where they do, the gap may be chance, as it often is between small segments. `compared` counts the segments
-- that are published in the state. People who did not tell their income are no segment. A state with one published
-- segment is left out; the category Total has but one, so there is no data for it. The widest gap comes first; of equal
-- segments the first one is named, in the order of ages, education and incomes.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $category choice(StratificationCategory1, StratificationCategoryId1): what tells people apart: Income, or INC
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- title: Gap between the segments of a category
-- unit: percent of adults; the gap in percentage points
-- chart: dots(lowest, highest)
-- tags: inequality
-- example: {"question": "Q036", "category": "EDU"}
-- example: {"question": "Q018", "category": "Income", "year": 2019}
with figures as (
    select
        health.LocationDesc,
        health.Stratification1,
        health.Data_Value,
        health.Low_Confidence_Limit,
        health.High_Confidence_Limit,
        health.YearStart,
        strata.place
    from health
    left join strata on cast(health.StratificationID1 as varchar) = strata.StratificationID1
    where
        health.Question = $question
        and health.StratificationCategory1 = $category
        and health.StratificationID1 <> 'INCNR'
        and health.Data_Value is not null
),

newest as (
    select coalesce($year, max(YearStart)) as year
    from figures
),

ranked as (
    select
        figures.*,
        row_number() over (
            partition by figures.LocationDesc
            order by figures.Data_Value desc, figures.place asc, figures.Stratification1 asc
        ) as from_highest,
        row_number() over (
            partition by figures.LocationDesc
            order by figures.Data_Value asc, figures.place asc, figures.Stratification1 asc
        ) as from_lowest,
        count(*) over (partition by figures.LocationDesc) as compared
    from figures
    inner join newest on figures.YearStart = newest.year
)

select
    highest.LocationDesc as state,
    highest.Stratification1 as highest_segment,
    highest.Data_Value as highest,
    lowest.Stratification1 as lowest_segment,
    lowest.Data_Value as lowest,
    highest.Data_Value - lowest.Data_Value as gap,
    highest.Low_Confidence_Limit > lowest.High_Confidence_Limit as apart,
    highest.compared,
    highest.YearStart as year
from ranked as highest
inner join ranked as lowest on highest.LocationDesc = lowest.LocationDesc
where
    highest.from_highest = 1
    and lowest.from_lowest = 1
    and highest.compared > 1
order by
    gap desc,
    state asc
