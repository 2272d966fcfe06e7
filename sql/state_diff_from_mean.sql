-- How far one state's unweighted mean of all published values lies below that of all places.
--
-- The mean of all values less that of the state: positive where the state's mean is lower. Every published value counts
-- once, whichever group it is of and in whichever year, so neither is anybody's prevalence.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: A state's difference from the unweighted mean, all groups and years together
-- returns: {state: difference}
-- unit: points below the mean of all published percentages
-- method: Plain mean of the published values, each counting once, without weights for people, groups or years
-- example: {"question": "Q036", "state": "OH"}
with asked as (
    select
        LocationDesc,
        YearStart,
        Data_Value
    from health
    where
        Question = $question
        and YearStart between $since and $until
),

overall as (
    select
        avg(Data_Value) as mean,
        printf(
            'The mean of all places is over %d published values of %d to %d',
            count(Data_Value),
            min(YearStart) filter (where Data_Value is not null),
            max(YearStart) filter (where Data_Value is not null)
        ) as note
    from asked
)

select
    asked.LocationDesc as state,
    overall.mean - avg(asked.Data_Value) as difference,
    overall.note
from asked
cross join overall
where asked.LocationDesc = $state
group by
    asked.LocationDesc,
    overall.mean,
    overall.note
