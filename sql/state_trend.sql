-- A state's published figure in each survey year, beside the national one and the mean of the states.
--
-- Of all adults (the stratum OVERALL), with the limits of 95% confidence that the CDC publishes, in every year in
-- which the question was asked anywhere; a figure that is not published is null, and `status` says why.
-- `states_mean` is the plain mean of the published figures of the states and DC: each counts once, however many people
-- live there, which is why it differs from National.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- $territories boolean = false: count the territories in `states_mean` too
-- title: Trend of a state
-- unit: percent of adults
-- chart: line(value, national, states_mean)
-- tags: time
-- method: Figures and limits of 95% confidence as the CDC publishes them (BRFSS; crude, self-reported)
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- method: states_mean is a plain mean of published figures, without weights for population
-- method: Changes from the first year to the last: z-tests of differences of independent samples at p < 0.05
-- example: {"question": "Q036", "state": "OH"}
-- example: {"question": "Q018", "state": "NJ"}
with totals as (
    select *
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and YearStart between $since and $until
),

beside as (
    select
        YearStart,
        max(Data_Value) filter (where LocationType = 'nation') as national,
        avg(Data_Value) filter (
            where LocationType = 'state' or ($territories and LocationType = 'territory')
        ) as states_mean,
        count(*) filter (where LocationType = 'territory') as territories,
        string_agg(LocationDesc || ' in ' || YearStart, ', ' order by LocationDesc) filter (
            where LocationType = 'state' and Status = 'not surveyed'
        ) as lacking
    from totals
    group by YearStart
),

covered as (
    select
        count(national) as nations,
        count(states_mean) as means,
        max(territories) as territories,
        string_agg(lacking, ', ' order by YearStart) as lacking
    from beside
),

ends as (
    select
        min(YearStart) as first_year,
        max(YearStart) as last_year
    from totals
    where
        LocationDesc = $state
        and Data_Value is not null
),

changes as (
    select
        base.LocationDesc,
        base.LocationType,
        base.YearStart as first_year,
        base.Data_Value as first_value,
        final.YearStart as last_year,
        final.Data_Value as last_value,
        final.Data_Value - base.Data_Value as change,
        nullif(pow(base.Standard_Error, 2) + pow(final.Standard_Error, 2), 0) as variance
    from ends
    inner join totals as base on ends.first_year = base.YearStart
    inner join totals as final on ends.last_year = final.YearStart and base.LocationDesc = final.LocationDesc
    where
        ends.first_year < ends.last_year
        and (base.LocationDesc = $state or base.LocationType = 'nation')
),

tested as (
    select
        *,
        case
            when abs(change) > 1.959964 * sqrt(variance)
                then
                    printf(
                        '%s %s %.1f points', LocationDesc, case when change > 0 then 'rose' else 'fell' end, abs(change)
                    )
        end as moved,
        abs(change) <= 1.959964 * sqrt(variance) as unmoved
    from changes
),

questionnaire as (
    select count(distinct questionnaires.asked) > 1 as differs
    from questionnaires
    inner join ends on questionnaires.YearStart in (ends.first_year, ends.last_year)
    where questionnaires.Question = $question
),

concluded as (
    select
        case
            when own.unmoved
                then
                    printf(
                        '%s''s %.1f%% in %d is not distinguishable from its %.1f%% in %d',
                        own.LocationDesc, own.last_value, own.last_year, own.first_value, own.first_year
                    )
            else
                printf(
                    '%s, from %.1f%% in %d to %.1f%% in %d',
                    own.moved, own.first_value, own.first_year, own.last_value, own.last_year
                )
        end
        || coalesce(
            '; '
            || case
                when nation.unmoved
                    then
                        printf(
                            '%s''s %.1f%% is not distinguishable from its %.1f%%',
                            nation.LocationDesc, nation.last_value, nation.first_value
                        )
                else nation.moved
            end
            || case
                when abs(own.change - nation.change) > 1.959964 * sqrt(own.variance + nation.variance)
                    then printf('; the two changes differ by %.1f points', abs(own.change - nation.change))
                else
                    printf('; %s''s change is not distinguishable from %s''s', own.LocationDesc, nation.LocationDesc)
            end,
            ''
        )
        || case
            when questionnaire.differs then '; the questionnaires of the two years differ, which may be part of it.'
            else '.'
        end as conclusion
    from tested as own
    cross join questionnaire
    left join tested as nation on own.LocationType <> nation.LocationType and nation.LocationType = 'nation'
    where own.LocationDesc = $state
)

select
    totals.YearStart as year,
    totals.Data_Value as value,
    totals.Low_Confidence_Limit as low,
    totals.High_Confidence_Limit as high,
    totals.Sample_Size as sample_size,
    beside.national,
    beside.states_mean,
    totals.Status as status,
    totals.Reliability as reliability,
    nullif(concat_ws(
        '. ',
        case
            when covered.nations > 0 then
                'National is of the 50 states and DC that were surveyed, without territories'
                || coalesce('; not surveyed: ' || covered.lacking, '')
        end,
        case
            when covered.means > 0 then
                'states_mean is the unweighted mean of the states and DC that have a figure'
                || case
                    when covered.territories = 0 then ''
                    when $territories then ' and of the territories (' || covered.territories || ')'
                    else '; territories left out: ' || covered.territories
                end
        end
    ), '') as note,
    concluded.conclusion
from totals
inner join beside on totals.YearStart = beside.YearStart
cross join covered
left join concluded on true
where totals.LocationDesc = $state
order by year
