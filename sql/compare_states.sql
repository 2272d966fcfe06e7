-- Two or more states side by side: the published figure of all adults in each survey year.
--
-- With the limits of 95% confidence that the CDC publishes. Each place has every year in which the question was asked
-- anywhere; a figure that is not published is null, and `status` says why.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $states list(choice(LocationDesc, LocationAbbr)): the states, by name or abbreviation
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: States side by side
-- unit: percent of adults
-- chart: line
-- tags: states, time
-- method: Figures and limits of 95% confidence as the CDC publishes them (BRFSS; crude, self-reported)
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- method: Pairs in the newest common year: z-tests of independent samples, p times their number (Bonferroni)
-- example: {"question": "Q036", "states": ["OH", "Iowa", "US"]}
with totals as (
    select *
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and YearStart between $since and $until
),

lacking as (
    select string_agg(LocationDesc || ' in ' || YearStart, ', ' order by YearStart, LocationDesc) as states
    from totals
    where
        LocationType = 'state'
        and Status = 'not surveyed'
),

chosen as (
    select *
    from totals
    where
        list_contains($states, LocationDesc)
        and Data_Value is not null
),

common as (
    -- the newest of the years in which most of them have a figure
    select YearStart
    from chosen
    group by YearStart
    order by
        count(*) desc,
        YearStart desc
    limit 1
),

placed as (
    select
        chosen.*,
        printf('%s (%.1f%%)', chosen.LocationDesc, chosen.Data_Value) as named,
        row_number() over (order by chosen.Data_Value desc, chosen.LocationDesc asc) as place
    from chosen
    inner join common on chosen.YearStart = common.YearStart
),

pairs as (
    select
        one.named as higher,
        other.named as lower,
        one.LocationDesc || ' is not distinguishable from ' || other.LocationDesc as alike,
        count(*) over () * normal_p(
            (one.Data_Value - other.Data_Value)
            / nullif(sqrt(pow(one.Standard_Error, 2) + pow(other.Standard_Error, 2)), 0)
        ) as p
    from placed as one
    inner join placed as other on one.place < other.place
),

verdicts as (
    select
        count(*) as pairs,
        count(p) as tested,
        count(*) filter (where p >= 0.05) as alike,
        max(higher) as higher,
        max(lower) as lower,
        string_agg(alike, ', ' order by alike) filter (where p >= 0.05) as named
    from pairs
),

listed as (
    select
        max(YearStart) as year,
        string_agg(named, ', ' order by place) filter (where place <= 6)
        || case when count(*) > 6 then printf(' and %d more', count(*) - 6) else '' end as named
    from placed
),

concluded as (
    select
        case
            when verdicts.pairs = 0 or verdicts.pairs > verdicts.tested then null
            when verdicts.pairs = 1
                then
                    printf(
                        'In %d %s is %s %s.',
                        listed.year,
                        verdicts.higher,
                        case when verdicts.alike = 1 then 'not distinguishable from' else 'higher than' end,
                        verdicts.lower
                    )
            else
                printf(
                    'In %d, highest first: %s; %s.',
                    listed.year,
                    listed.named,
                    case
                        when verdicts.alike = 0 then 'all differ from each other'
                        when verdicts.alike > 3
                            then printf('of %d pairs %d are not distinguishable', verdicts.pairs, verdicts.alike)
                        when verdicts.alike < verdicts.pairs then verdicts.named || '; all other pairs differ'
                        else verdicts.named
                    end
                )
        end as conclusion
    from verdicts
    cross join listed
)

select
    totals.LocationDesc as state,
    totals.YearStart as year,
    totals.Data_Value as value,
    totals.Low_Confidence_Limit as low,
    totals.High_Confidence_Limit as high,
    totals.Sample_Size as sample_size,
    totals.Status as status,
    totals.Reliability as reliability,
    case
        when totals.LocationType = 'nation' then
            'National is of the 50 states and DC that were surveyed, without territories'
            || coalesce('; not surveyed: ' || lacking.states, '')
    end as note,
    concluded.conclusion
from totals
cross join lacking
cross join concluded
where list_contains($states, totals.LocationDesc)
order by
    state,
    year
