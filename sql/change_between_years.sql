-- How the published figure of every state changed from one survey year to another, and whether that may be chance.
--
-- Of all adults. `change` is the last year's figure less the first one's, whichever of the two years is the earlier,
-- with its limits of 95% confidence `low` and `high`. `p` is of the test that nothing changed. Of 51 states two or
-- three have a p below 0.05 by chance alone, so look at `q` where you look at many: of the states with a q below 0.05,
-- at most one in twenty is expected to be chance. National is no state, so it has no `q`, nor have territories unless
-- `territories` is true. `apart` tells whether the two published intervals do not overlap, which is stricter than the
-- test. The largest decrease comes first; places without a change come last, and their statuses say why.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $first_year integer(2011..2100): the survey year that the change is counted from
-- $last_year integer(2011..2100): the survey year that it is counted to
-- $territories boolean = false: adjust p for the territories too
-- title: Change between two years
-- unit: percent of adults; the change in percentage points
-- chart: map(change); arrows(first_value, last_value)
-- tags: states, time
-- method: z-test of the difference of two independent samples; standard errors from the published logit limits
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- method: q is p adjusted for many tests by the false discovery rate (Benjamini & Hochberg 1995), over the states
-- example: {"question": "Q036", "first_year": 2011, "last_year": 2021}
with pairs as (
    -- a figure is not tested against itself
    select
        base.LocationDesc,
        base.LocationType,
        base.Data_Value as first_value,
        final.Data_Value as last_value,
        final.Data_Value - base.Data_Value as difference,
        case
            when $first_year <> $last_year
                then nullif(sqrt(pow(base.Standard_Error, 2) + pow(final.Standard_Error, 2)), 0)
        end as error,
        base.High_Confidence_Limit < final.Low_Confidence_Limit
        or final.High_Confidence_Limit < base.Low_Confidence_Limit as apart,
        base.Sample_Size as first_sample_size,
        final.Sample_Size as last_sample_size,
        base.Status as first_status,
        final.Status as last_status,
        base.Reliability as first_reliability,
        final.Reliability as last_reliability
    from figures as base
    inner join figures as final on base.LocationDesc = final.LocationDesc
    where
        base.Question = $question
        and base.StratificationID1 = 'OVERALL'
        and base.YearStart = $first_year
        and final.Question = $question
        and final.StratificationID1 = 'OVERALL'
        and final.YearStart = $last_year
),

tested as (
    select
        LocationDesc,
        normal_p(difference / error) as p
    from pairs
    where LocationType = 'state' or ($territories and LocationType = 'territory')
),

ordered as (
    select
        LocationDesc,
        p,
        p * count(*) over () / row_number() over (order by p, LocationDesc) as bound
    from tested
    where p is not null
),

adjusted as (
    select
        LocationDesc,
        least(min(bound) over (order by p desc, LocationDesc desc), 1) as q
    from ordered
),

counted as (
    select
        count(*) as changes,
        count(*) filter (where LocationType = 'nation') as nations,
        count(*) filter (where LocationType = 'territory') as territories,
        string_agg(LocationDesc, ', ' order by LocationDesc) filter (where LocationType = 'territory') as named
    from pairs
    where difference is not null
),

questionnaire as (
    select
        max(asked) filter (where YearStart = $first_year) as first_asked,
        max(asked) filter (where YearStart = $last_year) as last_asked
    from questionnaires
    where Question = $question
),

concluded as (
    select
        printf(
            'Of the %s, %d rose from %d to %d, %d fell, and %s not distinguishable from no change%s%s.',
            case when $territories then 'states, DC and territories' else 'states and DC' end,
            count(*) filter (where adjusted.q < 0.05 and pairs.difference > 0),
            $first_year,
            $last_year,
            count(*) filter (where adjusted.q < 0.05 and pairs.difference < 0),
            case count(*) filter (where adjusted.q >= 0.05)
                when 1 then '1 is'
                else printf('%d are', count(*) filter (where adjusted.q >= 0.05))
            end,
            coalesce(
                max(
                    case
                        when abs(pairs.difference) <= 1.959964 * pairs.error
                            then
                                printf(
                                    '; National''s %.1f%% is not distinguishable from its %.1f%%',
                                    pairs.last_value,
                                    pairs.first_value
                                )
                        when pairs.difference > 0 then printf('; National rose %.1f points', pairs.difference)
                        when pairs.difference < 0 then printf('; National fell %.1f points', -pairs.difference)
                    end
                ) filter (where pairs.LocationType = 'nation' and pairs.error is not null),
                ''
            ),
            case
                when max(questionnaire.first_asked) <> max(questionnaire.last_asked)
                    then '; the questionnaires of the two years differ, which may be part of it'
                else ''
            end
        ) as conclusion
    from pairs
    cross join questionnaire
    left join adjusted on pairs.LocationDesc = adjusted.LocationDesc
    having count(adjusted.q) > 0
)

select
    pairs.LocationDesc as state,
    pairs.first_value,
    pairs.last_value,
    round(pairs.difference, 1) as change,
    pairs.difference - 1.959964 * pairs.error as low,
    pairs.difference + 1.959964 * pairs.error as high,
    pairs.apart,
    pairs.error as standard_error,
    pairs.difference / pairs.error as z,
    normal_p(pairs.difference / pairs.error) as p,
    adjusted.q,
    pairs.first_sample_size,
    pairs.last_sample_size,
    pairs.first_status,
    pairs.last_status,
    pairs.first_reliability,
    pairs.last_reliability,
    nullif(concat_ws(
        ' ',
        case
            when questionnaire.first_asked <> questionnaire.last_asked then
                'The questionnaires differ, and part of a change may come of that: asked together were '
                || questionnaire.first_asked || ' in ' || $first_year || ', and ' || questionnaire.last_asked
                || ' in ' || $last_year || '.'
        end,
        case
            when counted.nations > 0
                then 'National is of the 50 states and DC that were surveyed in each year, without territories.'
        end,
        case
            when counted.territories = 0 then null
            when $territories
                then 'p is adjusted for territories too: ' || counted.named || '.'
            else
                'Territories left out of the adjustment of p: ' || counted.named
                || '; territories=true counts them too.'
        end
    ), '') as note,
    concluded.conclusion
from pairs
left join adjusted on pairs.LocationDesc = adjusted.LocationDesc
cross join counted
cross join questionnaire
left join concluded on true
where counted.changes > 0
order by
    change nulls last,
    state
