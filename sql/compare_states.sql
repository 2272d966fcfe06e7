-- Two or more states side by side: the published figure of all adults in each survey year.
--
-- With the limits of 95% confidence that the CDC publishes.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $states list(choice(LocationDesc, LocationAbbr)): the states, by name or abbreviation
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: States side by side
-- unit: percent of adults
-- chart: line
-- tags: states, time
-- example: {"question": "Q036", "states": ["OH", "Iowa", "US"]}
select
    LocationDesc as state,
    YearStart as year,
    Data_Value as value,
    Low_Confidence_Limit as low,
    High_Confidence_Limit as high,
    Sample_Size as sample_size
from health
where
    Question = $question
    and list_contains($states, LocationDesc)
    and StratificationID1 = 'OVERALL'
    and YearStart between $since and $until
order by
    state,
    year
