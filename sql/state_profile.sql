-- A state in one survey year: every segment of every category, beside the mean of the states.
--
-- `low` and `high` are the published limits of 95% confidence. `all_states` is the plain mean of the segment's
-- published figures of the states and territories, without National; `difference` is the state's figure less that
-- mean. A figure that is not published is null. Ages, education and incomes come in their order, lowest first.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published for the state
-- title: Profile of a state
-- unit: percent of adults
-- chart: dots(state_value, all_states)
-- tags: states
-- example: {"question": "Q036", "state": "OH"}
-- example: {"question": "Q018", "state": "National", "year": 2019}
with newest as (
    select coalesce($year, max(YearStart)) as year
    from health
    where
        Question = $question
        and LocationDesc = $state
        and Data_Value is not null
),

figures as (
    select
        health.LocationDesc,
        health.LocationAbbr,
        health.StratificationCategory1,
        health.Stratification1,
        health.StratificationID1,
        health.Data_Value,
        health.Low_Confidence_Limit,
        health.High_Confidence_Limit,
        health.YearStart
    from health
    inner join newest on health.YearStart = newest.year
    where
        health.Question = $question
        and health.StratificationCategory1 is not null
        and health.Stratification1 is not null
),

means as (
    select
        StratificationCategory1,
        Stratification1,
        avg(Data_Value) as mean
    from figures
    where LocationAbbr <> 'US'
    group by
        StratificationCategory1,
        Stratification1
)

select
    figures.StratificationCategory1 as category,
    figures.Stratification1 as segment,
    figures.Data_Value as state_value,
    figures.Low_Confidence_Limit as low,
    figures.High_Confidence_Limit as high,
    means.mean as all_states,
    figures.Data_Value - means.mean as difference,
    figures.YearStart as year
from figures
left join means
    on
        figures.StratificationCategory1 = means.StratificationCategory1
        and figures.Stratification1 = means.Stratification1
left join strata on cast(figures.StratificationID1 as varchar) = strata.StratificationID1
where figures.LocationDesc = $state
order by
    strata.place nulls last,
    category,
    segment
