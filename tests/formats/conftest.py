"""A service with one statistic that has a column of every type."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client import Client
from tests.conftest import Serve

ALL_TYPES = """\
-- A row for each kind of value, and one where all are missing.
-- $word text = "quo\\"te, and |pipe|": a text
select
    1::bigint as whole,
    2.5::double as number,
    1.25::decimal(9, 2) as exact,
    true as truth,
    date '2021-12-31' as day,
    timestamp '2021-12-31 23:59:58' as moment,
    $word as word,
    '' as empty_text,
    [1, 2] as several,
    'nan'::double as odd
union all
select null, null, null, null, null, null, null, null, null, null
"""
FIRST = {
    "whole": 1, "number": 2.5, "exact": 1.25, "truth": True, "day": "2021-12-31", "moment": "2021-12-31T23:59:58",
    "word": 'quo"te, and |pipe|', "empty_text": "", "several": [1, 2], "odd": None,
}  # fmt: skip


@pytest.fixture
async def typed(serve: Serve, tmp_path: Path) -> Client:
    """A service with one statistic that has every type."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "typed.sql").write_text(ALL_TYPES, encoding="utf-8")
    client: Client = await serve(catalog_folder=tmp_path / "sql")
    return client
