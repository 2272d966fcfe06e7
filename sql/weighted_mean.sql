-- Mean value of a question in every state, weighted by the number of people who answered.
--
-- Over the values of one category, by default the totals of the years, so that nobody is counted twice in a year.
-- A value counts by its Sample_Size. Of another category a segment counts by its share of the sample, which is not
-- its share of the population, so such a mean is not to be quoted as the state's figure; Income has those who did not
-- tell it (Data not reported) as a segment too.
--
-- A value's standard error is taken from its published limits of 95% confidence, (high - low) / (2 * 1.96); the values
-- are taken as independent, so the mean's standard error is sqrt(sum((size * error)^2)) / sum(size), and `low` and
-- `high` lie 1.96 of it away.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $state choice(LocationDesc, LocationAbbr) = null: the state or territory; leave it out for all of them
-- $category choice(StratificationCategory1, StratificationCategoryId1) = Total: whose values are averaged
-- $since integer(2011..2100) = 2011: first survey year to count
-- $until integer(2011..2100) = 2100: last survey year to count
-- title: Weighted mean of every state
-- unit: percent of adults
-- chart: dots
-- tags: states
-- example: {"question": "Q036"}
-- example: {"question": "Q018", "state": "NY", "category": "Gender", "since": 2019}
with figures as (
    select
        LocationDesc,
        Data_Value,
        Sample_Size,
        (High_Confidence_Limit - Low_Confidence_Limit) / (2 * 1.96) as error
    from health
    where
        Question = $question
        and ($state is null or LocationDesc = $state)
        and StratificationCategory1 = $category
        and YearStart between $since and $until
        and Data_Value is not null
        and Sample_Size > 0
),

pooled as (
    select
        LocationDesc as state,
        sum(Sample_Size * Data_Value) / sum(Sample_Size) as mean,
        sqrt(sum(pow(Sample_Size * error, 2))) / sum(Sample_Size) as error,
        cast(sum(Sample_Size) as bigint) as sample_size,
        count(*) as published
    from figures
    group by LocationDesc
)

select
    state,
    mean,
    mean - 1.96 * error as low,
    mean + 1.96 * error as high,
    sample_size,
    published
from pooled
order by
    mean,
    state
