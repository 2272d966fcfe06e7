"""What the tests of the running service share."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.runtime.reloading import ONE, write


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with one statistic."""
    (tmp_path / "sql").mkdir()
    write(tmp_path / "sql" / "one.sql", ONE)
    return tmp_path / "sql"
