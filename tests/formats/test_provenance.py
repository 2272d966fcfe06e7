"""Every format says where its answer comes from."""

from __future__ import annotations

import io
import json

import openpyxl
import pyarrow as pa
import pyarrow.parquet as pq

from service.formats import FORMATS
from tests.client import Client
from tests.formats.fetch import fetch


async def test_provenance_is_in_every_format(client: Client) -> None:
    """Headers for all, `meta` in JSON, the schema's metadata in Parquet and Arrow, a sheet in Excel."""
    path = "/api/state_mean?question=Q036&state=OH"
    reply = await client.get(f"{path}&meta=true")
    meta = reply.body["meta"]
    assert meta["arguments"] == {
        "question": "Percent of adults aged 18 years and older who have obesity",
        "state": "Ohio", "since": 2011, "until": 2100,
    }  # fmt: skip
    assert meta["wordings"] == [
        {"code": "Q036", "wording": meta["arguments"]["question"], "years": [*range(2011, 2022)]}
    ]
    dataset = (await client.get("/api/dataset")).body["data"]
    statistic = (await client.get("/api/statistics/state_mean")).body["data"]
    assert (meta["dataset"], meta["source"], meta["sample"]) == (dataset["version"], dataset["source"], False)
    assert (meta["statistic"], meta["sql"], meta["years"]) == ("state_mean", statistic["hash"], dataset["years"])
    for name in FORMATS:
        async with client.session.get(f"{path}&format={name}") as response:
            assert response.headers["Provenance-Dataset"] == meta["dataset"]
            assert response.headers["Provenance-Computed-At"] == meta["computed_at"]
            assert json.loads(response.headers["Provenance-Arguments"]) == meta["arguments"]
            assert json.loads(response.headers["Provenance-Wordings"]) == meta["wordings"]
    for schema in (
        pq.read_schema(io.BytesIO(await fetch(client, f"{path}&format=parquet"))),
        pa.ipc.open_stream(await fetch(client, f"{path}&format=arrow")).schema,
    ):
        assert {name: json.loads(schema.metadata[f"provenance.{name}".encode()]) for name in meta} == meta
    sheet = openpyxl.load_workbook(io.BytesIO(await fetch(client, f"{path}&format=xlsx")))["provenance"]
    cells = {str(name): str(value) for name, value in sheet.iter_rows(values_only=True)}
    assert cells["dataset"] == meta["dataset"]
    assert json.loads(cells["wordings"]) == meta["wordings"]
