-- A state's published figure in each survey year, beside the national one and the mean of the states.
--
-- Of all adults (the stratum OVERALL), with the limits of 95% confidence that the CDC publishes.
-- `states_mean` is the plain mean of the states and territories, without National.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Trend of a state
-- unit: percent of adults
-- chart: line(value, national, states_mean)
-- tags: time
-- example: {"question": "Q036", "state": "OH"}
with figures as (
    select
        YearStart,
        LocationAbbr,
        LocationDesc,
        Data_Value,
        Low_Confidence_Limit,
        High_Confidence_Limit,
        Sample_Size
    from health
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and YearStart between $since and $until
),

beside as (
    select
        YearStart,
        max(Data_Value) filter (where LocationAbbr = 'US') as national,
        avg(Data_Value) filter (where LocationAbbr <> 'US') as states_mean
    from figures
    group by YearStart
)

select
    figures.YearStart as year,
    figures.Data_Value as value,
    figures.Low_Confidence_Limit as low,
    figures.High_Confidence_Limit as high,
    figures.Sample_Size as sample_size,
    beside.national,
    beside.states_mean
from figures
inner join beside on figures.YearStart = beside.YearStart
where figures.LocationDesc = $state
order by year
