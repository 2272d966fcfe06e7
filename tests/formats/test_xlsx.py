"""Excel workbooks: what a cell cannot hold."""

from __future__ import annotations

import io
from datetime import date, datetime, time
from pathlib import Path

import openpyxl

from tests.conftest import Serve
from tests.folders import folder_of

CELLS = """\
-- What Excel finds client.
select
    9007199254740993::bigint as large,
    date '1850-03-01' as old,
    date '2011-12-31' as day,
    timestamp '2011-12-31 12:34:56' as moment,
    time '12:34:56' as clock,
    'infinity'::double as infinite
"""
LONG = "-- A long text.\nselect repeat('x', 40000) as text\n"


async def test_excel_alters_no_value(serve: Serve, tmp_path: Path) -> None:
    """Numbers and dates that it cannot hold are texts; a text that it would cut is refused."""
    client = await serve(catalog_folder=folder_of(tmp_path / "sql", cells=CELLS, long=LONG))
    book = openpyxl.load_workbook(io.BytesIO(await (await client.session.get("/api/cells.xlsx")).read()))
    _, row = book["data"].values
    moment = datetime(2011, 12, 31, 12, 34, 56)
    assert row == ("9007199254740993", "1850-03-01", datetime(2011, 12, 31), moment, time(12, 34, 56), "inf")
    assert date(2011, 12, 31) == row[2].date()
    reply = await client.get("/api/long.xlsx")
    assert reply.status == 400
    assert "a cell of Excel holds 32767 characters" in reply.body["reason"]
