"""CSV → table: the editions that load, and the faults that are named."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from service.dataset import Dataset
from service.errors import DatasetError
from tests.dataset.small_table import COLUMNS, SMALL, loaded

Change = Callable[[str], str]


def swapped(text: str) -> str:
    return "\n".join(
        ",".join(reversed(line.split(","))) for line in text.replace('"$15,000 - $24,999"', "x").split("\n")
    )


def numbered(text: str) -> str:
    """As pandas writes a table with its index."""
    return "\n".join(f"{'' if n == 0 else n - 1},{line}" if line else "" for n, line in enumerate(text.split("\n")))


def rows_of(dataset: Dataset) -> list[tuple[object, ...]]:
    cursor = dataset.cursor()
    try:
        return cursor.execute("select YearStart, LocationDesc, Data_Value from health order by all").fetchall()
    finally:
        cursor.close()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text, id="as published"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: "\ufeff" + text, id="byte order mark"),
        pytest.param(lambda text: text.replace("Data_Value,", " Data_Value ,", 1), id="stray spaces in the header"),
        pytest.param(swapped, id="other order"),
        pytest.param(numbered, id="unnamed first column"),
        pytest.param(lambda text: text.replace("\n", ",\n").replace(",\n", ",More,\n", 1), id="extra columns"),
        pytest.param(lambda text: text + "\n\n", id="blank lines"),
        pytest.param(str.rstrip, id="no line break at the end"),
        pytest.param(lambda text: "\n\n" + text, id="blank lines before the header"),
        pytest.param(lambda text: text.replace("Ohio", " Ohio  ", 1).replace("Gender", "Gender "), id="stray spaces"),
        pytest.param(
            lambda text: text.replace("Q036,29,,", "Q036, 29 ,  ,"), id="stray spaces around numbers and none"
        ),
    ],
)
def test_an_edition_loads(tmp_path: Path, change: Change) -> None:
    """Other editions of the table give the same rows."""
    csv = tmp_path / "table.csv"
    text = change(SMALL)
    if "More" in text:
        text = "\n".join(
            line.removesuffix(",") + ("" if n == 0 else ",7") if line.strip(",") else ""
            for n, line in enumerate(text.split("\n"))
        )
    csv.write_bytes(text.encode())
    with loaded(csv) as dataset:
        assert rows_of(dataset) == [(2011, "Ohio", 29.0), (2020, "Ohio", 30.5), (2030, "Guam", None)]
        assert "Data_Value" in dataset.columns


def test_a_place_in_two_spellings_is_logged(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two values with one code are named, as they count apart; which spelling is right is not guessed."""
    csv = tmp_path / "table.csv"
    csv.write_text(SMALL.replace("Ohio", "OHIO", 1), encoding="utf-8")
    with loaded(csv):
        pass
    assert "LocationAbbr OH belongs to two values of LocationDesc: 'OHIO' and 'Ohio'; they count apart" in caplog.text


def test_rows_without_a_code_are_no_two_spellings(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What has no code belongs to none."""
    header, *rows = SMALL.splitlines()
    text = "\n".join([f"{header},StratificationID1", *(f"{row}," for row in rows)])
    (tmp_path / "table.csv").write_text(text, encoding="utf-8")
    with loaded(tmp_path / "table.csv"):
        assert "belongs to two values" not in caplog.text


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "table.csv: the file is empty"),
        (COLUMNS + "\n", "table.csv: there is a header but no rows"),
        ("<html>no</html>\n", "table.csv: this is an HTML page, not a table"),
        (SMALL.replace("Question,", "Query,", 1), "table.csv:1: the header lacks Question;"),
        (SMALL.replace("QuestionID", "QUESTION", 1), "names a column twice: Question, QUESTION"),
        (SMALL.replace("YearStart", "Data_value,YearStart", 1).replace("\n2", "\n1,2"), "names a column twice"),
        (SMALL.replace("30.5", "thirty"), "table.csv:2: column Data_Value: 'thirty' is not a number"),
        (SMALL.replace("30.5", "inf"), "table.csv:2: column Data_Value: 'inf' is not a number"),
        (SMALL.replace("30.5", "1_000"), "table.csv:2: column Data_Value: '1_000' is not a number"),
        (SMALL.replace("2011,", "2011.5,"), "table.csv:4: column YearStart: '2011.5' is not a whole number"),
        (SMALL.replace("\n2011,", "\n,"), "table.csv:4: column YearStart: is empty"),
        (SMALL.replace("2011,OH,Ohio", "2011,OH,"), "table.csv:4: column LocationDesc: is empty"),
        (SMALL.replace('"Income"', '"In\ncome"').replace(",29,", ",x,"), "table.csv:5: column Data_Value: 'x'"),
        (SMALL.replace("2011,OH", "\n\n2011,OH").replace(",29,", ",x,"), "table.csv:6: column Data_Value: 'x'"),
        (SMALL.replace("Male", "Male,x"), "table.csv:2: has 9 cells, but the header has 8"),
        (SMALL.replace("Male", "x" * 200_000).replace(",29,", ",x,"), "table.csv:4: column Data_Value: 'x'"),
        ("\n\n" + SMALL.replace("30.5", "x"), "table.csv:4: column Data_Value: 'x'"),
        (SMALL.replace("2011,OH,Ohio", "2011,OH,  "), "table.csv:4: column LocationDesc: '  ' is empty"),
        (SMALL + '2011,"OH\n', "table.csv:5: cannot be read as CSV"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """The message names file, line and column."""
    csv = tmp_path / "table.csv"
    csv.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=re.escape(message)), loaded(csv):
        pass
