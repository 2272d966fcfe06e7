-- The mean of a state's published figures over several survey years, with its limits.
--
-- The years count equally, as in the maps in which the CDC pools years, so a year with a larger sample counts no more
-- than another. `years` are those that went into the mean, which differ from state to state where a year is not
-- published. The years' samples are independent, so the mean's standard error is sqrt(sum of squares) / years.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of them
-- $category choice(StratificationCategory1, StratificationCategoryId1) = OVR: of which people, a mean for each segment
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Mean over several years
-- unit: percent of adults
-- chart: intervals(mean); map(mean)
-- tags: states, time
-- method: Years weighted equally, as in the CDC's maps of pooled years; their samples are independent
-- method: Standard errors from the published logit limits; limits on the logit scale
-- method: Not distinguishable from highest or lowest: p of 0.001 or more in a z-test (Bonferroni, for 50 comparisons)
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- example: {"question": "Q036", "since": 2018}
-- example: {"question": "Q018", "state": "NY", "category": "Gender"}
with counted as (
    select
        LocationDesc,
        LocationType,
        Stratification1,
        StratificationID1,
        min(YearStart) filter (where Data_Value is not null) as first_year,
        max(YearStart) filter (where Data_Value is not null) as last_year,
        count(Data_Value) as published,
        avg(Data_Value) as mean,
        -- A year without limits would make the mean look surer than it is.
        case
            when count(Standard_Error) = count(Data_Value)
                then sqrt(sum(Standard_Error * Standard_Error)) / nullif(count(Data_Value), 0)
        end as error,
        sum(Sample_Size) filter (where Data_Value is not null) as sample_size,
        list(YearStart order by YearStart) filter (where Data_Value is not null) as years,
        case when count(Data_Value) > 0 then 'published' else max(cast(Status as varchar)) end as status
    from figures
    where
        Question = $question
        and ($state is null or LocationDesc = $state)
        and StratificationCategory1 = $category
        and YearStart between $since and $until
    group by
        LocationDesc,
        LocationType,
        Stratification1,
        StratificationID1
),

limited as (
    select
        counted.*,
        questions.better,
        logit_low(counted.mean, counted.error) as low,
        logit_high(counted.mean, counted.error) as high
    from counted
    inner join questions on questions.Question = $question
),

concluded as (
    select
        'Mean of ' || min(first_year) || ' to ' || max(last_year) || ': ' || extremes(
            list(LocationDesc), list(round(mean, 9)), list(error), max(better), 'states and DC'
        ) || '.' as conclusion
    from limited
    where
        LocationType = 'state'
        and mean is not null
    having min(Stratification1) = max(Stratification1)
)

select
    limited.LocationDesc as state,
    limited.Stratification1 as segment,
    limited.mean,
    limited.low,
    limited.high,
    limited.error as standard_error,
    cast(limited.sample_size as bigint) as sample_size,
    limited.published,
    coalesce(limited.years, []) as years,
    limited.status,
    reliability_of(limited.mean, limited.low, limited.high, limited.error, limited.sample_size) as reliability,
    case
        when $state is null then concluded.conclusion
        when count(*) over () = 1
            then
                printf(
                    '%s: a mean of %.1f%% (%.1f–%.1f) over %d survey years from %d to %d.',
                    limited.LocationDesc,
                    limited.mean,
                    limited.low,
                    limited.high,
                    limited.published,
                    limited.first_year,
                    limited.last_year
                )
    end as conclusion
from limited
left join concluded on $state is null
left join strata on cast(limited.StratificationID1 as varchar) = strata.StratificationID1
order by
    round(limited.mean, 9) nulls last,
    state,
    strata.place nulls last,
    segment
