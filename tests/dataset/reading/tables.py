"""Tables as different tools write them."""

from __future__ import annotations

import csv
from pathlib import Path

from data import sample
from tests.dataset.small_table import loaded

Cells = list[list[str]]
"""A header and rows, all text."""
FRACTIONS = ("Data_Value", "Data_Value_Alt", "Low_Confidence_Limit", "High_Confidence_Limit ")
Rows = list[tuple[object, ...]]


def write(path: Path, cells: Cells, *, encoding: str = "utf-8", begin: str = "", **dialect: object) -> Path:
    """CSV in the `csv` module's dialect, after the text `begin`."""
    with path.open("w", encoding=encoding, newline="") as file:
        file.write(begin)
        csv.writer(file, **{"lineterminator": "\n", **dialect}).writerows(cells)  # type: ignore[arg-type]
    return path


def decimal_commas(cells: Cells) -> Cells:
    places = {cells[0].index(name) for name in FRACTIONS}
    return [[cell.replace(".", ",") if n in places else cell for n, cell in enumerate(row)] for row in cells]


def numbered(cells: Cells, corner: str = "") -> Cells:
    """With the row numbers that R and pandas put first."""
    return [[corner, *cells[0]], *([str(n), *row] for n, row in enumerate(cells[1:], 1))]


def with_missing(cells: Cells, word: str) -> Cells:
    return [[cell or word for cell in row] for row in cells]


def with_names(cells: Cells, name: object) -> Cells:
    """Each name of the header changed by a function."""
    assert callable(name)
    return [[name(each) for each in cells[0]], *cells[1:]]


def rows_of(path: Path, **settings: object) -> Rows:
    """All rows that a file gives, in the CDC's columns, None where it lacks one."""
    with loaded(path, **settings) as dataset:
        columns = (name.strip() for name in sample.HEADER)
        names = ", ".join(f'"{name}"' if name in dataset.columns else "null" for name in columns)
        cursor = dataset.cursor()
        try:
            return cursor.execute(f"select {names} from health order by all").fetchall()
        finally:
            cursor.close()
