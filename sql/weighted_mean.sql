-- Mean value of a question in every state, weighted by the number of people who answered.
--
-- To quote a mean over years take `mean_over_years`, which weights the years equally, as the CDC's pooled maps do. Here
-- a year counts for more when more people were asked in it, which says nothing about the population.
--
-- Over the values of one category, by default the totals of the years, so that nobody is counted twice in a year.
-- A value counts by its Sample_Size. Of another category a segment counts by its share of the sample, which is not
-- its share of the population, so such a mean is not to be quoted as the state's figure; Income has those who did not
-- tell it (Data not reported) as a segment too.
--
-- The values are taken as independent, so the mean's standard error is sqrt(sum((size * error)^2)) / sum(size), with
-- `error` the value's Standard_Error; `low` and `high` are its limits of 95% confidence. Both are null where one of the
-- values has no standard error, since a limit is 0 or 100, and the mean is null where nothing is published.
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
-- method: Values weighted by their sample sizes, and taken as independent
-- method: Standard errors from the published logit limits; limits on the logit scale
-- example: {"question": "Q036"}
-- example: {"question": "Q018", "state": "NY", "category": "Gender", "since": 2019}
with sized as (
    select
        LocationDesc,
        Data_Value,
        if(Data_Value is null, null, Sample_Size) as size,
        Standard_Error as error,
        cast(Status as varchar) as status
    from figures
    where
        Question = $question
        and ($state is null or LocationDesc = $state)
        and StratificationCategory1 = $category
        and YearStart between $since and $until
),

pooled as (
    select
        LocationDesc as state,
        sum(size * Data_Value) / sum(size) as mean,
        case when count(size) = count(size * error) then sqrt(sum(pow(size * error, 2))) / sum(size) end as error,
        cast(sum(size) as bigint) as sample_size,
        count(size) as published,
        case when count(size) > 0 then 'published' else max(status) end as status
    from sized
    group by LocationDesc
)

select
    state,
    mean,
    logit_low(mean, error) as low,
    logit_high(mean, error) as high,
    sample_size,
    published,
    status
from pooled
order by
    round(mean, 9) nulls last,
    state
