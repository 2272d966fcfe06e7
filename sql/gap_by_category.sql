-- The segments of a category with the highest and the lowest figure in every state, and the gap between them.
--
-- The published figures of one survey year. The widest gap of several segments is partly chance, the more so the more
-- segments there are and the smaller: `expected_gap` is how wide it would be on average if all segments were alike, and
-- `p` is of the test that they are, from `heterogeneity_q`, which measures how far they lie from their common mean. To
-- compare with one segment that is fixed beforehand, ask `disparity`. `apart` tells whether the two published intervals
-- of 95% confidence do not overlap. `compared` counts the segments that are published in the state; people who did not
-- tell their income are no segment. A place with fewer than two has no gap, and `status` says why; the category Total
-- has but one, and so it has no rows. The widest gap comes first; of equal segments the first one is named, in the
-- order of ages, education and incomes.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $category choice(StratificationCategory1, StratificationCategoryId1): what tells people apart: Income, or INC
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of them
-- title: Gap between the segments of a category
-- unit: percent of adults; the gap in percentage points
-- chart: dots(lowest, highest)
-- tags: inequality
-- method: Test of heterogeneity: Q with its weights 1 / standard error squared (Cochran 1954, Biometrics 10)
-- method: expected_gap is the expected range of normal values with these standard errors (Tippett 1925, Biometrika 17)
-- method: The highest is told from the lowest of k segments by their difference with k - 1 df (Scheffé 1953)
-- method: In how many states it is: p times the number of states (Bonferroni)
-- method: Standard errors from the published logit limits; segments taken as independent
-- example: {"question": "Q036", "category": "EDU"}
-- example: {"question": "Q018", "category": "Income", "year": 2019}
-- example: {"question": "Q036", "category": "Income", "state": "MS"}
with segments as (
    select
        figures.*,
        nullif(figures.Standard_Error, 0) as error,
        strata.place
    from figures
    left join strata on cast(figures.StratificationID1 as varchar) = strata.StratificationID1
    where
        figures.Question = $question
        and figures.StratificationCategory1 = $category
        and ($state is null or figures.LocationDesc = $state)
        and figures.StratificationID1 <> 'INCNR'
),

newest as (
    select coalesce($year, max(YearStart)) as year
    from segments
    where Data_Value is not null
),

asked as (
    select segments.*
    from segments
    inner join newest on segments.YearStart = newest.year
),

ranked as (
    select
        *,
        row_number() over (
            partition by LocationDesc
            order by Data_Value desc, place asc, Stratification1 asc
        ) as from_highest,
        row_number() over (
            partition by LocationDesc
            order by Data_Value asc, place asc, Stratification1 asc
        ) as from_lowest,
        count(*) over (partition by LocationDesc) as compared
    from asked
    where Data_Value is not null
),

usable as (
    select
        LocationDesc,
        Data_Value,
        error,
        max(error) over (partition by LocationDesc) as largest,
        sum(Data_Value / pow(error, 2)) over (partition by LocationDesc)
        / sum(1 / pow(error, 2)) over (partition by LocationDesc) as mean
    from ranked
    where
        compared > 1
        and error is not null
),

tested as (
    select
        LocationDesc,
        count(*) as segments,
        sum(pow((Data_Value - mean) / error, 2)) as q
    from usable
    group by LocationDesc
),

tails as (
    -- of each segment the probability that it lies above a point; the points lie closer around the mean, where the
    -- smallest errors matter, and reach to 9 of the largest
    select
        usable.LocationDesc,
        steps.number,
        usable.largest / 32 * cosh(steps.number / 4) * case when steps.number = 0 then 1 else 2 end as step,
        normal_p(usable.largest / 8 * sinh(steps.number / 4) / usable.error) / 2 as above
    from usable
    cross join range(0, 21) as steps (number)
),

within as (
    -- the probability that the point lies within the range of all of them
    select
        LocationDesc,
        step * (1 - exp(sum(ln(1 - above))) - exp(sum(ln(greatest(above, 1e-300))))) as probability
    from tails
    group by
        LocationDesc,
        number,
        step
),

ranges as (
    -- its integral, by the trapezoidal rule, which needs few points for such a function
    select
        LocationDesc,
        sum(probability) as expected_gap
    from within
    group by LocationDesc
),

