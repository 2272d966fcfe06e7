"""A part of the sample, and what loads of a file."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from tests.dataset.reading.tables import Cells


@pytest.fixture(scope="session")
def cells(sample_csv: Path) -> Cells:
    """The header and every 500th row of the sample, as text."""
    with sample_csv.open(encoding="utf-8", newline="") as lines:
        header, *rows = csv.reader(lines)
    return [header, *rows[::500]]


@pytest.fixture(scope="session")
def unpublished(cells: Cells) -> int:
    """Rows without a value; there are some."""
    place = cells[0].index("Data_Value")
    count = sum(row[place] == "" for row in cells)
    assert count > 5
    return count
