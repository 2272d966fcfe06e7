"""Every tabular format, read back by its real reader and equal to the JSON."""

from __future__ import annotations

import io
import json
from typing import Any

import openpyxl
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.client import Client
from tests.formats.conftest import FIRST
from tests.formats.fetch import fetch, records

TABULAR = {"trend": "question=Q036", "compare_states": "question=Q036&states=OH&states=NY", "coverage": "question=Q018"}


def as_json(value: object) -> str:
    return json.dumps(value, separators=(",", ":"))


def equal(found: pd.DataFrame, expected: list[dict[str, Any]]) -> bool:
    """Whether a reader's table holds the rows, to the 15 digits that Excel keeps; a list is JSON there."""
    texts = [{name: as_json(v) if isinstance(v, list) else v for name, v in row.items()} for row in expected]
    wanted = pd.DataFrame(texts).convert_dtypes()
    pd.testing.assert_frame_equal(found.convert_dtypes(), wanted, check_dtype=False, rtol=1e-15)
    return True


@pytest.mark.parametrize(("name", "query"), TABULAR.items())
async def test_tables_equal_the_json(client: Client, name: str, query: str) -> None:
    """CSV, NDJSON, Parquet, Arrow, XLSX and HTML hold the same rows as the JSON records."""
    path = f"/api/{name}?{query}"
    expected = await records(client, path)
    as_written: dict[str, Any] = {"keep_default_na": False, "na_values": [""]}
    assert equal(pd.read_csv(io.BytesIO(await fetch(client, f"{path}&format=csv")), **as_written), expected)
    sheet = io.BytesIO(await fetch(client, f"{path}&format=xlsx"))
    assert equal(pd.read_excel(sheet, engine="openpyxl", **as_written), expected)
    page = (await fetch(client, f"{path}&format=html")).decode()
    assert equal(pd.read_html(io.StringIO(page), **as_written)[0], expected)
    lines = (await fetch(client, f"{path}&format=ndjson")).splitlines()
    assert [json.loads(line) for line in lines] == expected
    parquet = pq.read_table(io.BytesIO(await fetch(client, f"{path}&format=parquet")))
    assert parquet.to_pylist() == expected
    assert pa.ipc.open_stream(await fetch(client, f"{path}&format=arrow")).read_all().to_pylist() == expected


async def test_every_type_is_kept(typed: Client) -> None:
    """Numbers, decimals, booleans, dates, texts, lists and missing values come through each format."""
    first, second = await records(typed, "/api/typed?")
    assert first == FIRST
    assert set(second.values()) == {None}
    table = pq.read_table(io.BytesIO(await fetch(typed, "/api/typed.parquet")))
    kinds = dict(zip(table.schema.names, map(str, table.schema.types), strict=True))
    assert kinds | {"several": None} == {
        "whole": "int64", "number": "double", "exact": "decimal128(9, 2)", "truth": "bool", "day": "date32[day]",
        "moment": "timestamp[us]", "word": "string", "empty_text": "string", "several": None, "odd": "double",
    }  # fmt: skip
    sheet = openpyxl.load_workbook(io.BytesIO(await fetch(typed, "/api/typed.xlsx")))["data"]
    values = [cell.value for cell in sheet[2]]
    assert values[:4] == [1, 2.5, 1.25, True]
    assert (sheet["E2"].is_date, str(values[4])[:10], values[6]) == (True, "2021-12-31", FIRST["word"])
    assert (values[-1], sheet.freeze_panes) == (None, "A2")
