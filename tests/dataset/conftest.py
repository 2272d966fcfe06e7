"""What the tests of the table share."""

from __future__ import annotations

import io
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.dataset.table_server import Run


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A place where an older table lies; nothing but a table is ever left there."""
    (tmp_path / "brfss.csv").write_bytes(b"older")
    yield Run(tmp_path / "brfss.csv", io.StringIO())
    assert [file.name for file in tmp_path.iterdir()] == ["brfss.csv"]
