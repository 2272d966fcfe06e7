-- How two questions go together across the states: the correlation of their means.
--
-- For each state the mean of the published figures of all adults, of those years asked for in which both questions are
-- published there; `years` lists them. `pearson` is the linear correlation, with its limits of 95% confidence and p.
-- `spearman` is that of the ranks (ties share their mean rank; rounded to nine digits, so that equal ones are ties).
-- One place far from the others can make or hide a linear correlation, as Puerto Rico does: look at `scatter`. A
-- correlation of states says nothing of single people (the ecological fallacy).
--
-- $question choice(Question, QuestionID): the one survey question, word for word or by its code
-- $other choice(Question, QuestionID): the other survey question
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- $territories boolean = false: count the territories too
-- title: Correlation of two questions
-- returns: row
-- tags: states
-- method: Limits of the correlation by Fisher's transformation (Fisher 1921); p by the t-test with n - 2
-- method: Years weighted equally; each state counts once, whatever its population and its sample
-- example: {"question": "Q036", "other": "Q047"}
-- example: {"question": "Q018", "other": "Q046", "since": 2017}
with paired as (
    select
        LocationDesc,
        LocationType,
        YearStart,
        max(Data_Value) filter (where Question = $question) as one,
        max(Data_Value) filter (where Question = $other) as other
    from figures
    where
        Question in ($question, $other)
        and StratificationID1 = 'OVERALL'
        and LocationType <> 'nation'
        and YearStart between $since and $until
    group by
        LocationDesc,
        LocationType,
        YearStart
    having one is not null and other is not null
),

counted as (
    select
        count(distinct LocationDesc) as territories,
        string_agg(distinct LocationDesc, ', ' order by LocationDesc) as named
    from paired
    where LocationType = 'territory'
),

overlap as (
    select max(remark) as remark
    from question_overlaps
    where
        Question = $question
        and other = $other
),

kept as (
    select *
    from paired
    where LocationType = 'state' or $territories
),

span as (
    select list(distinct YearStart order by YearStart) as years
    from kept
),

means as (
    select
        round(avg(one), 9) as one,
        round(avg(other), 9) as other
    from kept
    group by LocationDesc
),

ranked as (
    select
        one,
        other,
        rank() over (order by one) + (count(*) over (partition by one) - 1) / 2 as rank_of_one,
        rank() over (order by other) + (count(*) over (partition by other) - 1) / 2 as rank_of_other
    from means
),

found as (
    -- rounding may carry the correlation of a question with itself beyond 1
    select
        least(greatest(corr(one, other), -1), 1) as pearson,
        least(greatest(corr(rank_of_one, rank_of_other), -1), 1) as spearman,
        count(*) as states
    from ranked
    having count(*) > 1
),

tested as (
    select
        *,
        case when states > 3 then tanh(atanh(pearson) - 1.959964 / sqrt(states - 3)) end as low,
        case when states > 3 then tanh(atanh(pearson) + 1.959964 / sqrt(states - 3)) end as high,
        t_p(pearson * sqrt((states - 2) / greatest(1 - pow(pearson, 2), 1e-30)), states - 2) as p
    from found
)

select
    found.pearson,
    found.low,
    found.high,
    found.p,
    found.spearman,
    t_p(
        found.spearman * sqrt((found.states - 2) / greatest(1 - pow(found.spearman, 2), 1e-30)), found.states - 2
    ) as spearman_p,
    found.states,
    span.years,
    nullif(concat_ws(
        ' ',
        'By definition the two are tied, so their correlation says little else: ' || overlap.remark || '.',
        case
            when counted.territories = 0 then null
            when $territories then 'Territories counted too: ' || counted.named || '.'
            else
                'Territories left out: ' || counted.named
                || '; territories=true counts them too.'
        end
    ), '') as note,
    printf(
        'Across %d places (%s) %s: r = %.2f (%.2f to %.2f)',
        found.states,
        case when $territories then 'states, DC and territories' else 'states and DC' end,
        case
            when found.p >= 0.05 then 'the correlation is not distinguishable from 0'
            when found.pearson > 0 then 'more of the one goes with more of the other'
            when found.pearson < 0 then 'more of the one goes with less of the other'
        end,
        found.pearson,
        found.low,
        found.high
    )
    || case when overlap.remark is null then '.' else ', but by definition the two are tied.' end as conclusion
from tested as found
cross join span
cross join counted
cross join overlap
