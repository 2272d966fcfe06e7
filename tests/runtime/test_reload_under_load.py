"""Reloads of the table while every worker is busy: no worker is left with a session that is closed."""

from __future__ import annotations

import asyncio
from functools import partial
from pathlib import Path

import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of
from tests.waiting import until

pytestmark = pytest.mark.long

ROWS = """\
-- Rows.
-- $n integer(0..1000000000) = 0: makes each question another one
-- returns: row
select count(*) as rows, $n as n from health
"""
RELOADS = 8
WORKERS = 2


def write(path: Path, lines: list[str]) -> None:
    """The file is there whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text("".join(lines), encoding="utf-8")
    new.replace(path)


async def test_jobs_on_both_workers_end_well_under_reloads(serve: Serve, small_csv: Path, tmp_path: Path) -> None:
    """While the table changes again and again each job answers from one edition of it; so do both workers after."""
    header, *lines = small_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    table = tmp_path / "table.csv"
    write(table, [header, *lines[:100]])
    client: Client = await serve(
        catalog_folder=folder_of(tmp_path / "sql", rows=ROWS), dataset_csv=table, workers_threads=WORKERS
    )
    done, asked = asyncio.Event(), 0
    seen: set[int] = set()

    async def ask() -> None:
        nonlocal asked
        while not done.is_set():
            asked += 1
            number = asked
            found = await client.ask("rows", n=number)
            assert found["n"] == number
            seen.add(found["rows"])

    async with asyncio.TaskGroup() as group:  # the first failure ends all
        for _ in range(4 * WORKERS):
            group.create_task(ask())
        for turn in range(1, RELOADS + 1):
            write(table, [header, *lines[: 100 + turn]])
            assert (await client.post("/api/reload")).body["data"]["dataset"] is True
            await until(partial(seen.__contains__, 100 + turn))
        done.set()
    after = [await client.start("rows", n=asked + number) for number in range(1, 20 * WORKERS)]
    replies = [await client.results(job_id) for job_id in after]
    assert {(reply.status, reply.body["data"]["rows"]) for reply in replies} == {(200, 100 + RELOADS)}
    assert seen <= {*range(100, 101 + RELOADS)}
