-- A state in one survey year: every segment of every category, beside the mean of the states.
--
-- `low` and `high` are the published limits of 95% confidence. `all_states` is the plain mean of the segment's
-- published figures of the states and DC, each counting once; `difference` is the state's figure less that mean. A
-- figure that is not published is null, and `status` says why. Ages, education and incomes come in their order, lowest
-- first.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published for the state
-- $territories boolean = false: count the territories in `all_states` too
-- title: Profile of a state
-- unit: percent of adults
-- chart: dots(state_value, all_states)
-- tags: states
-- method: Figures and limits of 95% confidence as the CDC publishes them (BRFSS; crude, self-reported)
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- method: all_states is a plain mean of published figures, without weights for population
-- example: {"question": "Q036", "state": "OH"}
-- example: {"question": "Q018", "state": "National", "year": 2019}
with newest as (
    select coalesce($year, max(YearStart)) as year
    from figures
    where
        Question = $question
        and LocationDesc = $state
        and Data_Value is not null
),

of_year as (
    select figures.*
    from figures
    inner join newest on figures.YearStart = newest.year
    where figures.Question = $question
),

means as (
    select
        StratificationCategory1,
        Stratification1,
        avg(Data_Value) as mean
    from of_year
    where LocationType = 'state' or ($territories and LocationType = 'territory')
    group by
        StratificationCategory1,
        Stratification1
),

counted as (
    select count(distinct LocationDesc) as territories
    from of_year
    where
        LocationType = 'territory'
        and Data_Value is not null
)

select
    of_year.StratificationCategory1 as category,
    of_year.Stratification1 as segment,
    of_year.Data_Value as state_value,
    of_year.Low_Confidence_Limit as low,
    of_year.High_Confidence_Limit as high,
    means.mean as all_states,
    of_year.Data_Value - means.mean as difference,
    of_year.YearStart as year,
    of_year.Sample_Size as sample_size,
    of_year.Status as status,
    of_year.Reliability as reliability,
    'all_states is the unweighted mean of the states and DC that have a figure'
    || case
        when counted.territories = 0 then ''
        when $territories then ' and of ' || counted.territories || ' territories'
        else '; ' || counted.territories || ' territories are left out'
    end as note
from of_year
cross join counted
left join means
    on
        of_year.StratificationCategory1 = means.StratificationCategory1
        and of_year.Stratification1 = means.Stratification1
left join strata on cast(of_year.StratificationID1 as varchar) = strata.StratificationID1
where of_year.LocationDesc = $state
order by
    strata.place nulls last,
    category,
    segment
