-- Which places are higher or lower than National, and which stand out even among places that differ.
--
-- Of all adults in one survey year; `standard_error` is that of the difference. `verdict` is `higher` or `lower` where
-- `q` is below 0.05, so at most one in twenty of these is expected to be chance. The samples are so large that most
-- places differ; the funnel asks for more. Its limits around National allow for the place's own standard error and for
-- the spread of the places (tau, in the notes): one place in twenty is expected outside `funnel_low` to `funnel_high`,
-- one in 500 outside `funnel_998_low` to `funnel_998_high`. `outside` is `no`, `95%` or `99.8%`. National, and a
-- territory unless `territories` is true, has neither verdict nor funnel.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest with a figure for National
-- $territories boolean = false: judge the territories too
-- title: States against National
-- unit: percent of adults; the difference in percentage points
-- chart: intervals(difference); map(difference)
-- tags: states, ranking
-- method: z-test of the difference, the place and National taken as independent
-- method: This is conservative, since National contains the place and so varies with it
-- method: q is p adjusted for many tests by the false discovery rate (Benjamini & Hochberg 1995)
-- method: Funnel limits with additive over-dispersion (Spiegelhalter 2005, Statistics in Medicine 24, 1185-1202)
-- method: tau squared by the method of moments around the weighted mean (DerSimonian & Laird 1986), without trimming
-- method: Standard errors from the published logit limits
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- example: {"question": "Q036"}
-- example: {"question": "Q047", "year": 2019, "territories": true}
with national as (
    select
        YearStart,
        Data_Value,
        Standard_Error
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and LocationType = 'nation'
        and Data_Value is not null
        and ($year is null or YearStart = $year)
    order by YearStart desc
    limit 1
),

pairs as (
    -- National is not tested against itself
    select
        figures.*,
        national.Data_Value as national,
        figures.LocationType = 'state' or ($territories and figures.LocationType = 'territory') as judged,
        1 / nullif(pow(figures.Standard_Error, 2), 0) as weight,
        figures.Data_Value - national.Data_Value as difference,
        case
            when figures.LocationType <> 'nation'
                then nullif(sqrt(pow(figures.Standard_Error, 2) + pow(national.Standard_Error, 2)), 0)
        end as error
    from figures
    inner join national on figures.YearStart = national.YearStart
    where
        figures.Question = $question
        and figures.StratificationID1 = 'OVERALL'
),

tested as (
    select
        *,
        normal_p(difference / error) as p
    from pairs
),

ordered as (
    select
        LocationDesc,
        p,
        p * count(*) over () / row_number() over (order by p, LocationDesc) as bound
    from tested
    where
        judged
        and p is not null
),

adjusted as (
    select
        LocationDesc,
        least(min(bound) over (order by p desc, LocationDesc desc), 1) as q
    from ordered
),

spread as (
    select
        count(weight) as places,
        case
            when count(weight) > 1
                then
                    greatest(0, (
                        sum(weight * difference * difference)
                        - pow(sum(weight * difference), 2) / sum(weight)
                        - (count(weight) - 1)
                    ) / (sum(weight) - sum(weight * weight) / sum(weight)))
            else 0
        end as tau2
    from pairs
    where judged
),

funnels as (
    select
        tested.*,
        spread.places,
        spread.tau2,
        case when tested.judged then sqrt(spread.tau2 + pow(tested.Standard_Error, 2)) end as funnel
    from tested
    cross join spread
),

counted as (
    select
        count(*) as territories,
        string_agg(LocationDesc, ', ' order by LocationDesc) as named
    from pairs
    where
        LocationType = 'territory'
        and Data_Value is not null
),

concluded as (
    select
        printf(
            'In %d, of the %s, %d are higher%s than National (%.1f%%), %d lower%s, and %s not distinguishable from it; '
            || '%d lie outside the 99.8%% limits of the funnel.',
            max(funnels.YearStart),
            case when $territories then 'states, DC and territories' else 'states and DC' end,
            count(*) filter (where adjusted.q < 0.05 and funnels.difference > 0),
            case max(questions.better) when 'higher' then ' (better)' when 'lower' then ' (worse)' else '' end,
            max(funnels.national),
            count(*) filter (where adjusted.q < 0.05 and funnels.difference < 0),
            case max(questions.better) when 'higher' then ' (worse)' when 'lower' then ' (better)' else '' end,
            case count(*) filter (where adjusted.q >= 0.05)
                when 1 then '1 is'
                else printf('%d are', count(*) filter (where adjusted.q >= 0.05))
            end,
            count(*) filter (where abs(funnels.difference) > 3.090232 * funnels.funnel)
        ) as conclusion
    from funnels
    inner join questions on funnels.Question = questions.Question
    left join adjusted on funnels.LocationDesc = adjusted.LocationDesc
    having count(adjusted.q) > 0
)

select
    funnels.LocationDesc as state,
    case
        when adjusted.q >= 0.05 then 'not different'
        when adjusted.q < 0.05 then case when funnels.difference > 0 then 'higher' else 'lower' end
    end as verdict,
    funnels.Data_Value as value,
    funnels.Low_Confidence_Limit as low,
    funnels.High_Confidence_Limit as high,
    funnels.national,
    round(funnels.difference, 1) as difference,
    funnels.difference - 1.959964 * funnels.error as difference_low,
    funnels.difference + 1.959964 * funnels.error as difference_high,
    funnels.error as standard_error,
    funnels.difference / funnels.error as z,
    funnels.p,
    adjusted.q,
    funnels.national - 1.959964 * funnels.funnel as funnel_low,
    funnels.national + 1.959964 * funnels.funnel as funnel_high,
    funnels.national - 3.090232 * funnels.funnel as funnel_998_low,
    funnels.national + 3.090232 * funnels.funnel as funnel_998_high,
    case
        when abs(funnels.difference) > 3.090232 * funnels.funnel then '99.8%'
        when abs(funnels.difference) > 1.959964 * funnels.funnel then '95%'
        when abs(funnels.difference) <= 1.959964 * funnels.funnel then 'no'
    end as outside,
    funnels.Sample_Size as sample_size,
    funnels.Reliability as reliability,
    funnels.Status as status,
    funnels.YearStart as year,
    concat_ws(
        ' ',
        case
            when funnels.places > 1 then
                'Beyond their sampling errors the places differ with a standard deviation (tau) of '
                || round(sqrt(funnels.tau2), 1) || ' points.'
        end,
        'National is of the 50 states and DC that were surveyed, without territories.',
        case
            when counted.territories = 0 then null
            when $territories then 'Territories judged too: ' || counted.named || '.'
            else
                'Territories left out of the verdicts and the funnel: ' || counted.named
                || '; territories=true judges them too.'
        end
    ) as note,
    concluded.conclusion
from funnels
cross join counted
left join concluded on true
left join adjusted on funnels.LocationDesc = adjusted.LocationDesc
order by
    round(funnels.difference, 9) desc nulls last,
    state
