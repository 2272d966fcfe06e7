"""The order of ties, and what the answers say of themselves, against pandas."""

from __future__ import annotations

import random
from typing import Any

import pandas as pd
import pytest

from tests.sql.test_means import CATEGORY, EXPECTED, LOWER_IS_BETTER, OF_A_STATE
from tests.tables import Table

SPANS = [(since, until) for since in range(2011, 2022) for until in range(since, 2022)]
DIFFERENCES = {"diff_from_mean", "state_diff_from_mean"}
COLUMNS = {
    "global_mean": ["global_mean"],
    "mean_by_category": ["state", "category", "segment", "mean"],
    "state_mean_by_category": ["state", "category", "segment", "mean"],
} | {name: ["state", "difference"] for name in DIFFERENCES}
TERRITORIES = ["GU", "PR", "VI"]


def given(name: str, **more: Any) -> dict[str, Any]:
    return {"question": "Q037", **({"state": "OH"} if name in OF_A_STATE else {}), **more}


def in_order(means: pd.Series, sign: int) -> list[str]:
    """The names by the value, rounded beyond the noise of sums, then alphabetically; those without one last."""
    keys = (means * sign).round(9)
    return sorted(means.index, key=lambda name: (pd.isna(keys[name]), keys[name], name))


@pytest.mark.parametrize(("name", "sign"), [("states_mean", 1), ("diff_from_mean", -1), ("best5", 1), ("worst5", -1)])
def test_ties_go_by_name(table: Table, name: str, sign: int) -> None:
    """Whatever the last bits of their means are, also of those that `limit 5` cuts off."""
    chance = random.Random(name)
    spans = [("Q037", (2015, 2016)), *((chance.choice(list(table.questions)), span) for span in SPANS[::4])]
    for question, (since, until) in spans:
        rows = table.rows(question, since, until)
        if rows.empty:
            continue
        means = rows.groupby("LocationDesc").Data_Value.mean()
        if name in {"best5", "worst5"}:
            better = 1 if question in LOWER_IS_BETTER else -1
            expected = in_order(means.dropna(), sign * better)[:5]
        else:
            expected = in_order(means, sign)
        assert list(table.ask(name, question=question, since=since, until=until)) == expected


@pytest.mark.parametrize("name", EXPECTED)
def test_the_nine_say_over_what_they_are(table: Table, name: str) -> None:
    """How many values and which years in a note; what is averaged in unit, title and summary; columns as ever."""
    answer = table.answer(name, **given(name, question="Q044", since=2012, until=2018))
    rows = table.rows("Q044", 2012, 2018).dropna(subset=["Data_Value"])
    if name in OF_A_STATE and name not in DIFFERENCES:
        rows = rows[rows.LocationAbbr == "OH"]
    if name.endswith("category"):
        rows = rows.dropna(subset=CATEGORY)
    [note] = answer.result.notes
    assert f"ver {len(rows)} published values of 2013 to 2017" in note
    provenance = answer.provenance
    unit = "points below the mean of all published percentages" if name in DIFFERENCES else None
    assert provenance.unit == (unit or "mean of published percentages")
    for text in (provenance.title, provenance.method):
        assert text is not None
        assert "nweighted mean" in text
    assert answer.result.names == COLUMNS.get(name, ["state", "mean"])


@pytest.mark.parametrize("name", ["best5", "worst5"])
def test_the_five_say_where_their_years_end(table: Table, name: str) -> None:
    """At 2022, unless `until` is given."""
    [note] = table.answer(name, **given(name)).result.notes
    assert note.endswith("; years after 2022 count only when `until` names one")


@pytest.mark.parametrize(
    ("name", "more"),
    [("total_by_state", {"year": 2019}), ("state_trend", {"state": "OH"}), ("compare_states", {"states": ["US"]})],
)
def test_beside_national_stands_what_it_covers(table: Table, name: str, more: dict[str, Any]) -> None:
    """The states and DC, but for those that were not surveyed, by name and year."""
    [note] = table.answer(name, question="Q018", **more).result.notes
    covered, lacking = note.split("; not surveyed: ")
    assert covered == "National is of the 50 states and DC that were surveyed, without territories"
    assert "New Jersey in 2019" in lacking
    assert ("Florida in 2021" in lacking) == (name != "total_by_state")


@pytest.mark.parametrize("name", ["state_trend", "state_profile"])
def test_a_mean_of_states_says_how_many_territories_it_lacks(table: Table, name: str) -> None:
    """Or that it has them, on request."""
    asked = {"question": "Q036", "state": "OH"}
    without, with_them = (table.answer(name, territories=flag, **asked).result.notes[0] for flag in (False, True))
    assert without.endswith("; territories left out: 3")
    assert with_them.endswith(" and of the territories (3)")


