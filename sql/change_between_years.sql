-- How the published figure of every state changed from one survey year to another.
--
-- Of all adults. `apart` tells whether the two published intervals of 95% confidence do not overlap, which is
-- stricter than a test of the difference. The largest decrease comes first.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $first_year integer(2011..2100): the earlier survey year
-- $last_year integer(2011..2100): the later survey year
-- unit: percent of adults; the change in percentage points
-- chart: map(change)
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
        and Stratification1 = 'Total'
        and Data_Value is not null
)

select
    earlier.state,
    earlier.Data_Value as first_value,
    later.Data_Value as last_value,
    later.Data_Value - earlier.Data_Value as change,
    earlier.High_Confidence_Limit < later.Low_Confidence_Limit
    or later.High_Confidence_Limit < earlier.Low_Confidence_Limit as apart
from figures as earlier
inner join figures as later on earlier.state = later.state
where
    earlier.YearStart = $first_year
    and later.YearStart = $last_year
order by
    change,
    earlier.state
