"""Odd rows of a table are found, counted and placed; the settings say what is done with them."""

from __future__ import annotations

import csv
import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.dataset import Dataset
from service.errors import DatasetError
from tests.dataset.small_table import loaded

pytestmark = pytest.mark.long

Row = dict[str, str]
HIGH = "High_Confidence_Limit "
VALUE = {"Data_Value": "40.0", "Low_Confidence_Limit": "38.0", HIGH: "42.0"}


@pytest.fixture(scope="module")
def rows(sample_csv: Path) -> list[Row]:
    """Sixty rows of the sample, of as many keys, with figures in which nothing is odd."""
    with sample_csv.open(encoding="utf-8", newline="") as file:
        published = (row for row in csv.DictReader(file) if row["Data_Value"])
        return [{**row, **VALUE} for _, row in zip(range(60), published, strict=False)]


def write(path: Path, rows: list[Row]) -> Path:
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.DictWriter(file, list(rows[0]), lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return path


def found(dataset: Dataset) -> dict[str, tuple[int, int]]:
    """How many rows each check found, and on which line the first of them is."""
    return {warning.check: (warning.count, warning.line) for warning in dataset.facts.warnings}


def ask(dataset: Dataset, sql: str) -> Any:
    cursor = dataset.cursor()
    try:
        [(value,)] = cursor.execute(sql).fetchall()
        return value
    finally:
        cursor.close()


def without(*columns: str) -> Callable[[Row], Row]:
    return lambda row: {name: value for name, value in row.items() if name not in columns}


def test_the_sample_has_nothing_odd(dataset: Dataset) -> None:
    """Rows that publish nothing, and those without a stratum, are no faults."""
    assert dataset.facts.warnings == []
    assert ask(dataset, "select count(*) from health where Stratification1 is null") > 0


@pytest.mark.real
def test_the_real_table_has_nothing_odd(real_csv: Path) -> None:
    """The CDC's table has one row for each key, and possible figures."""
    with loaded(real_csv) as dataset:
        assert dataset.facts.warnings == []


@pytest.mark.parametrize(
    "change",
    [
        pytest.param({}, id="the same"),
        pytest.param({"Data_Value_Footnote": "Revised."}, id="another footnote"),
        pytest.param({"Stratification1": "Everybody"}, id="another name of the stratum"),
        pytest.param({"StratificationCategory1": "Sex", "StratificationCategoryId1": "SEX"}, id="another category"),
        pytest.param({"Question": "Obese?"}, id="another wording"),
        pytest.param({"LocationAbbr": "al", "QuestionID": "q018"}, id="codes in lower case"),
    ],
)
def test_the_same_row_twice_counts_once(tmp_path: Path, rows: list[Row], change: Row) -> None:
    """A row with the key and the figures of another is left out, counted, and placed."""
    with loaded(write(tmp_path / "table.csv", [*rows, rows[7] | change, rows[3] | change, rows[3]])) as dataset:
        assert found(dataset)["duplicates"] == (3, 5)
        assert dataset.facts.rows == len(rows)


@pytest.mark.parametrize(
    ("name", "other"), [(("Gender", "Male"), ("Sex", "MALE")), (("Total", "Total"), ("Overall", "Overall"))]
)
def test_rows_without_codes_count_once_under_the_names_of_both_editions(
    tmp_path: Path, rows: list[Row], name: tuple[str, str], other: tuple[str, str]
) -> None:
    """Where there is no column of codes, names that are aliases of each other are one stratum."""
    strata = [dict(zip(("StratificationCategory1", "Stratification1"), names, strict=True)) for names in (name, other)]
    bare = without("StratificationID1", "StratificationCategoryId1")(rows[0])
    with loaded(write(tmp_path / "table.csv", [bare | stratum for stratum in strata])) as dataset:
        assert found(dataset) == {"duplicates": (1, 2)}
        assert dataset.facts.rows == 1


@pytest.mark.parametrize("word", ["NA", "null"])
def test_words_for_nothing_are_no_stratum(tmp_path: Path, rows: list[Row], word: str) -> None:
    """R writes NA into every empty cell; statistics by category would have a category of that name."""
    names = ("StratificationCategory1", "Stratification1", "StratificationCategoryId1", "StratificationID1")
    bare = rows[0] | dict.fromkeys(names, word)
    with loaded(write(tmp_path / "table.csv", [bare, *rows[1:]])) as dataset:
        nothing = " and ".join(f"{name} is null" for name in names)
        assert ask(dataset, f"select count(*) from health where {nothing}") == 1


def test_a_row_without_a_stratum_counts_once_too(tmp_path: Path, rows: list[Row]) -> None:
    """What is missing is equal to what is missing, in the key and in the figures."""
    names = ("StratificationCategory1", "Stratification1", "StratificationCategoryId1", "StratificationID1")
    bare = rows[0] | dict.fromkeys((*names, *VALUE, "Data_Value_Alt", "Sample_Size"), "")
    with loaded(write(tmp_path / "table.csv", [bare, *rows, bare])) as dataset:
        assert found(dataset) == {"duplicates": (1, 2)}
        assert dataset.facts.rows == len(rows) + 1


@pytest.mark.parametrize(
    "columns",
    [("Data_Value_Type",), ("Data_Value_Type", "DataValueTypeID"), ("StratificationID1",), ("Data_Value_Alt", HIGH)],
)
def test_a_table_that_lacks_columns_has_the_key_that_is_left(
    tmp_path: Path, rows: list[Row], columns: tuple[str, ...]
) -> None:
    """Repeats are found, and nothing else is taken for one."""
    fewer = list(map(without(*columns), rows))
    with loaded(write(tmp_path / "table.csv", [*fewer, fewer[0]])) as dataset:
        assert found(dataset) == {"duplicates": (1, 2)}
        assert dataset.facts.rows == len(rows)


def test_strata_without_codes_are_told_apart_by_name(tmp_path: Path, rows: list[Row]) -> None:
    """An empty code is no stratum that many rows share; as statistics select by code, it is told."""
    with loaded(write(tmp_path / "table.csv", [row | {"StratificationID1": ""} for row in rows])) as dataset:
        assert found(dataset) == {"stratum_code": (len(rows), 2)}
        assert dataset.facts.rows == len(rows)


def test_rows_of_one_key_that_differ_are_refused(tmp_path: Path, rows: list[Row]) -> None:
    """The message has file, line, number, and what to do."""
    changed = [rows[5] | {"Data_Value": "41.0"}, rows[9] | {"Data_Value": ""}]
    file = write(tmp_path / "table.csv", [*rows, *changed])
    message = r"table\.csv:7: rows whose key .* with other figures: 2; correct the file, or set conflicts"
    with pytest.raises(DatasetError, match=message), loaded(file):
        pass


def test_of_rows_that_differ_the_last_counts(tmp_path: Path, rows: list[Row]) -> None:
    """With a warning, where the settings want no refusal."""
    changed = [rows[5] | {"Data_Value": "41.0"}, rows[5] | {"Data_Value": "41.5"}]
    file = write(tmp_path / "table.csv", [*rows, *changed])
    with loaded(file, dataset_conflicts="warn") as dataset:
        assert found(dataset) == {"conflicts": (2, 7)}
        assert dataset.facts.rows == len(rows)
        assert ask(dataset, "select sum(Data_Value) from health") == 40.0 * (len(rows) - 1) + 41.5


ODD = {
    "out_of_range": {"Data_Value": "101", "Low_Confidence_Limit": "99", HIGH: "102"},
    "outside_limits": {"Data_Value": "43"},
    "limits_order": {"Low_Confidence_Limit": "42.0", HIGH: "38.0"},
    "years": {"YearEnd": "2030"},
}
POLICIES = {"out_of_range": "limits", "outside_limits": "limits", "limits_order": "limits", "years": "years"}


@pytest.mark.parametrize("check", ODD)
def test_odd_rows_are_warned_of(tmp_path: Path, rows: list[Row], check: str, caplog: pytest.LogCaptureFixture) -> None:
    """They count as published; the log names file, line and number."""
    odd = [row | (ODD[check] if place in {4, 8} else {}) for place, row in enumerate(rows)]
    with loaded(write(tmp_path / "table.csv", odd)) as dataset:
        assert found(dataset) == {check: (2, 6)}
        assert dataset.facts.rows == len(rows)
        [warning] = dataset.facts.warnings
    assert f"table.csv:6: {warning.text}" in caplog.text
    assert ": 2; they are counted" in warning.text


@pytest.mark.parametrize("check", ODD)
def test_odd_rows_are_refused_where_the_settings_say_so(tmp_path: Path, rows: list[Row], check: str) -> None:
    """The message has file and line, and the setting."""
    policy = POLICIES[check]
    file = write(tmp_path / "table.csv", [*rows[1:], rows[0] | ODD[check]])
    with (
        pytest.raises(DatasetError, match=rf"table\.csv:61: .*: 1; correct the file, or set {policy} in \[dataset\]"),
        loaded(file, **{f"dataset_{policy}": "refuse"}),
    ):
        pass


@pytest.mark.parametrize("one", ["Low_Confidence_Limit", HIGH])
def test_a_limit_alone_bounds_its_value(tmp_path: Path, rows: list[Row], one: str) -> None:
    """A value beyond the only limit that there is lies outside."""
    odd = rows[0] | {"Low_Confidence_Limit": "", HIGH: "", one: "60" if one != HIGH else "20"}
    with loaded(write(tmp_path / "table.csv", [odd, *rows[1:]])) as dataset:
        assert found(dataset) == {"outside_limits": (1, 2)}


@pytest.fixture
def two_types(tmp_path: Path, rows: list[Row]) -> Path:
    """Crude values, and age-adjusted ones of the first ten of them."""
    adjusted = {"Data_Value_Type": "Age-adjusted", "DataValueTypeID": "AGEADJ", "Data_Value": "39.0"}
    return write(tmp_path / "table.csv", [*rows, *(row | adjusted for row in rows[:10])])


def test_a_second_value_type_is_refused(two_types: Path) -> None:
    """The message says which there are, and how to choose one."""
    message = "table.csv:62: rows of another Data_Value_Type than 'Value' ('Age-adjusted'): 10; set value_types in"
    with pytest.raises(DatasetError, match=re.escape(message)), loaded(two_types):
        pass


@pytest.mark.parametrize(
    ("policy", "number", "odd", "done"),
    [
        ("warn", 70, (10, 62), "10; they are counted beside it"),
        ("Value", 60, (10, 62), "10; they are not counted"),
        ("Age-adjusted", 10, (60, 2), "60; they are not counted"),
    ],
)
def test_value_types_count_as_the_settings_say(
    two_types: Path, policy: str, number: int, odd: tuple[int, int], done: str
) -> None:
    """All of them, or the one that is named; never in silence."""
    with loaded(two_types, dataset_value_types=policy) as dataset:
        assert (dataset.facts.rows, found(dataset)) == (number, {"value_types": odd})
        assert dataset.facts.warnings[0].text.endswith(done)


def test_a_value_type_that_is_not_there_is_refused(tmp_path: Path, rows: list[Row]) -> None:
    """Another type is not taken for the one that was named."""
    message = "table.csv:2: rows of another Data_Value_Type than 'Crude' ('Value'): 60; set value_types in [dataset]"
    file = write(tmp_path / "table.csv", rows)
    with pytest.raises(DatasetError, match=re.escape(message)), loaded(file, dataset_value_types="Crude"):
        pass


def test_other_rows_that_count_are_another_version(two_types: Path) -> None:
    """Answers from one choice of rows are not taken for those from another."""
    versions = set()
    for policy in ("warn", "Value", "Age-adjusted"):
        with loaded(two_types, dataset_value_types=policy) as dataset:
            versions.add(dataset.facts.version)
    assert len(versions) == 3


def test_lines_are_those_of_the_file(tmp_path: Path, rows: list[Row]) -> None:
    """Also where a cell takes several lines, and where the table is sorted otherwise than the file."""
    broken = rows[0] | {"Data_Value_Footnote": "Three\nlines\nlong."}
    turned = [broken, *reversed(rows[1:])]
    turned[20] = turned[20] | ODD["years"]
    with loaded(write(tmp_path / "table.csv", turned)) as dataset:
        assert found(dataset) == {"years": (1, 24)}


FAULTS = ("duplicates", "conflicts", *ODD)


@given(data=st.data())
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_what_is_injected_is_found(tmp_path: Path, rows: list[Row], data: st.DataObject) -> None:
    """Random faults in random rows: their numbers and first lines are those that are reported."""
    faults = data.draw(st.dictionaries(st.integers(0, len(rows) - 1), st.sampled_from(FAULTS)))
    odd = [(row | ODD.get(faults.get(place, ""), {}), faults.get(place, "")) for place, row in enumerate(rows)]
    for place, fault in faults.items():
        if fault not in ODD:
            extra = rows[place] | ({"Data_Value": "41.5"} if fault == "conflicts" else {})
            odd.insert(data.draw(st.integers(0, len(odd))), (extra, fault))
    expected: dict[str, tuple[int, int]] = {}
    for fault, count in Counter(faults.values()).items():
        expected[fault] = (count, 2 + [found for _, found in odd].index(fault))
    file = write(tmp_path / "table.csv", [row for row, _ in odd])
    with loaded(file, dataset_conflicts="warn") as dataset:
        assert found(dataset) == expected
        assert dataset.facts.rows == len(rows)


@pytest.mark.parametrize(
    ("check", "column"),
    [("place_codes", "LocationAbbr"), ("question_codes", "QuestionID"), ("stratum_codes", "StratificationID1")],
)
def test_a_name_with_two_codes_is_reported(rows: list[Row], tmp_path: Path, check: str, column: str) -> None:
    """A row that comes again under another code has another key, but is counted under the same name."""
    with loaded(write(tmp_path / "table.csv", [*rows, rows[0] | {column: "ZZ"}])) as dataset:
        assert found(dataset) == {check: (1, len(rows) + 2)}
