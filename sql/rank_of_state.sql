-- Where a state stands among the states and territories, 1 being the best.
--
-- By the published figure of all adults in one survey year; which end is best depends on the question. States with the
-- same figure share the better rank. National has no rank, nor has a state without a published figure in that year:
-- name a year in which it has one.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- title: Rank of a state
-- returns: row
-- tags: states, ranking
-- example: {"question": "Q036", "state": "OH"}
-- example: {"question": "Q046", "state": "CO", "year": 2015}
with newest as (
    select coalesce($year, max(YearStart)) as year
    from health
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and Data_Value is not null
),

ranked as (
    select
        health.LocationDesc,
        health.YearStart,
        health.Data_Value,
        questions.better,
        rank() over (
            order by if(questions.better = 'lower', 1, -1) * health.Data_Value
        ) as position,
        count(*) over () as places
    from health
    inner join newest on health.YearStart = newest.year
    inner join questions on health.Question = questions.Question
    where
        health.Question = $question
        and health.StratificationID1 = 'OVERALL'
        and health.LocationAbbr <> 'US'
        and health.Data_Value is not null
        and questions.better is not null
)

select
    LocationDesc as state,
    position as rank,
    places as of_states,
    Data_Value as value,
    better as better_is,
    YearStart as year
from ranked
where LocationDesc = $state
