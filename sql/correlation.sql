-- How two questions go together across the states: the correlation of their means.
--
-- For each state and territory the mean of the published figures of all adults, of those years asked for in which both
-- questions are published there; `years` lists them. `pearson` is the linear correlation, `spearman` that of the ranks
-- (ties share their mean rank; rounded to nine digits, so that equal ones are ties). A correlation of states says
-- nothing of single people (the ecological fallacy).
--
-- $question choice(Question, QuestionID): the one survey question, word for word or by its code
-- $other choice(Question, QuestionID): the other survey question
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Correlation of two questions
-- returns: row
-- tags: states
-- example: {"question": "Q036", "other": "Q047"}
-- example: {"question": "Q018", "other": "Q046", "since": 2017}
with figures as (
    select
        LocationDesc,
        YearStart,
        max(Data_Value) filter (where Question = $question) as one,
        max(Data_Value) filter (where Question = $other) as other
    from health
    where
        Question in ($question, $other)
        and StratificationID1 = 'OVERALL'
        and LocationAbbr <> 'US'
        and YearStart between $since and $until
    group by
        LocationDesc,
        YearStart
    having one is not null and other is not null
),

span as (
    select list(distinct YearStart order by YearStart) as years
    from figures
),

means as (
    select
        round(avg(one), 9) as one,
        round(avg(other), 9) as other
    from figures
    group by LocationDesc
),

ranked as (
    select
        one,
        other,
        rank() over (order by one) + (count(*) over (partition by one) - 1) / 2 as rank_of_one,
        rank() over (order by other) + (count(*) over (partition by other) - 1) / 2 as rank_of_other
    from means
)

select
    corr(ranked.one, ranked.other) as pearson,
    corr(ranked.rank_of_one, ranked.rank_of_other) as spearman,
    count(*) as states,
    any_value(span.years) as years
from ranked
cross join span
having count(*) > 1
