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
                    when $territories then ' and of ' || covered.territories || ' territories'
                    else '; ' || covered.territories || ' territories are left out'
                end
        end
    ), '') as note
from totals
inner join beside on totals.YearStart = beside.YearStart
cross join covered
where totals.LocationDesc = $state
order by year
