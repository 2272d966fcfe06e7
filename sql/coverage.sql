-- Which question was asked where and when, and how much of it is not published.
--
-- Counts the figures that each place could have in a year in which the question was asked anywhere, one for each
-- stratum. Those `asked` for are `published`, or `suppressed`, mostly since the sample is too small. `not_surveyed` are
-- those of places of which nothing at all is published in that year, whatever the CDC's footnote says; `not_asked`
-- those that the table has no row for, of places that were surveyed. `locations` counts the places that were asked, and
-- `missing` lists those, by abbreviation, of which no value is published, whichever the reason.
--
-- $question choice(Question, QuestionID) = null: one survey question; leave it out for all of them
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of them
-- title: What was asked, and what is published
-- chart: table
-- tags: data
-- method: A place is taken as not surveyed in a year of which the table publishes nothing for it
-- example: {}
-- example: {"question": "Q018", "state": "NJ"}
with places as (
    select
        QuestionID as code,
        Question as question,
        YearStart as year,
        LocationAbbr,
        count(*) filter (where Status = 'published') as published,
        count(*) filter (where Status = 'suppressed') as suppressed,
        count(*) filter (where Status = 'not surveyed') as not_surveyed,
        count(*) filter (where Status = 'not asked') as not_asked
    from figures
    where
        ($question is null or Question = $question)
        and ($state is null or LocationDesc = $state)
    group by
        QuestionID,
        Question,
        YearStart,
        LocationAbbr
),

surveys as (
    select
        code,
        question,
        year,
        count(*) filter (where published + suppressed > 0) as locations,
        cast(sum(published + suppressed) as bigint) as asked,
        cast(sum(published) as bigint) as published,
        cast(sum(suppressed) as bigint) as suppressed,
        cast(sum(not_surveyed) as bigint) as not_surveyed,
        cast(sum(not_asked) as bigint) as not_asked,
        coalesce(list(LocationAbbr order by LocationAbbr) filter (where published = 0), []) as missing
    from places
    group by
        code,
        question,
        year
)

select
    code,
    question,
    year,
    locations,
    asked,
    published,
    suppressed,
    suppressed / nullif(asked, 0) as suppressed_share,
    not_surveyed,
    not_asked,
    missing
from surveys
order by
    code,
    year
