-- Which question was asked where and when, and how much of it is not published.
--
-- `suppressed` values are mostly those of samples that are too small. `missing` lists the places, by abbreviation, of
-- which no value is published, whether they were not asked or all their values are suppressed.
--
-- $question choice(Question, QuestionID) = null: one survey question; leave it out for all of them
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of them
-- title: What was asked, and what is published
-- chart: table
-- tags: data
-- example: {}
-- example: {"question": "Q018", "state": "NJ"}
with places as (
    select distinct LocationAbbr
    from health
    where $state is null or LocationDesc = $state
),

surveys as (
    select
        QuestionID,
        Question,
        YearStart,
        count(distinct LocationDesc) filter (where $state is null or LocationDesc = $state) as locations,
        count(*) filter (where $state is null or LocationDesc = $state) as asked,
        count(Data_Value) filter (where $state is null or LocationDesc = $state) as published
    from health
    where $question is null or Question = $question
    group by
        QuestionID,
        Question,
        YearStart
),

published as (
    select distinct
        Question,
        YearStart,
        LocationAbbr
    from health
    where Data_Value is not null
),

missing as (
    select
        surveys.Question,
        surveys.YearStart,
        list(places.LocationAbbr order by places.LocationAbbr) as missing
    from surveys
    cross join places
    left join published
        on
            surveys.Question = published.Question
            and surveys.YearStart = published.YearStart
            and places.LocationAbbr = published.LocationAbbr
    where published.LocationAbbr is null
    group by
        surveys.Question,
        surveys.YearStart
)

select
    surveys.QuestionID as code,
    surveys.Question as question,
    surveys.YearStart as year,
    surveys.locations,
    surveys.asked,
    surveys.published,
    surveys.asked - surveys.published as suppressed,
    1 - surveys.published / nullif(surveys.asked, 0) as suppressed_share,
    coalesce(missing.missing, []) as missing
from surveys
left join missing
    on
        surveys.Question = missing.Question
        and surveys.YearStart = missing.YearStart
order by
    code,
    year