def test_a_territory_has_a_rank_on_request(table: Table) -> None:
    """Without it the row has the figure, no rank, and a note on how to get one."""
    rows = table.rows("Q036")
    rows = rows[(rows.Stratification1 == "Total") & (rows.YearStart == 2021) & (rows.LocationAbbr != "US")]
    values = rows.dropna(subset=["Data_Value"]).set_index("LocationAbbr").Data_Value
    asked = {"question": "Q036", "year": 2021, "state": "GU"}
    answer = table.answer("rank_of_state", **asked)
    [row] = [dict(zip(answer.result.names, row, strict=True)) for row in answer.result.rows()]
    count = len(values.drop(TERRITORIES))
    assert (row["rank"], row["value"], row["status"], row["of_states"]) == (None, values["GU"], "published", count)
    assert answer.result.notes == (
        "Territories left out: Guam, Puerto Rico, Virgin Islands; territories=true ranks them too",
    )
    row = table.ask("rank_of_state", territories=True, **asked)
    assert (row["rank"], row["of_states"]) == ((values < values["GU"]).sum() + 1, len(values))


@pytest.mark.parametrize("name", ["rank_of_state", "state_profile", "state_trend", "total_by_state", "compare_states"])
def test_a_figure_that_is_not_there_says_why(table: Table, name: str) -> None:
    """A place that was not surveyed has a row, without value, limits, sample size and reliability."""
    more = {"states": ["NJ"]} if name == "compare_states" else {"state": "NJ"} if name != "total_by_state" else {}
    years = {} if name in {"compare_states", "state_trend"} else {"year": 2019}
    answer = table.answer(name, question="Q018", **more, **years)
    rows = [dict(zip(answer.result.names, row, strict=True)) for row in answer.result.rows()]
    found = [row for row in rows if row["year"] == 2019 and row.get("state", "New Jersey") == "New Jersey"]
    assert len(found) == (28 if name == "state_profile" else 1)
    for row in found:
        empty = [row.get(column) for column in ("value", "state_value", "low", "high", "sample_size", "reliability")]
        assert (row["status"], set(empty)) == ("not surveyed", {None})


@pytest.mark.parametrize("name", ["total_by_state", "compare_states", "state_trend", "rank_of_state"])
def test_reliability_and_sample_size_stand_beside_a_value(table: Table, name: str) -> None:
    """As the CDC publishes the sample size; totals of all adults are reliable."""
    own: dict[str, dict[str, Any]] = {"total_by_state": {"year": 2021}, "compare_states": {"states": ["OH"]}}
    answer = table.answer(name, question="Q036", **own.get(name, {"state": "OH"}))
    rows = [dict(zip(answer.result.names, row, strict=True)) for row in answer.result.rows()]
    [found] = [row for row in rows if row["year"] == 2021 and row.get("state", "Ohio") == "Ohio"]
    of_ohio = table.rows("Q036", 2021, 2021)
    of_ohio = of_ohio[(of_ohio.LocationAbbr == "OH") & (of_ohio.Stratification1 == "Total")]
    expected = ("published", "reliable", of_ohio.Sample_Size.iloc[0])
    assert (found["status"], found["reliability"], found["sample_size"]) == expected


@pytest.mark.parametrize(
    ("name", "given", "prefixes"),
    [
        ("change_between_years", {"first_year": 2019, "last_year": 2019}, {"first_": "Total", "last_": "Total"}),
        ("disparity", {"category": "EDU", "reference": "EDUCOGRAD", "year": 2019}, {"reference_": "College graduate"}),
        ("age_adjusted", {"year": 2019}, {"crude_": "Total"}),
        ("gap_by_category", {"category": "Race/Ethnicity", "year": 2019}, {"highest_": "", "lowest_": ""}),
    ],
)
def test_each_published_value_has_its_reliability(
    table: Table, name: str, given: dict[str, Any], prefixes: dict[str, str]
) -> None:
    """Also where a row has two; the same as `reliability` says of it."""
    figures = table.ask("reliability", question="Q018", year=2019)
    flags = {(row["state"], row["segment"]): row["reliability"] for row in figures}
    for row in table.ask(name, question="Q018", **given):
        for prefix, segment in prefixes.items():
            own = flags.get((row["state"], segment or row[f"{prefix}segment"]))
            assert row[f"{prefix}reliability"] == own, row["state"]
