"""How folders of the machine are named is nobody's concern: no answer says it, whatever is asked and whatever fails."""

from __future__ import annotations

import random
import re
import shutil
from pathlib import Path

import pytest

from service.api.routes import ROUTES
from service.charts.vega_bundle import HASH
from service.errors import without_folders
from service.settings import ROOT
from tests.client import Client, Reply
from tests.conftest import Serve

pytestmark = pytest.mark.long

METHODS = ["GET", "HEAD", "POST", "DELETE", "PUT", "OPTIONS"]
NAMES = [*"1 99 best5 best5.csv best5.svg nope Question csv svg %2e%2e%2fx %ff".split(), "9" * 5000]
QUERIES = "x question=Q036 question=( question=Q036&fresh=true limit=0 limit=1&offset=9 wait=x %ff=%00".split()
HEADERS = [{}, {"Range": "bytes=5-"}, {"Range": f"bytes={'9' * 5000}-"}, {"If-Match": '"x"'}, {"Accept": "image/gif"}]
QUESTION = {"question": "Q036"}
BODIES: list[object] = [None, {}, QUESTION, {"statistic": "best5", "arguments": QUESTION}, [], "x" * 70_000]


def says_no_path(reply: Reply, *folders: Path) -> None:
    text = f"{reply.body} {dict(reply.headers)}"
    for folder in (ROOT, *folders):
        assert str(folder) not in text, reply


async def test_a_walk_over_all_routes(serve: Serve, tmp_path: Path, small_csv: Path) -> None:
    """A thousand steps, of which the errors are JSON with a reason and an id, and none is the service's."""
    client: Client = await serve()
    steps = random.Random(15)
    for _ in range(1000):
        route = steps.choice(ROUTES)
        path = re.sub(r"{\w+(?::[^{}]*(?:{[^{}]*}[^{}]*)*)?}", lambda _: steps.choice(NAMES), route.path)
        method = steps.choice([route.method, *METHODS])
        if path.endswith("events") or "shutdown" in path:  # which go on, or end all others
            continue
        body = {"json": steps.choice(BODIES)} if method == "POST" else {}
        address = f"{path}?{steps.choice(QUERIES)}&wait=0"
        reply = await client._request(method, address, headers=steps.choice(HEADERS), **body)
        says_no_path(reply, tmp_path, small_csv.parent)
        assert reply.status < 500, (method, address, reply)
        if reply.status >= 400 and method != "HEAD":
            assert reply.body["status"] == "error", (method, address, reply)
            assert reply.body["reason"]
            assert reply.body["request_id"] == reply.headers["X-Request-ID"]


async def test_a_results_folder_that_is_gone(serve: Serve, tmp_path: Path) -> None:
    """503, for a long answer and for one that is read in parts."""
    client = await serve(results_memory_rows=2, results_folder=tmp_path / "results")
    shutil.rmtree(tmp_path / "results")
    (tmp_path / "results").touch()
    reply = await client.get("/api/states_mean?question=Q036&wait=60")
    assert reply.status == 503
    says_no_path(reply, tmp_path)
    says_no_path(await client.get("/api/jobs"), tmp_path)
    says_no_path(await client.get("/api/dataset.csv", headers={"Range": "bytes=0-9"}), tmp_path)


@pytest.mark.parametrize("broken", [b"garbage", b"PAR1garbagePAR1", b"PK\x03\x04", b"\x1f\x8bgarbage", b"", None])
async def test_a_table_that_has_become_unusable(
    serve: Serve, tmp_path: Path, small_csv: Path, broken: bytes | None
) -> None:
    """The answer to a reload and /api/dataset say what is wrong with the file, by its name."""
    table = tmp_path / "tables" / "table.csv"
    table.parent.mkdir()
    shutil.copy(small_csv, table)
    client = await serve(dataset_csv=table)
    table.unlink()
    if broken is not None:
        table.write_bytes(broken)
    (tmp_path / "config.toml").touch()
    reload, dataset = await client.post("/api/reload"), await client.get("/api/dataset")
    assert "table.csv" in dataset.body["fault"]
    assert dataset.body["fault"] in reload.body["data"]["faults"]
    for reply in (reload, dataset):
        says_no_path(reply, tmp_path)


async def test_a_statistic_that_cannot_be_read(serve: Serve, tmp_path: Path) -> None:
    """Its file is named as in every fault: by its folder's name and its own."""
    shutil.copytree(ROOT / "sql", tmp_path / "sql")
    client = await serve(catalog_folder=tmp_path / "sql")
    (tmp_path / "sql" / "best5.sql").unlink()
    (tmp_path / "sql" / "best5.sql").mkdir()
    for reply in (await client.post("/api/reload"), await client.get("/api/statistics")):
        assert "sql/best5.sql:1: cannot be read" in str(reply.body)
        says_no_path(reply, tmp_path)


async def test_a_drawing_library_that_cannot_be_made(serve: Serve, tmp_path: Path) -> None:
    """503; the log has the details."""
    (tmp_path / "var").touch()
    client = await serve(results_folder=tmp_path / "results", jobs_journal="")
    reply = await client.get(f"/web/vega/{HASH}.js")
    assert reply.status == 503
    says_no_path(reply, tmp_path)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/srv/health/data/brfss.csv: is empty", "brfss.csv: is empty"),
        (
            'IO Error: Could not write file "/tmp/x/duckdb.tmp": full',
            'IO Error: Could not write file "duckdb.tmp": full',
        ),
        (r"C:\data\table.csv:3: what", "table.csv:3: what"),
        ("https://data.cdc.gov/a/b and/or sql/best5.sql:3", "https://data.cdc.gov/a/b and/or sql/best5.sql:3"),
    ],
)
def test_a_message_without_folders(text: str, shown: str) -> None:
    """Of a path only the file's name is left; addresses and relative paths stay."""
    assert without_folders(text) == shown
