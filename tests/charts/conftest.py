"""Statistics of every figure that could be there, on the sample: each kind of chart has one."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.conftest import settings_for, table_on
from tests.folders import folder_of
from tests.tables import Table

QUESTION = "-- $question choice(Question, QuestionID): the survey question\n"
YEAR = "-- $year integer(2011..2100): the survey year\n"
SEGMENT = f"""\
-- A segment in every state.
{QUESTION}{YEAR}-- $segment choice(Stratification1, StratificationID1): the segment
-- title: A segment in every state
-- unit: percent of adults
-- chart: intervals
select
    LocationDesc as state,
    Data_Value as value,
    Low_Confidence_Limit as low,
    High_Confidence_Limit as high,
    cast(Status as varchar) as status,
    cast(Reliability as varchar) as reliability
from figures
where Question = $question and Stratification1 = $segment and YearStart = $year
order by value nulls last, state
"""
PROFILE = f"""\
-- A state's segments.
{QUESTION}{YEAR}-- $state choice(LocationDesc, LocationAbbr): the state
-- unit: percent of adults
-- chart: dots
select
    StratificationCategory1 as category,
    Stratification1 as segment,
    Data_Value as value,
    Low_Confidence_Limit as low,
    High_Confidence_Limit as high,
    cast(Status as varchar) as status,
    cast(Reliability as varchar) as reliability
from figures
where Question = $question and LocationDesc = $state and YearStart = $year
order by category, segment
"""
YEARS = f"""\
-- A state in each year.
{QUESTION}-- $state choice(LocationDesc, LocationAbbr): the state
-- unit: percent of adults
-- chart: line
select
    LocationDesc as state,
    YearStart as year,
    Data_Value as value,
    Low_Confidence_Limit as low,
    High_Confidence_Limit as high,
    cast(Status as varchar) as status
from figures
where Question = $question and LocationDesc = $state and StratificationID1 = 'OVERALL'
order by year
"""
CHANGE = f"""\
-- How each state changed.
{QUESTION}-- $first_year integer: from
-- $last_year integer: to
-- title: Change between two years
-- unit: percent of adults; the change in percentage points
-- chart: map(change); arrows(first, last)
select
    base.LocationDesc as state,
    base.Data_Value as first,
    final.Data_Value as last,
    round(final.Data_Value - base.Data_Value, 1) as change,
    base.High_Confidence_Limit < final.Low_Confidence_Limit
    or final.High_Confidence_Limit < base.Low_Confidence_Limit as apart
from figures as base
inner join figures as final using (Question, LocationDesc, StratificationID1)
where
    Question = $question
    and StratificationID1 = 'OVERALL'
    and base.YearStart = $first_year
    and final.YearStart = $last_year
order by state
"""
PAIRS = f"""\
-- Two questions across the states.
{QUESTION}-- $other choice(Question, QuestionID): the other one
{YEAR}-- unit: percent of adults
-- chart: scatter(value, other)
select
    one.LocationDesc as state,
    one.Data_Value as value,
    two.Data_Value as other
from figures as one
inner join figures as two using (YearStart, LocationDesc, StratificationID1)
where one.Question = $question and two.Question = $other and StratificationID1 = 'OVERALL' and YearStart = $year
order by state
"""


@pytest.fixture(scope="session")
def figures(sample_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    folder = folder_of(
        tmp_path_factory.mktemp("figures") / "sql",
        segment=SEGMENT,
        profile=PROFILE,
        years=YEARS,
        change=CHANGE,
        pairs=PAIRS,
    )
    settings = settings_for(tmp_path_factory.mktemp("settings"), dataset_csv=sample_csv, catalog_folder=folder)
    with table_on(settings) as table:
        yield table
