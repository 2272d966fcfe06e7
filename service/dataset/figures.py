"""What is known of each published figure beside its value, and a row for each figure that could be there.

The columns are computed once, so that no statistic repeats a formula; docs/methods.md names the sources of the rules.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from service.dataset.identifiers import columns_of, literal, quoted
from service.dataset.missing import NOT_ASKED, NOT_SURVEYED, PUBLISHED, STATUS, SUPPRESSED
from service.dataset.reference_tables import LOCATIONS, read

Z_TWICE = 3.919928
"""The width of an interval of 95% confidence in standard errors: twice the normal distribution's quantile at 97.5%."""
RELIABILITY = ("reliable", "unreliable (CDC)", "unreliable (NCHS)", "unreliable (CDC, NCHS)")
TYPES = ("nation", "state", "territory")
ORDERED = {"Status": STATUS, "Reliability": RELIABILITY}
"""Columns of words whose order is not the alphabet's."""

LIMITS = ("Low_Confidence_Limit", "High_Confidence_Limit")
STANDARD_ERROR = f"""
case when Low_Confidence_Limit > 0 and High_Confidence_Limit < 100 then
    Data_Value * (100 - Data_Value) / 100 / {Z_TWICE} * (
        ln(High_Confidence_Limit / (100 - High_Confidence_Limit))
        - ln(Low_Confidence_Limit / (100 - Low_Confidence_Limit))
    )
end
"""
SURVEYED = "select LocationDesc, YearStart from typed group by all having count(Data_Value) > 0"
"""Places and years with something published; without it, the place was not surveyed in that year."""
MISSING = f"""
case when (LocationDesc, YearStart) in (from surveyed) then '{NOT_ASKED.word}' else '{NOT_SURVEYED.word}' end
"""
"""The status of a figure that `health` has no row for."""
FIGURE = (
    "YearStart",
    "LocationAbbr",
    "LocationDesc",
    "LocationType",
    "Topic",
    "Question",
    "QuestionID",
    "StratificationCategory1",
    "Stratification1",
    "StratificationCategoryId1",
    "StratificationID1",
    "Data_Value",
    *LIMITS,
    "Sample_Size",
    "Standard_Error",
    "Status",
    "Reliability",
    "Data_Value_Footnote",
)
"""The columns of `figures`, as far as the table has them."""
HAS_STRATUM = "Stratification1 is not null"
"""SQL: which rows of `health` are figures."""
PLACE = ("LocationAbbr", "LocationDesc", "LocationType")
SURVEY = ("YearStart", "Topic", "Question", "QuestionID")
STRATUM = ("StratificationCategory1", "Stratification1", "StratificationCategoryId1", "StratificationID1")
KEY = ("YearStart", "LocationDesc", "QuestionID", "StratificationCategory1", "Stratification1")


def reliability(value: str, low: str, high: str, error: str, size: str) -> str:
    """SQL for the flag of a figure, whose parts are expressions.

    The CDC's rule for the BRFSS: a relative standard error of 30% or more, or fewer than 50 people. The NCHS's for
    proportions: an interval 30 points wide, or wider than 5 points and than 130% of the value. Null where
    neither limits nor sample size are published, of which no rule can tell.
    """
    cdc = f"(coalesce({error} >= 0.3 * {value}, false) or coalesce({size} < 50, false))"
    # rounded, since 47.3 - 17.3 is less than 30 in binary numbers
    width = f"round({high} - {low}, 9)"
    nchs = f"coalesce({width} >= 30 or ({width} > 5 and {width} > round(1.3 * {value}, 9)), false)"
    reliable, by_cdc, by_nchs, by_both = map(literal, RELIABILITY)
    return f"""
    case
        when {value} is null or coalesce({error}, {width}, {size}) is null then null
        when {cdc} and {nchs} then {by_both}
        when {cdc} then {by_cdc}
        when {nchs} then {by_nchs}
        else {reliable}
    end
    """


def derived(there: Sequence[str]) -> Mapping[str, str]:
    """The columns that `health` has beside the file's, in SQL over `typed`, as far as the file has what they need."""
    found = {"Status": _enum(_status(), STATUS), "LocationType": _enum(_location_type(), TYPES)}
    if {*LIMITS} <= {*there}:
        found["Standard_Error"] = STANDARD_ERROR
        if "Sample_Size" in there:
            flag = reliability("Data_Value", *LIMITS, f"({STANDARD_ERROR})", "Sample_Size")
            found["Reliability"] = _enum(flag, RELIABILITY)
    return found


def _status() -> str:
    return f"""
    case
        when Data_Value is not null then '{PUBLISHED}'
        when (typed.LocationDesc, typed.YearStart) in ({SURVEYED}) then '{SUPPRESSED.word}'
        else '{NOT_SURVEYED.word}'
    end
    """


def _location_type() -> str:
    places = {row["LocationAbbr"]: row["type"] for row in read(LOCATIONS)}
    codes = {kind: ", ".join(literal(code) for code in places if places[code] == kind) for kind in TYPES[:2]}
    tests = " ".join(f"when typed.LocationAbbr in ({codes[kind]}) then {literal(kind)}" for kind in codes)
    return f"case {tests} else {literal(TYPES[2])} end"


def load(connection: duckdb.DuckDBPyConnection) -> None:
    """Create `figures`: the rows of `health` that have a stratum, and a row without a value for each that it lacks.

    A question that is asked at all in a year is asked everywhere, and of the same strata everywhere.
    """
    there = columns_of(connection, "health")
    place, survey, stratum = (_listed(names, there) for names in (PLACE, SURVEY, STRATUM))
    connection.execute(
        f"""
        create table figures as
        with published as (
            {_published(there)}
        ),
        surveyed as (
            select LocationDesc, YearStart from health group by all having count(Data_Value) > 0
        ),
        missing as (
            select {place}, {survey}, {stratum}, {_enum(MISSING, STATUS)} as Status
            from (select distinct {place} from health)
            cross join (select distinct {survey}, {stratum} from published)
            anti join published using ({_listed(KEY, there)})
        )
        from published
        union all by name
        from missing
        order by Question, LocationDesc, YearStart
        """
    )


def missing_rows(there: Sequence[str]) -> str:
    """SQL: the rows of `figures` that `health` has not."""
    return f"from figures anti join health using ({_listed(KEY, there)})"


def in_order(there: Sequence[str]) -> str:
    """SQL: all columns of a file, which has texts, with words in an order of their own again as in memory."""
    words = {name: _enum(quoted(name), ORDERED[name]) for name in ORDERED if name in there}
    replaced = ", ".join(f"{value} as {quoted(name)}" for name, value in words.items())
    return f"* replace ({replaced})" if replaced else "*"


def create_view(connection: duckdb.DuckDBPyConnection) -> None:
    """The same, where `health` is too large to be there twice; the rows that it lacks are in `missing`."""
    published = _published(columns_of(connection, "health"))
    connection.execute(f"create view figures as {published} union all by name from missing")


def _published(there: Sequence[str]) -> str:
    return f"select {_listed(FIGURE, there)} from health where {HAS_STRATUM}"


def _listed(names: Sequence[str], there: Sequence[str]) -> str:
    return ", ".join(quoted(name) for name in names if name in there)


def _enum(value: str, names: Sequence[str]) -> str:
    return f"cast({value} as enum({', '.join(map(literal, names))}))"
