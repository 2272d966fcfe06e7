-- How the published figure of every state changed from one survey year to another.
--
-- Of all adults. `apart` tells whether the two published intervals of 95% confidence do not overlap, which is
-- stricter than a test of the difference. `change` is the last year's figure less the first one's, whichever of the two
-- years is the earlier. The largest decrease comes base.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $first_year integer(2011..2100): the survey year that the change is counted from
-- $last_year integer(2011..2100): the survey year that it is counted to
-- title: Change between two years
-- unit: percent of adults; the change in percentage points
-- chart: map(change); arrows(first_value, last_value)
-- tags: states, time
-- example: {"question": "Q036", "first_year": 2011, "last_year": 2021}
with figures as (
    select
        LocationDesc as state,
        YearStart,
        Data_Value,
        Low_Confidence_Limit,
        High_Confidence_Limit
    from health
    where
        Question = $question
        and StratificationID1 = 'OVERALL'
        and Data_Value is not null
)

select
    base.state,
    base.Data_Value as first_value,
    final.Data_Value as last_value,
    final.Data_Value - base.Data_Value as change,
    base.High_Confidence_Limit < final.Low_Confidence_Limit
    or final.High_Confidence_Limit < base.Low_Confidence_Limit as apart
from figures as base
inner join figures as final on base.state = final.state
where
    base.YearStart = $first_year
    and final.YearStart = $last_year
order by
    change,
    base.state
