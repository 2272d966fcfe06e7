"""Numbers as people write them; what could be a thousand times another is never guessed."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from service.errors import DatasetError
from tests.dataset.reading.tables import write
from tests.dataset.small_table import COLUMNS, loaded

pytestmark = pytest.mark.long

HEADER = [*COLUMNS.split(","), "Sample_Size"]


def table(path: Path, values: list[str], sizes: list[str], separator: str) -> Path:
    rows = [
        ["2020", f"S{n}", f"State {n}", "Obese?", "Q036", value, "Total", "Total", size]
        for n, (value, size) in enumerate(zip(values, sizes, strict=True))
    ]
    return write(path / "table.csv", [HEADER, *rows], delimiter=separator)


def numbers_of(path: Path, **variables: object) -> list[tuple[float | None, int | None]]:
    with loaded(path, **variables) as dataset:
        cursor = dataset.cursor()
        try:
            return cursor.execute("select Data_Value, Sample_Size from health order by LocationAbbr").fetchall()
        finally:
            cursor.close()


@pytest.mark.parametrize(
    ("separator", "values", "sizes", "expected"),
    [
        (",", ["30.5", "29"], ["1,234", "850"], [(30.5, 1234), (29, 850)]),
        (",", ["30.5", "29"], ["1234.0", "850.000"], [(30.5, 1234), (29, 850)]),
        (",", ["30.123", "29.456"], ["1234", "850"], [(30.123, 1234), (29.456, 850)]),
        (",", ["3e1", "+.5"], ["1 234", "1,234,567"], [(30, 1234), (0.5, 1234567)]),
        (";", ["30,5", "29"], ["1.234", "850"], [(30.5, 1234), (29, 850)]),
        (";", ["30,5", "29,123"], ["1.234.567", "1\u202f234"], [(30.5, 1234567), (29.123, 1234)]),
        (";", ["30.5", "29"], ["1,234", "850"], [(30.5, 1234), (29, 850)]),
        (";", ["30", "29"], ["1234", "1'234"], [(30, 1234), (29, 1234)]),
        ("\t", ["30,5", "~"], ["NA", "1.234"], [(30.5, None), (None, 1234)]),
    ],
)
def test_numbers_are_read_by_the_one_convention_that_fits(
    tmp_path: Path, separator: str, values: list[str], sizes: list[str], expected: list[tuple[float | None, int | None]]
) -> None:
    """A decimal comma where every cell fits and cells are not separated by commas; thousands in counts."""
    assert numbers_of(table(tmp_path, values, sizes, separator)) == expected


@pytest.mark.parametrize(
    ("separator", "values", "sizes", "message"),
    [
        (
            ";",
            ["30", "29"],
            ["850", "1.234"],
            "table.csv:3: column Sample_Size: '1.234' can be read as 1.234 or as 1234",
        ),
        (
            ";",
            ["30,123", "29"],
            ["850", "9"],
            "table.csv:2: column Data_Value: '30,123' can be read as 30123 or as 30.123",
        ),
        (";", ["30.123", "29"], ["850", "9"], "column Data_Value: '30.123' can be read as 30.123 or as 30123"),
        (
            ",",
            ["30", "29"],
            ["850", "1.234"],
            "column Sample_Size: '1.234' can be read as 1.234 or as 1234; set decimal",
        ),
        (",", ["30.5", "29"], ["850", "1.000"], "column Sample_Size: '1.000' can be read as 1.000 or as 1000"),
        (",", ["30,5", "29"], ["850", "9"], "table.csv:2: column Data_Value: '30,5' is not a number"),
        (
            ",",
            ["30.5", "1,234"],
            ["850", "9"],
            "table.csv:3: column Data_Value: '1,234' has separators between thousands",
        ),
        (";", ["30,5", "29.5"], ["850", "9"], "column Data_Value: "),
        (",", ["30.5", "29"], ["850", "1,23"], "table.csv:3: column Sample_Size: '1,23' is not a whole number"),
        (",", ["30.5", "29"], ["850", "12.5"], "table.csv:3: column Sample_Size: '12.5' is not a whole number"),
        (",", ["30.5%", "29"], ["850", "9"], "table.csv:2: column Data_Value: '30.5%' is not a number"),
        (",", ["1e999", "29"], ["850", "9"], "table.csv:2: column Data_Value: '1e999' is not a number"),
        (",", ["1", "29"], ["850", "99999999999"], "column Sample_Size: '99999999999' is not a whole number"),
    ],
)
def test_what_is_no_number_or_two_is_refused(
    tmp_path: Path, separator: str, values: list[str], sizes: list[str], message: str
) -> None:
    """The message has the line, the column and the cell, with both readings where there are two."""
    with pytest.raises(DatasetError, match=re.escape(message)):
        numbers_of(table(tmp_path, values, sizes, separator))


@pytest.mark.parametrize(("decimal", "size"), [(".", 1), (",", 1000)])
def test_the_setting_decides_between_two_readings(tmp_path: Path, decimal: str, size: int) -> None:
    """What is refused by itself can be said."""
    path = table(tmp_path, ["30", "29"], ["1.000", "850"], ";")
    assert numbers_of(path, dataset_decimal=decimal) == [(30, size), (29, 850)]


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(
    values=st.lists(st.decimals(0, 100, places=1), min_size=1, max_size=5),
    sizes=st.lists(st.integers(0, 2_000_000), min_size=5, max_size=5),
    german=st.booleans(),
    grouped=st.booleans(),
)
def test_no_number_is_ever_read_as_another(
    tmp_path: Path, values: list[object], sizes: list[int], *, german: bool, grouped: bool
) -> None:
    """Whatever figures a table has, in English or in German, they are read as they were meant or refused."""
    swap = str.maketrans(".,", ",.") if german else {}
    texts = [str(value).translate(swap) for value in values]
    counts = [(f"{size:,}" if grouped else str(size)).translate(swap) for size in sizes[: len(values)]]
    path = table(tmp_path, texts, counts, ";" if german else ",")
    expected = [(float(str(value)), size) for value, size in zip(values, sizes, strict=False)]
    assert numbers_of(path, dataset_limits="warn") == expected
