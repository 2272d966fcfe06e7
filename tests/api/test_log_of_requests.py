"""What the log says of requests and jobs: the truth, in few lines, each with the request's id."""

from __future__ import annotations

import asyncio
import json
import logging
import os
import re
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.logs import logging_to
from service.settings import load_settings
from tests.client import Client
from tests.conftest import RenderProcesses, Serve
from tests.waiting import LIMIT, until


@pytest.fixture(autouse=True)
def log(tmp_path: Path) -> Iterator[Path]:
    """The log's file while the test runs."""
    level = logging.getLogger().level
    with logging_to(load_settings(None, {"HEALTH_LOG_FOLDER": str(tmp_path / "log")})):
        yield tmp_path / "log" / "service.log"
    logging.getLogger().setLevel(level)


def lines(log: Path, text: str) -> list[str]:
    return [line for line in log.read_text(encoding="utf-8").splitlines() if text in line]


async def send(client: Client, head: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
    host, port = client.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"{head}\r\n\r\n".encode("latin-1"))
    await writer.drain()
    return reader, writer


async def test_each_line_has_the_id_of_its_request(client: Client, log: Path) -> None:
    """Of the job that ran for it, of what came of a job that it shares, and of what is no request at all."""
    for number in (1, 2):
        headers = {"X-Request-ID": f"mine-{number}"}
        reply = await client.post("/api/best5", {"question": "Q036", "since": 2012}, headers=headers)
        await client.ended(reply.body["job_id"])
    reader, writer = await send(client, "nonsense")
    malformed = json.loads((await asyncio.wait_for(reader.read(), LIMIT)).partition(b"\r\n\r\n")[2])["request_id"]
    writer.close()
    await until(lambda: bool(lines(log, malformed)))
    assert [line.split()[-1] for line in lines(log, " best5 done ")] == ["id=mine-1", "id=mine-2"]
    assert " WARNING a request from 127.0.0.1: " in lines(log, malformed)[0]


GOING_AWAY = {
    "an event stream": ("GET /api/jobs/events HTTP/1.1\r\nHost: localhost", ""),
    "a wait": ("GET /api/slow?millions=100000 HTTP/1.1\r\nHost: localhost", ""),
    "half a body": ("POST /api/best5 HTTP/1.1\r\nHost: localhost\r\nContent-Length: 1000", '{"question"'),
    "a long answer": ("GET /api/dataset.csv HTTP/1.1\r\nHost: localhost", ""),
}


@pytest.mark.parametrize("case", GOING_AWAY)
async def test_a_client_that_goes_away_is_one_line(serve: Serve, page_folder: Path, log: Path, case: str) -> None:
    """At whatever moment: of level INFO, and no traceback."""
    client = await serve(catalog_folder=page_folder / "sql")
    head, body = GOING_AWAY[case]
    path = head.split()[1]
    reader, writer = await send(client, head)
    writer.write(body.encode())
    if "events" in path or "dataset" in path:
        await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), LIMIT)
    else:
        await client.get("/api/num_jobs")  # by then the other request has been read
    writer.transport.abort()
    await until(lambda: bool(lines(log, f" {path}")))
    await client.get("/api/num_jobs")
    await until(lambda: len(lines(log, "/api/num_jobs")) >= 1)
    [line] = lines(log, f" {path}")
    assert re.search(rf" INFO \w+ {re.escape(path)}: .+ id=\S+$", line)
    assert not [line for line in lines(log, "") if re.match(r"    |\S+ ERROR (?!sql/broken)", line)]


async def test_a_long_address_is_cut(client: Client, log: Path) -> None:
    """So that a thousand of them do not rotate the history away; what follows it in the line is there."""
    await client.get(f"/api/num_jobs?x={'y' * 30_000}", headers={"X-Request-ID": "long"})
    await until(lambda: bool(lines(log, "id=long")))
    [line] = lines(log, "id=long")
    assert 2000 < len(line) < 2200
    assert re.search(r"y… \(30016 letters\) 400 \d", line)


async def test_a_failed_job_is_an_error(serve: Serve, tmp_path: Path, log: Path) -> None:
    """Of the service, with the id of its request; what the caller asked wrongly is none."""
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "huge.sql").write_text(
        "-- Too much.\nselect length(x) as n from (select string_agg(range::text, '') as x from range(10000000000))",
        encoding="utf-8",
    )
    (tmp_path / "sql" / "wrong.sql").write_text("-- Cast.\n-- $x text: a number\nselect $x::int as n", encoding="utf-8")
    client = await serve(catalog_folder=tmp_path / "sql", duckdb_memory_limit="50MB", jobs_time_limit=2)
    await client.get("/api/huge?wait=60", headers={"X-Request-ID": "huge"})
    await client.get("/api/wrong?x=one", headers={"X-Request-ID": "wrong"})
    await until(lambda: bool(lines(log, "id=wrong") and lines(log, "id=huge")))
    assert [line.split()[1] for line in lines(log, " huge error ") if line.endswith("id=huge")] == ["ERROR"]
    assert [line.split()[1] for line in lines(log, " wrong error ") if line.endswith("id=wrong")] == ["INFO"]


async def test_a_killed_chart_process_is_an_error(client: Client, log: Path, render_processes: RenderProcesses) -> None:
    """With its exit code and the request's id; who asked may ask again."""
    await client.get("/api/best5.svg?question=Q036")
    [process] = render_processes()
    os.kill(process.pid, signal.SIGSTOP)
    picture = asyncio.ensure_future(client.get("/api/best5.svg?question=Q037", headers={"X-Request-ID": "drawn"}))
    await until(lambda: client.service.renderings._renderer._waiting > 0)
    os.kill(process.pid, signal.SIGKILL)
    assert (await picture).status == 503
    await until(lambda: bool(lines(log, " ERROR ")))
    assert lines(log, " ERROR ")[0].endswith("ended with exit code -9 id=drawn")
