"""What separates cells, and which columns a header names."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data import sample
from service.dataset.reading.columns import match
from service.errors import DatasetError
from tests.dataset.small_table import COLUMNS, SMALL, loaded

PLAIN = SMALL.replace('"$15,000 - $24,999"', "Low")


@pytest.mark.parametrize(
    ("name", "header"),
    [
        ("High_Confidence_Limit", "High_Confidence_Limit "),
        ("High_Confidence_Limit", "high_confidence_limit"),
        ("High_Confidence_Limit", "High.Confidence.Limit"),
        ("High_Confidence_Limit", "HIGH CONFIDENCE LIMIT"),
        ("YearStart", "\ufeffyearstart"),
        ("YearStart", "year_start"),
        ("Age(years)", "age_years"),
        ("Age(years)", "age_years_"),
        ("Age(years)", "Age..years."),
        ("Race/Ethnicity", "race_ethnicity"),
        ("Sex", "SEX"),
    ],
)
def test_a_header_is_matched_however_it_is_written(name: str, header: str) -> None:
    """The column has the CDC's name."""
    assert [column.name for column in match([header], "table.csv:1")] == [name]


@given(st.permutations([name.strip() for name in sample.HEADER]), st.data())
def test_every_name_is_matched_in_any_case(names: list[str], data: st.DataObject) -> None:
    """In any order, each column has its place and name, whatever the cases and separators."""
    written = [
        "".join(
            data.draw(st.sampled_from([" ", "_", ".", ""])) if character == "_" else character for character in name
        )
        for name in names
    ]
    cased = [data.draw(st.sampled_from([str.upper, str.lower, str.title]))(name) for name in written]
    assert [(column.place, column.name) for column in match(cased, "")] == list(enumerate(names))


def test_other_columns_keep_their_names(tmp_path: Path) -> None:
    """What the CDC's table lacks is there to be used, as the file spells it."""
    text = "\n".join(f"{line},{'My Own.Column' if n == 0 else n}" for n, line in enumerate(PLAIN.splitlines()))
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    with loaded(tmp_path / "table.csv") as dataset:
        assert [value for value, *_ in dataset.choices("My Own.Column")] == ["1", "2", "3"]


@pytest.mark.parametrize("separator", [",", ";", "tab", "|"])
@pytest.mark.parametrize("named", [False, True])
def test_a_separator_is_found_or_named(tmp_path: Path, separator: str, *, named: bool) -> None:
    """Each of the four gives the table."""
    text = PLAIN.replace(",", "\t" if separator == "tab" else separator)
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    with loaded(tmp_path / "table.csv", dataset_separator=separator if named else "") as dataset:
        assert dataset.facts.rows == 3


@pytest.mark.parametrize(
    ("text", "settings", "message"),
    [
        (
            PLAIN.replace(",", ";"),
            {"dataset_separator": ","},
            "table.csv:1: the cells are separated by ';', not by ','",
        ),
        ("sep=|\n" + PLAIN, {}, "table.csv:1: the cells are separated by ',', not by '|'"),
        (PLAIN.replace(",", ":"), {}, "table.csv:1: the cells are separated by ':'; write it with ,, ;, tab, |"),
        (PLAIN.replace(",", " "), {}, "table.csv:1: the cells are separated by ' '; write it with"),
        ("YearStart,a;Total\n1,2;3\n", {}, "table.csv:1: the cells may be separated by ',' or ';': the header is"),
        ("a,b\n1,2\n", {}, "table.csv:1: the header names no column of the CDC's table; it is 'a', 'b'"),
        ("# a comment\n" + PLAIN, {}, "it is '# a comment'; correct it, or remove what stands above it"),
        (PLAIN.replace("Question,", "data.value,", 1), {}, "names a column twice: data.value, Data_Value; rename one"),
        (PLAIN.replace(",Gender,Male", ""), {}, "table.csv:2: has 6 cells, but the header has 8"),
        ("\n".join([COLUMNS, *(f"1,{line}" for line in PLAIN.splitlines()[1:])]), {}, "table.csv:2: has 9 cells"),
        (COLUMNS.replace(",", ";") + "\n" + PLAIN.partition("\n")[2], {}, "table.csv:2: has 1 cells"),
    ],
)
def test_a_header_that_does_not_fit_is_refused(
    tmp_path: Path, text: str, settings: dict[str, str], message: str
) -> None:
    """The message says what was found, and how to put it right."""
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=re.escape(message)), loaded(tmp_path / "table.csv", **settings):
        pass