places as (
    -- of the reasons that segments have, the last in the alphabet tells most: suppressed, not surveyed, not asked
    select
        LocationDesc,
        LocationType,
        max(YearStart) as year,
        count(Data_Value) as compared,
        case when count(Data_Value) > 1 then round(max(Data_Value) - min(Data_Value), 1) end as gap,
        case
            when count(Data_Value) > 1 then 'published'
            else coalesce(max(cast(Status as varchar)) filter (where Data_Value is null), 'published')
        end as status
    from asked
    group by
        LocationDesc,
        LocationType
),

gaps as (
    select
        places.*,
        case when tested.segments = places.compared then ranges.expected_gap end as expected_gap,
        tested.q,
        tested.segments - 1 as df
    from places
    left join tested on places.LocationDesc = tested.LocationDesc
    left join ranges on places.LocationDesc = ranges.LocationDesc
),

averaged as (
    select
        round(avg(gap) filter (where expected_gap is not null and LocationType = 'state'), 1) as gap,
        round(avg(expected_gap) filter (where LocationType = 'state'), 1) as expected_gap,
        count(gap) as gaps
    from gaps
),

ends as (
    select
        gaps.LocationDesc,
        gaps.LocationType,
        gaps.year,
        highest.Stratification1 as highest_segment,
        highest.Data_Value as highest,
        lowest.Stratification1 as lowest_segment,
        lowest.Data_Value as lowest,
        chi2_p(
            pow(highest.Data_Value - lowest.Data_Value, 2) / (pow(highest.error, 2) + pow(lowest.error, 2)),
            gaps.compared - 1
        ) as p
    from gaps
    inner join ranked as highest on gaps.LocationDesc = highest.LocationDesc and highest.from_highest = 1
    inner join ranked as lowest on gaps.LocationDesc = lowest.LocationDesc and lowest.from_lowest = 1
    where gaps.compared > 1
),

judged as (
    select
        *,
        sum(case when LocationType = 'state' and p is not null then 1 else 0 end) over () as states
    from ends
),

counted as (
    select
        count(p) as states,
        count(*) filter (where p * states < 0.05) as apart
    from judged
    where LocationType = 'state'
),

concluded as (
    select
        printf(
            '%s, %d: %s (%.1f%%) is highest%s%s the lowest%s, %s (%.1f%%)%s.',
            judged.LocationDesc,
            judged.year,
            judged.highest_segment,
            judged.highest,
            case questions.better when 'higher' then ' (best)' when 'lower' then ' (worst)' else '' end,
            case
                when judged.p < 0.05 then ', distinguishable from'
                when judged.p >= 0.05 then ', but is not distinguishable from'
            end,
            case questions.better when 'higher' then ' (worst)' when 'lower' then ' (best)' else '' end,
            judged.lowest_segment,
            judged.lowest,
            case
                when $state is not null then ''
                else
                    printf(
                        '; in %d of %d places (states and DC) the highest is distinguishable from the lowest',
                        counted.apart,
                        counted.states
                    )
            end
        ) as conclusion
    from judged
    cross join counted
    inner join questions on questions.Question = $question
    where judged.LocationDesc = $state or ($state is null and judged.LocationType = 'nation')
)

select
    gaps.LocationDesc as state,
    highest.Stratification1 as highest_segment,
    highest.Data_Value as highest,
    lowest.Stratification1 as lowest_segment,
    lowest.Data_Value as lowest,
    gaps.gap,
    gaps.expected_gap,
    gaps.q as heterogeneity_q,
    gaps.df as heterogeneity_df,
    chi2_p(gaps.q, gaps.df) as p,
    highest.Low_Confidence_Limit > lowest.High_Confidence_Limit as apart,
    highest.Low_Confidence_Limit as highest_low,
    highest.High_Confidence_Limit as highest_high,
    highest.Sample_Size as highest_sample_size,
    highest.Reliability as highest_reliability,
    lowest.Low_Confidence_Limit as lowest_low,
    lowest.High_Confidence_Limit as lowest_high,
    lowest.Sample_Size as lowest_sample_size,
    lowest.Reliability as lowest_reliability,
    gaps.compared,
    gaps.status,
    gaps.year,
    case
        when $state is null then
            'The states'' gaps average ' || averaged.gap
            || ' points; if all segments were alike, chance alone would make them ' || averaged.expected_gap || '.'
    end as note,
    concluded.conclusion
from gaps
cross join averaged
left join concluded on true
left join ranked as highest
    on gaps.LocationDesc = highest.LocationDesc and highest.from_highest = 1 and highest.compared > 1
left join ranked as lowest
    on gaps.LocationDesc = lowest.LocationDesc and lowest.from_lowest = 1 and lowest.compared > 1
where averaged.gaps > 0
order by
    gaps.gap desc nulls last,
    state asc
