"""Only a whole table is taken from a download."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from service.cli.fetch import check_whole
from service.errors import DatasetError
from tests.dataset.small_table import loaded


@pytest.mark.parametrize(
    ("cut", "fault"),
    [
        pytest.param(lambda lines: [line for line in lines if ",OH," not in line], "lacks OH$", id="without a place"),
        pytest.param(lambda lines: [line for line in lines if ",Q019," not in line], "lacks Q019$", id="or a question"),
        pytest.param(lambda lines: lines[::2], "has 44,315 rows, but must have at least 50,000", id="every other row"),
    ],
)
def test_a_part_of_the_table_is_refused(
    sample_csv: Path, tmp_path: Path, cut: Callable[[list[str]], list[str]], fault: str
) -> None:
    """What is fetched must have all that every edition has."""
    lines = sample_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    csv = tmp_path / "table.csv"
    csv.write_text("".join([lines[0], *cut(lines[1:])]), encoding="utf-8")
    with loaded(csv) as dataset, pytest.raises(DatasetError, match=fault):
        check_whole(csv, dataset)
