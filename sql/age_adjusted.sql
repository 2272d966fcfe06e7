-- Figures of the states as if all had the same ages: crude, and adjusted to the 2000 standard population.
--
-- States with older people have other figures for that reason alone; adjusted figures can be compared without it. They
-- are a means of comparison, not the percentage of anybody. An adjusted figure needs all six age groups, so it is null
-- where one of them is not published; `missing_ages` counts those. Crude figures are what the CDC publishes.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of them
-- title: Adjusted for age
-- unit: percent of adults
-- chart: dots(adjusted, crude)
-- tags: states
-- method: Direct standardisation to the 2000 US standard population (Klein & Schoenborn 2001, Statistical Notes 20)
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- method: Standard errors from the published logit limits; age groups taken as independent; limits on the logit scale
-- method: Not distinguishable from highest or lowest: p of 0.001 or more in a z-test (Bonferroni, for 50 comparisons)
-- example: {"question": "Q036"}
-- example: {"question": "Q047", "year": 2017, "state": "UT"}
with standard as (
    select
        'AGEYR1824' as code,
        26258 as thousands
    union all
    select
        'AGEYR2534' as code,
        37233 as thousands
    union all
    select
        'AGEYR3544' as code,
        44659 as thousands
    union all
    select
        'AGEYR4554' as code,
        37030 as thousands
    union all
    select
        'AGEYR5564' as code,
        23961 as thousands
    union all
    select
        'AGEYR65PLUS' as code,
        34710 as thousands
),

weights as (
    select
        code,
        thousands / nullif(sum(thousands) over (), 0) as weight
    from standard
),

newest as (
    select coalesce($year, max(YearStart)) as year
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and Data_Value is not null
),

adjusted as (
    select
        figures.LocationDesc,
        figures.LocationType,
        max(figures.YearStart) as year,
        max(questions.better) as better,
        count(*) - count(figures.Data_Value) as missing_ages,
        case when count(figures.Data_Value) = 6 then sum(weights.weight * figures.Data_Value) end as value,
        case
            when count(figures.Standard_Error) = 6 then sqrt(sum(pow(weights.weight * figures.Standard_Error, 2)))
        end as error
    from figures
    inner join newest on figures.YearStart = newest.year
    inner join weights on cast(figures.StratificationID1 as varchar) = weights.code
    inner join questions on figures.Question = questions.Question
    where figures.Question = $question
    group by
        figures.LocationDesc,
        figures.LocationType
),

crude as (
    select figures.*
    from figures
    inner join newest on figures.YearStart = newest.year
    where
        figures.Question = $question
        and figures.StratificationID1 = 'OVERALL'
        and ($state is null or figures.LocationDesc = $state)
),

limited as (
    select
        *,
        logit_low(value, error) as low,
        logit_high(value, error) as high
    from adjusted
),

concluded as (
    select
        'In ' || max(year) || ', adjusted for age, ' || extremes(
            list(LocationDesc), list(round(value, 9)), list(error), max(better), 'states and DC'
        ) || '.' as conclusion
    from adjusted
    where
        LocationType = 'state'
        and value is not null
)

select
    crude.LocationDesc as state,
    limited.value as adjusted,
    limited.low,
    limited.high,
    limited.error as standard_error,
    crude.Data_Value as crude,
    crude.Low_Confidence_Limit as crude_low,
    crude.High_Confidence_Limit as crude_high,
    limited.value - crude.Data_Value as difference,
    crude.Sample_Size as sample_size,
    crude.Status as status,
    crude.Reliability as crude_reliability,
    limited.missing_ages,
    crude.YearStart as year,
    case
        when $state is null then concluded.conclusion
        else
            printf(
                '%s in %d: %.1f%% adjusted for age (%.1f–%.1f), %.1f%% crude.',
                crude.LocationDesc,
                crude.YearStart,
                limited.value,
                limited.low,
                limited.high,
                crude.Data_Value
            )
    end as conclusion
from crude
cross join concluded
left join limited on crude.LocationDesc = limited.LocationDesc
order by
    round(limited.value, 9) desc nulls last,
    state
