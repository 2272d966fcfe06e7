"""The table as this service gives it out loads again."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client import Client
from tests.dataset.reading.tables import rows_of


@pytest.mark.parametrize("suffix", ["csv", "parquet", pytest.param("ndjson", marks=pytest.mark.slow)])
async def test_a_download_of_the_table_is_the_same_table(
    client: Client, small_csv: Path, tmp_path: Path, suffix: str
) -> None:
    """Each format of rows that is read gives every row with the same values."""
    async with client.session.get(f"/api/dataset.{suffix}") as response:
        (tmp_path / "table").write_bytes(await response.read())
    assert rows_of(tmp_path / "table") == rows_of(small_csv)
