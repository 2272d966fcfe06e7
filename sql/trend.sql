-- Unweighted mean of the published values of a question in each survey year, of all states or of one place.
--
-- Every published value counts once, whichever group it is of, unless a segment is named. Without a state, the values
-- are those of the states and DC; National is their sum and not counted again. To quote a place's figures, ask
-- `state_trend`.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of the states
-- $segment choice(Stratification1, StratificationID1) = null: only these people, as in Total; leave it out for all
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- $territories boolean = false: count the territories too, when no state is named
-- title: Trend of the unweighted mean
-- returns: {year: mean}
-- unit: mean of published percentages
-- chart: line
-- tags: time
-- method: Plain mean of the published values, each counting once, without weights for people, groups or years
-- example: {"question": "Q036"}
-- example: {"question": "Q036", "state": "OH", "segment": "Total"}
with asked as (
    select
        YearStart,
        LocationDesc,
        LocationType,
        Data_Value,
        LocationDesc = $state
        or ($state is null and (LocationType = 'state' or ($territories and LocationType = 'territory'))) as counts
    from figures
    where
        Question = $question
        and ($segment is null or Stratification1 = $segment)
        and YearStart between $since and $until
),

counted as (
    select
        count(Data_Value) filter (where counts) as published,
        count(distinct LocationDesc) filter (where LocationType = 'territory' and Data_Value is not null) as territories
    from asked
)

select
    asked.YearStart as year,
    avg(asked.Data_Value) as mean,
    'Unweighted mean of ' || counted.published || ' published values'
    || case
        when $state is not null then ''
        when counted.territories = 0 then ' of the states and DC'
        when $territories then ' of the states, DC and the territories (' || counted.territories || ')'
        else ' of the states and DC; territories left out: ' || counted.territories
    end as note
from asked
cross join counted
where asked.counts
group by
    asked.YearStart,
    counted.published,
    counted.territories
order by year
