-- All places in order, the best first, each with its rank and the ranks that sampling error leaves open.
--
-- By the published figures of all adults in one survey year; which end is best depends on the question. Equal figures
-- share the better rank. `rank_low` to `rank_high` leave out the ranks of places whose interval of 95% confidence is
-- wholly better or worse than the place's own; they are meant for one place that was chosen beforehand. `joint_low` to
-- `joint_high` hold for all places at once with 95% confidence, so take these to say who may be first. `rank` is null
-- for National, for a territory unless `territories` is true, and where no figure is published, as `status` explains.
-- `low` and `high` are the limits of the figure.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- $territories boolean = false: rank the territories too
-- title: Ranking of the states
-- unit: percent of adults
-- chart: intervals(value); map(value)
-- tags: states, ranking
-- method: Intervals of ranks from intervals of the figures (Klein, Wright & Wieczorek 2020, JRSS Series C 69)
-- method: Joint ones from intervals of 0.95^(1/K) confidence for K places, whose samples are independent (Šidák 1967)
-- method: Not distinguishable from highest or lowest: p of 0.001 or more in a z-test (Bonferroni, for 50 comparisons)
-- method: Standard errors from the published logit limits
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- example: {"question": "Q036"}
-- example: {"question": "Q046", "year": 2015, "territories": true}
with newest as (
    select coalesce($year, max(YearStart)) as year
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and Data_Value is not null
),

totals as (
    -- the lowest score is the best; where it is not known which end is, the highest figure comes first
    select
        figures.*,
        questions.better,
        case when questions.better = 'lower' then 1 else -1 end * figures.Data_Value as score,
        figures.LocationType = 'state' or ($territories and figures.LocationType = 'territory') as counts
    from figures
    inner join newest on figures.YearStart = newest.year
    inner join questions on figures.Question = questions.Question
    where
        figures.Question = $question
        and figures.StratificationID1 = 'OVERALL'
),

ranked as (
    select
        LocationDesc,
        score,
        Standard_Error as error,
        rank() over (order by round(score, 9)) as position,
        count(*) over () as places,
        normal_quantile((1 + pow(0.95, 1.0 / count(*) over ())) / 2) as z
    from totals
    where
        counts
        and Data_Value is not null
),

compared as (
    -- without a standard error a place may have any rank
    select
        one.LocationDesc,
        count(*) filter (where other.score - one.score < -1.959964 * (one.error + other.error)) as better,
        count(*) filter (where other.score - one.score > 1.959964 * (one.error + other.error)) as worse,
        count(*) filter (where other.score - one.score < -one.z * (one.error + other.error)) as surely_better,
        count(*) filter (where other.score - one.score > one.z * (one.error + other.error)) as surely_worse
    from ranked as one
    cross join ranked as other
    group by one.LocationDesc
),

counted as (
    select
        count(*) filter (where LocationType = 'nation') as nations,
        count(*) filter (where LocationType = 'territory') as territories,
        string_agg(LocationDesc, ', ' order by LocationDesc) filter (where LocationType = 'territory') as named
    from totals
    where Data_Value is not null
),

concluded as (
    select
        'In ' || max(YearStart) || ' ' || extremes(
            list(LocationDesc),
            list(Data_Value),
            list(Standard_Error),
            max(better),
            case when $territories then 'states, DC and territories' else 'states and DC' end
        ) || '.' as conclusion
    from totals
    where
        counts
        and Data_Value is not null
)

select
    totals.LocationDesc as state,
    ranked.position as rank,
    1 + compared.better as rank_low,
    ranked.places - compared.worse as rank_high,
    1 + compared.surely_better as joint_low,
    ranked.places - compared.surely_worse as joint_high,
    totals.Data_Value as value,
    totals.Low_Confidence_Limit as low,
    totals.High_Confidence_Limit as high,
    totals.Standard_Error as standard_error,
    totals.Sample_Size as sample_size,
    totals.Reliability as reliability,
    totals.Status as status,
    totals.YearStart as year,
    nullif(concat_ws(
        ' ',
        case
            when totals.better is null
                then 'It is not known whether more or less is better, so the highest figure has rank 1.'
        end,
        case
            when counted.nations > 0
                then 'National has no rank; it is of the 50 states and DC that were surveyed, without territories.'
        end,
        case
            when counted.territories = 0 then null
            when $territories then 'Territories ranked too: ' || counted.named || '.'
            else
                'Territories without a rank: ' || counted.named
                || '; territories=true ranks them too.'
        end
    ), '') as note,
    concluded.conclusion
from totals
cross join counted
cross join concluded
left join ranked on totals.LocationDesc = ranked.LocationDesc
left join compared on totals.LocationDesc = compared.LocationDesc
order by
    round(totals.score, 9) nulls last,
    state
