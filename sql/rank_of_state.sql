-- Where a state stands among the states and DC, 1 being the best.
--
-- By the published figure of all adults in one survey year; which end is best depends on the question. States with the
-- same figure share the better rank, and `tied` says how many others have it. `rank` is null for National, for a
-- territory unless `territories` is true, and where no figure is published, which `status` explains: name a year in
-- which there is one. Neighbouring ranks often differ by less than their sampling error: see `low` and `high`.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr): the state or territory, by its name or its abbreviation
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- $territories boolean = false: rank the territories too
-- title: Rank of a state
-- returns: row
-- tags: states, ranking
-- method: Rank of the published figures, tied ones sharing the better rank; without regard to sampling error
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- example: {"question": "Q036", "state": "OH"}
-- example: {"question": "Q046", "state": "CO", "year": 2015}
with newest as (
    select coalesce($year, max(YearStart)) as year
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and Data_Value is not null
),

totals as (
    select
        figures.*,
        questions.better
    from figures
    inner join newest on figures.YearStart = newest.year
    inner join questions on figures.Question = questions.Question
    where
        figures.Question = $question
        and figures.StratificationID1 = 'OVERALL'
        and questions.better is not null
),

ranked as (
    select
        LocationDesc,
        rank() over (
            order by round(if(better = 'lower', 1, -1) * Data_Value, 9)
        ) as position,
        count(*) over (partition by round(Data_Value, 9)) - 1 as tied
    from totals
    where
        (LocationType = 'state' or ($territories and LocationType = 'territory'))
        and Data_Value is not null
),

counted as (
    select
        count(*) filter (where LocationType = 'state' or $territories) as places,
        count(*) filter (where LocationType = 'territory') as territories,
        string_agg(LocationDesc, ', ' order by LocationDesc) filter (where LocationType = 'territory') as named
    from totals
    where
        LocationType <> 'nation'
        and Data_Value is not null
)

select
    totals.LocationDesc as state,
    ranked.position as rank,
    counted.places as of_states,
    totals.Data_Value as value,
    totals.better as better_is,
    totals.YearStart as year,
    ranked.tied,
    totals.Low_Confidence_Limit as low,
    totals.High_Confidence_Limit as high,
    totals.Sample_Size as sample_size,
    totals.Status as status,
    totals.Reliability as reliability,
    case
        when counted.territories = 0 then null
        when $territories then 'Territories ranked too: ' || counted.named
        else
            'Territories left out: ' || counted.named
            || '; territories=true ranks them too'
    end as note
from totals
cross join counted
left join ranked on totals.LocationDesc = ranked.LocationDesc
where totals.LocationDesc = $state
