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
-- method: Against National: z-test of the difference at p < 0.05, the two taken as independent
-- method: Groups of a category: test of heterogeneity (Cochran 1954), p < 0.01 (Bonferroni, for 5)
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
),

total as (
    select
        own.LocationDesc,
        own.YearStart,
        own.Data_Value as value,
        printf(' (%.1f%%)', nation.Data_Value) as nation,
        own.Data_Value - nation.Data_Value as difference,
        1.959964 * nullif(sqrt(pow(own.Standard_Error, 2) + pow(nation.Standard_Error, 2)), 0) as bound
    from of_year as own
    left join of_year as nation
        on
            own.StratificationID1 = nation.StratificationID1
            and nation.LocationType = 'nation'
            and own.LocationType <> 'nation'
    where
        own.LocationDesc = $state
        and own.StratificationID1 = 'OVERALL'
),

weighted as (
    select
        StratificationCategory1,
        Data_Value as value,
        1 / nullif(pow(Standard_Error, 2), 0) as weight
    from of_year
    where
        LocationDesc = $state
        and StratificationID1 <> 'INCNR'
),

sums as (
    select
        StratificationCategory1,
        count(weight) - 1 as df,
        sum(weight * value * value) - pow(sum(weight * value), 2) / sum(weight) as q
    from weighted
    group by StratificationCategory1
    having count(weight) > 1
),

tested as (
    -- the values that chi-squared exceeds with a probability of 0.01
    select
        lower(cast(StratificationCategory1 as varchar)) as category,
        q > case df
            when 1 then 6.634897
            when 2 then 9.210340
            when 3 then 11.344867
            when 4 then 13.276704
            when 5 then 15.086272
            when 6 then 16.811894
            when 7 then 18.475307
        end as differs
    from sums
),

differing as (
    select
        string_agg(category, ', ' order by category) filter (where differs) as apart,
        string_agg(category, ', ' order by category) filter (where not differs) as alike
    from tested
),

concluded as (
    select
        printf('In %d %s ', total.YearStart, total.LocationDesc)
        || concat_ws(
            '; ',
            case
                when abs(total.difference) <= total.bound
                    then printf('(%.1f%%) is not distinguishable from National', total.value) || total.nation
                when total.difference > 0 and total.bound is not null
                    then printf('(%.1f%%) is higher than National', total.value) || total.nation
                when total.difference < 0 and total.bound is not null
                    then printf('(%.1f%%) is lower than National', total.value) || total.nation
                else printf('is at %.1f%%', total.value)
            end,
            'its groups differ by ' || differing.apart,
            'groups are not distinguishable by ' || differing.alike
        )
        || '.' as conclusion
    from total
    cross join differing
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
        when $territories then ' and of the territories (' || counted.territories || ')'
        else '; territories left out: ' || counted.territories
    end as note,
    concluded.conclusion
from of_year
cross join counted
left join concluded on true
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
