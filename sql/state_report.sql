-- All questions for one state on a page: figure, National, rank and change.
--
-- Of all adults. Without `year` each question has the newest year that is published for the state, as its `year` says.
-- `difference` is the state's figure less National's; `p` is of the test that there is none, for each question alone.
-- `rank` counts from the best, or from the highest figure where `better_is` is not known; `rank_low` to `rank_high`
-- leave out the ranks of places whose interval of 95% confidence is wholly better or worse than the state's. `change`
-- is since the first year in which the same questions of the topic were asked as in `year`, since answers depend on
-- what else is asked. What is not published is null, and `status` says why.
--
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published for the state
-- $territories boolean = false: rank the territories too
-- title: Report of a state
-- unit: percent of adults; the difference in percentage points; the change in percentage points
-- chart: dots(value, national)
-- tags: states, ranking, time
-- method: z-test of the difference, the state and National taken as independent
-- method: This is conservative, since National contains the state and so varies with it
-- method: Marginal intervals of ranks (Klein, Wright & Wieczorek 2020, JRSS Series C 69)
-- method: Limits of the change from independent samples; standard errors from the published logit limits
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- example: {"state": "OH"}
-- example: {"state": "PR", "year": 2019, "territories": true}
with totals as (
    select
        *,
        LocationType = 'state' or ($territories and LocationType = 'territory') as counts
    from figures
    where StratificationID1 = 'OVERALL'
),

newest as (
    select
        Question,
        coalesce(
            $year,
            max(YearStart) filter (where LocationDesc = $state and Data_Value is not null),
            max(YearStart) filter (where Data_Value is not null)
        ) as year
    from totals
    group by Question
),

own as (
    select
        totals.*,
        newest.year,
        case when questions.better = 'lower' then 1 else -1 end as direction
    from totals
    inner join newest on totals.Question = newest.Question and totals.YearStart = newest.year
    inner join questions on totals.Question = questions.Question
    where totals.LocationDesc = $state
),

ranked as (
    select
        own.Question,
        count(*) as places,
        count(*) filter (where round(own.direction * (other.Data_Value - own.Data_Value), 9) < 0) as better,
        count(*) filter (
            where own.direction * (other.Data_Value - own.Data_Value)
            < -1.959964 * (own.Standard_Error + other.Standard_Error)
        ) as surely_better,
        count(*) filter (
            where own.direction * (other.Data_Value - own.Data_Value)
            > 1.959964 * (own.Standard_Error + other.Standard_Error)
        ) as surely_worse
    from own
    inner join totals as other on own.Question = other.Question and own.year = other.YearStart
    where
        own.counts
        and own.Data_Value is not null
        and other.counts
        and other.Data_Value is not null
    group by own.Question
),

comparable as (
    select
        own.Question,
        min(earlier.YearStart) as year
    from own
    inner join questionnaires as asked on own.Question = asked.Question and own.year = asked.YearStart
    inner join questionnaires as before on asked.Question = before.Question and asked.asked = before.asked
    inner join totals as earlier on before.Question = earlier.Question and before.YearStart = earlier.YearStart
    where
        earlier.LocationDesc = $state
        and earlier.YearStart < own.year
        and earlier.Data_Value is not null
        and own.Data_Value is not null
    group by own.Question
),

beside as (
    select
        own.*,
        national.Data_Value as national,
        base.YearStart as base_year,
        own.Data_Value - base.Data_Value as change,
        nullif(sqrt(pow(own.Standard_Error, 2) + pow(base.Standard_Error, 2)), 0) as change_error,
        case when own.LocationType <> 'nation' then own.Data_Value - national.Data_Value end as difference,
        nullif(sqrt(pow(own.Standard_Error, 2) + pow(national.Standard_Error, 2)), 0) as error
    from own
    left join comparable on own.Question = comparable.Question
    left join totals as base
        on own.Question = base.Question and own.LocationDesc = base.LocationDesc and comparable.year = base.YearStart
    left join totals as national
        on own.Question = national.Question and own.year = national.YearStart and national.LocationType = 'nation'
),

counted as (
    select
        count(*) filter (where totals.LocationType = 'nation') as nations,
        count(distinct totals.LocationDesc) filter (where totals.LocationType = 'territory') as territories,
        string_agg(distinct totals.LocationDesc, ', ' order by totals.LocationDesc) filter (
            where totals.LocationType = 'territory'
        ) as named
    from totals
    inner join own on totals.Question = own.Question and totals.YearStart = own.year
    where totals.Data_Value is not null
)

select
    questions.Question as question,
    questions.QuestionID as code,
    beside.Data_Value as value,
    beside.Low_Confidence_Limit as low,
    beside.High_Confidence_Limit as high,
    beside.Standard_Error as standard_error,
    beside.Sample_Size as sample_size,
    newest.year,
    beside.national,
    round(beside.difference, 1) as difference,
    beside.difference / beside.error as z,
    normal_p(beside.difference / beside.error) as p,
    1 + ranked.better as rank,
    1 + ranked.surely_better as rank_low,
    ranked.places - ranked.surely_worse as rank_high,
    ranked.places as of_states,
    questions.better as better_is,
    beside.base_year as change_since,
    round(beside.change, 1) as change,
    beside.change - 1.959964 * beside.change_error as change_low,
    beside.change + 1.959964 * beside.change_error as change_high,
    coalesce(cast(beside.Status as varchar), 'not asked') as status,
    beside.Reliability as reliability,
    nullif(concat_ws(
        ' ',
        case
            when counted.nations > 0
                then 'National is of the 50 states and DC that were surveyed, without territories.'
        end,
        case
            when counted.territories = 0 then null
            when $territories then 'Territories ranked too: ' || counted.named || '.'
            else
                'Territories without a rank: ' || counted.named
                || '; territories=true ranks them too.'
        end
    ), '') as note
from questions
inner join newest on questions.Question = newest.Question
cross join counted
left join beside on questions.Question = beside.Question
left join ranked on questions.Question = ranked.Question
where
    exists (
        select 1
        from own
    )
order by questions.QuestionID
