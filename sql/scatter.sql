-- Two questions against each other: each state's means, of which `correlation` gives the correlation.
--
-- For each state the mean of the published figures of all adults, of those years asked for in which both questions are
-- published there; `years` lists them. `low` and `high` are the limits of 95% confidence of `value`, the mean of the
-- one question, and `other_low` and `other_high` those of `other`. A sample size is that of all its years together.
--
-- $question choice(Question, QuestionID): the one survey question, word for word or by its code
-- $other choice(Question, QuestionID): the other survey question
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- $territories boolean = false: list the territories too
-- title: Two questions against each other
-- unit: percent of adults
-- chart: scatter(value, other)
-- tags: states
-- method: Years weighted equally; standard errors from the published logit limits; limits on the logit scale
-- example: {"question": "Q036", "other": "Q047"}
-- example: {"question": "Q019", "other": "Q046", "territories": true}
with one as (
    select *
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and LocationType <> 'nation'
        and YearStart between $since and $until
),

paired as (
    select
        one.LocationDesc,
        one.LocationType,
        one.YearStart,
        one.Data_Value as value,
        one.Standard_Error as error,
        one.Sample_Size as size,
        other.Data_Value as other,
        other.Standard_Error as other_error,
        other.Sample_Size as other_size,
        one.Data_Value is not null and other.Data_Value is not null as complete,
        case when one.Data_Value is null then one.Status else other.Status end as status
    from one
    inner join figures as other on one.LocationDesc = other.LocationDesc and one.YearStart = other.YearStart
    where
        other.Question = $other
        and other.StratificationID1 = 'OVERALL'
),

overlap as (
    select max(remark) as remark
    from question_overlaps
    where
        Question = $question
        and other = $other
),

counted as (
    select
        count(*) as pairs,
        count(distinct LocationDesc) filter (where LocationType = 'territory') as territories,
        string_agg(distinct LocationDesc, ', ' order by LocationDesc) filter (where LocationType = 'territory') as named
    from paired
    where complete
),

means as (
    -- a mean has no limits where one of its figures has none
    select
        LocationDesc as state,
        avg(value) filter (where complete) as value,
        sqrt(sum(pow(error, 2)) filter (where complete)) / count(error) filter (where complete) as error,
        count(*) filter (where complete and error is null) = 0 as has_error,
        sum(size) filter (where complete) as sample_size,
        avg(other) filter (where complete) as other,
        sqrt(sum(pow(other_error, 2)) filter (where complete)) / count(other_error) filter (where complete)
            as other_error,
        count(*) filter (where complete and other_error is null) = 0 as other_has_error,
        sum(other_size) filter (where complete) as other_sample_size,
        list(YearStart order by YearStart) filter (where complete) as years,
        -- of the reasons that the years have, the last in the alphabet tells most: suppressed, not surveyed, not asked
        coalesce(max('published') filter (where complete), max(cast(status as varchar))) as status
    from paired
    where LocationType = 'state' or $territories
    group by LocationDesc
)

select
    means.state,
    means.value,
    case when means.has_error then logit_low(means.value, means.error) end as low,
    case when means.has_error then logit_high(means.value, means.error) end as high,
    cast(means.sample_size as bigint) as sample_size,
    means.other,
    case when means.other_has_error then logit_low(means.other, means.other_error) end as other_low,
    case when means.other_has_error then logit_high(means.other, means.other_error) end as other_high,
    cast(means.other_sample_size as bigint) as other_sample_size,
    coalesce(means.years, []) as years,
    means.status,
    nullif(concat_ws(
        ' ',
        'By definition the two are tied: ' || overlap.remark || '.',
        case
            when counted.territories = 0 then null
            when $territories then 'Territories counted too: ' || counted.named || '.'
            else
                'Territories left out: ' || counted.named
                || '; territories=true lists them too.'
        end
    ), '') as note
from means
cross join counted
cross join overlap
where counted.pairs > 0
order by means.state
