-- Two or more states side by side: the published figure of all adults in each survey year.
--
-- With the limits of 95% confidence that the CDC publishes. Each place has every year in which the question was asked
-- anywhere; a figure that is not published is null, and `status` says why.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $states list(choice(LocationDesc, LocationAbbr)): the states, by name or abbreviation
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: States side by side
-- unit: percent of adults
-- chart: line
-- tags: states, time
-- method: Figures and limits of 95% confidence as the CDC publishes them (BRFSS; crude, self-reported)
-- method: Flags of reliability by the rules of the CDC (BRFSS) and of the NCHS (Series 2, No. 175)
-- example: {"question": "Q036", "states": ["OH", "Iowa", "US"]}
with totals as (
    select *
    from figures
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and YearStart between $since and $until
),

lacking as (
    select string_agg(LocationDesc || ' in ' || YearStart, ', ' order by YearStart, LocationDesc) as states
    from totals
    where
        LocationType = 'state'
        and Status = 'not surveyed'
)

select
    totals.LocationDesc as state,
    totals.YearStart as year,
    totals.Data_Value as value,
    totals.Low_Confidence_Limit as low,
    totals.High_Confidence_Limit as high,
    totals.Sample_Size as sample_size,
    totals.Status as status,
    totals.Reliability as reliability,
    case
        when totals.LocationType = 'nation' then
            'National is of the 50 states and DC that were surveyed, without territories'
            || coalesce('; not surveyed: ' || lacking.states, '')
    end as note
from totals
cross join lacking
where list_contains($states, totals.LocationDesc)
order by
    state,
    year
