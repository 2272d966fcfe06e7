-- How many points a year the published figure of every state rose or fell: a straight line through its survey years.
--
-- Of all adults. Each year is weighted by its standard error. `low` and `high` are the limits of 95% confidence, from
-- Student's t with two degrees of freedom fewer than there are `years`. Where the years lie further from the line than
-- their standard errors explain, that of the slope is widened by as much; where they lie closer it is not narrowed,
-- since few years may lie on a line by chance. `heterogeneity_q` measures how far from the line the years are, and
-- `heterogeneity_p` how often chance alone would bring them as far: below 0.05 the figures did not move in a straight
-- line. Two years have a slope without limits. The steepest fall comes first; places without a slope come last.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of them
-- title: Slope over the years
-- unit: percentage points a year
-- chart: intervals(slope)
-- tags: states, time
-- method: Regression on the year, weighted with 1 / standard error squared; t with k - 2 degrees of freedom
-- method: Standard error widened where the years scatter more than they should (Birge 1932, Physical Review 40)
-- method: In how many states it is not chance: p adjusted for many tests (Benjamini & Hochberg 1995), below 0.05
-- method: Standard errors from the published logit limits; the years' samples are independent
-- example: {"question": "Q036"}
-- example: {"question": "Q036", "state": "OH", "since": 2015}
with totals as (
    select
        LocationDesc,
        LocationType,
        YearStart,
        Data_Value,
        nullif(Standard_Error, 0) as error,
        Status
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and YearStart between $since and $until
        and ($state is null or LocationDesc = $state)
),

centred as (
    -- around the weighted mean, so that sums of squares lose no digits
    select
        LocationDesc,
        LocationType,
        YearStart,
        1 / pow(error, 2) as weight,
        YearStart - sum(YearStart / pow(error, 2)) over of_place / sum(1 / pow(error, 2)) over of_place as x,
        Data_Value - sum(Data_Value / pow(error, 2)) over of_place / sum(1 / pow(error, 2)) over of_place as y
    from totals
    where error is not null
    window of_place as (partition by LocationDesc)
),

sums as (
    select
        LocationDesc,
        LocationType,
        min(YearStart) as first_year,
        max(YearStart) as last_year,
        count(*) as years,
        list(YearStart order by YearStart) as used,
        case when count(*) > 1 then sum(weight * x * x) end as xx,
        case when count(*) > 1 then sum(weight * x * y) / sum(weight * x * x) end as slope,
        sum(weight * y * y) as yy
    from centred
    group by
        LocationDesc,
        LocationType
),

fitted as (
    select
        LocationDesc,
        LocationType,
        first_year,
        last_year,
        years - 2 as df,
        used,
        slope,
        xx,
        case when years > 2 then greatest(yy - slope * slope * xx, 0) end as q
    from sums
),

lines as (
    select
        *,
        sqrt(greatest(q / df, 1) / xx) as error,
        t_quantile(0.975, df) as t
    from fitted
),

places as (
    -- of the reasons that the years have, the last in the alphabet tells most: suppressed, not surveyed, not asked
    select
        LocationDesc,
        max(cast(Status as varchar)) filter (where Data_Value is null) as missing
    from totals
    group by LocationDesc
),

questionnaires_of as (
    select
        asked,
        count(*) as years,
        asked || ' in ' || string_agg(cast(YearStart as varchar), ', ' order by YearStart) as in_years
    from questionnaires
    where
        Question = $question
        and YearStart between $since and $until
    group by asked
),

questionnaire as (
    select
        sum(years) as years,
        count(*) as kinds,
        string_agg(in_years, '; ' order by asked) as in_years
    from questionnaires_of
),

tested as (
    select
        *,
        slope - t * error as low,
        slope + t * error as high,
        t_p(slope / error, df) as p
    from lines
),

ordered as (
    select
        *,
        row_number() over (order by p, LocationDesc) as place,
        p * count(*) over () / row_number() over (order by p, LocationDesc) as bound
    from tested
    where
        LocationType = 'state'
        and p is not null
),

significant as (
    -- the largest p that is within its bound, and all below it
    select max(place) as places
    from ordered
    where bound < 0.05
),

summed as (
    select
        printf(
            'Of the states and DC, %d rose and %d fell from %d to %d, and %s not distinguishable from 0',
            count(*) filter (where ordered.place <= significant.places and ordered.slope > 0),
            count(*) filter (where ordered.place <= significant.places and ordered.slope < 0),
            min(ordered.first_year),
            max(ordered.last_year),
            case count(*) - count(*) filter (where ordered.place <= significant.places)
                when 1 then '1 slope is'
                else printf('%d slopes are', count(*) - count(*) filter (where ordered.place <= significant.places))
            end
        ) as conclusion
    from ordered
    cross join significant
    having count(*) > 0
),

concluded as (
    select
        case
            when $state is null then summed.conclusion
            when one.p < 0.05
                then
                    printf(
                        '%s %s by %.2f points a year (%.2f to %.2f) from %d to %d',
                        one.LocationDesc,
                        case when one.slope > 0 then 'rose' else 'fell' end,
                        abs(one.slope),
                        least(abs(one.low), abs(one.high)),
                        greatest(abs(one.low), abs(one.high)),
                        one.first_year,
                        one.last_year
                    )
            when one.p >= 0.05
                then
                    printf(
                        '%s''s slope of %.2f points a year (%.2f to %.2f) from %d to %d is not distinguishable from 0',
                        one.LocationDesc,
                        one.slope,
                        one.low,
                        one.high,
                        one.first_year,
                        one.last_year
                    )
        end
        || case when questionnaire.kinds > 1 then '; the questionnaires differ, which may be part of it.' else '.' end
            as conclusion
    from questionnaire
    left join summed on $state is null
    left join tested as one on one.LocationDesc = $state
)

select
    places.LocationDesc as state,
    tested.slope,
    tested.low,
    tested.high,
    tested.error as standard_error,
    tested.p,
    tested.q as heterogeneity_q,
    chi2_p(tested.q, tested.df) as heterogeneity_p,
    coalesce(tested.used, []) as years,
    case when tested.slope is null then coalesce(places.missing, 'published') else 'published' end as status,
    case
        when questionnaire.kinds > 1 then
            'The questionnaires differ, and part of a slope may come of that; asked together were: '
            || questionnaire.in_years || '.'
    end as note,
    concluded.conclusion
from places
left join tested on places.LocationDesc = tested.LocationDesc
cross join questionnaire
cross join concluded
where questionnaire.years > 1
order by
    round(tested.slope, 9) nulls last,
    state
