-- How far each published figure of a survey year can be relied on: its sample, its errors and its design effect.
--
-- Every place and every segment. `relative_standard_error` is the standard error in percent of the figure, `width`
-- that of the published interval in points, `relative_width` that in percent of the figure. `design_effect` is how many
-- times the variance is that of a simple random sample of as many people: with a design effect of 2, 1000 people tell
-- as much as 500 drawn at random. `reliability` says whose rule flags the figure: the CDC's (a relative standard error
-- of 30% or more, or fewer than 50 people), or the NCHS's (a width of 30 points or more, or of more than 5 points and
-- of more than 130% of the figure).
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $year integer(2011..2100) = null: the survey year; leave it out for the newest that is published
-- title: Reliability of the figures
-- unit: percent of adults
-- chart: dots(value)
-- tags: quality
-- method: Flags by the CDC's rule for the BRFSS, and the NCHS's for proportions (Series 2, No. 175)
-- method: Standard errors from the published logit limits; design effect by Kish 1965, Survey Sampling
-- example: {"question": "Q036"}
-- example: {"question": "Q018", "year": 2019}
with asked as (
    select
        *,
        High_Confidence_Limit - Low_Confidence_Limit as width
    from figures
    where Question = $question
),

newest as (
    select coalesce($year, max(YearStart)) as year
    from asked
    where Data_Value is not null
),

counted as (
    select
        count(asked.Data_Value) as published,
        count(*) filter (where cast(asked.Reliability as varchar) like '%CDC%') as cdc,
        count(*) filter (where cast(asked.Reliability as varchar) like '%NCHS%') as nchs
    from asked
    inner join newest on asked.YearStart = newest.year
)

select
    asked.LocationDesc as state,
    asked.StratificationCategory1 as category,
    asked.Stratification1 as segment,
    asked.Data_Value as value,
    asked.Low_Confidence_Limit as low,
    asked.High_Confidence_Limit as high,
    asked.Sample_Size as sample_size,
    asked.Standard_Error as standard_error,
    100 * asked.Standard_Error / nullif(asked.Data_Value, 0) as relative_standard_error,
    round(asked.width, 1) as width,
    100 * asked.width / nullif(asked.Data_Value, 0) as relative_width,
    pow(asked.Standard_Error, 2) * asked.Sample_Size
    / nullif(asked.Data_Value * (100 - asked.Data_Value), 0) as design_effect,
    asked.Reliability as reliability,
    asked.Status as status,
    asked.YearStart as year,
    counted.cdc || ' of ' || counted.published || ' published figures are unreliable by the CDC''s rule, and '
    || counted.nchs || ' by the NCHS''s.' as note
from asked
inner join newest on asked.YearStart = newest.year
left join strata on cast(asked.StratificationID1 as varchar) = strata.StratificationID1
cross join counted
where counted.published > 0
order by
    state,
    strata.place nulls last,
    segment
