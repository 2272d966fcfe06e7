"""Changed SQL files: they are taken up, broken ones leave the last good version, and no request is dropped."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.runtime.reloading import ENDLESS, ONE, SLOW, TWO, reload, write


async def test_files_are_added_changed_and_removed(serve: Serve, folder: Path) -> None:
    """A reload takes up what is new, different or gone, and says so."""
    client: Client = await serve(catalog_folder=folder)
    assert await client.ask("one") == {"answer": 1}
    write(folder / "one.sql", TWO)
    write(folder / "new.sql", ONE)
    found = await reload(client)
    assert (found["added"], found["changed"], found["removed"]) == (["new"], ["one"], [])
    assert (await client.ask("one"), await client.ask("new")) == ({"answer": 2}, {"answer": 1})
    (folder / "new.sql").unlink()
    assert (await reload(client))["removed"] == ["new"]
    assert (await client.post("/api/new", {})).status == 404


async def test_a_broken_file_leaves_its_last_good_version(serve: Serve, folder: Path) -> None:
    """The fault is in the reload's answer and in the catalog, which the page shows, until it is fixed."""
    client: Client = await serve(catalog_folder=folder)
    write(folder / "one.sql", ONE.replace("select", "selec"))
    [fault] = (await reload(client))["faults"]
    assert "sql/one.sql:3: Parser Error" in fault
    assert await client.ask("one") == {"answer": 1}
    assert (await client.get("/api/statistics")).body["faults"][0]["line"] == 3
    assert (await client.get("/api/statistics")).body["faults"][0]["reason"] == fault
    write(folder / "one.sql", TWO)
    assert (await reload(client))["faults"] == []
    assert await client.ask("one") == {"answer": 2}


async def test_a_folder_without_files_loses_nothing(serve: Serve, folder: Path, tmp_path: Path) -> None:
    """Empty or gone, as while another is put in its place, it leaves every statistic serving, and the faults say so."""
    client: Client = await serve(catalog_folder=folder)
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for emptied in (lambda: (folder / "one.sql").rename(elsewhere / "one.sql"), folder.rmdir):
        emptied()
        found = await reload(client)
        assert (found["removed"], len(found["faults"])) == ([], 1)
        assert "sql/one.sql" in found["faults"][0]
        assert await client.ask("one") == {"answer": 1}
    elsewhere.rename(folder)
    assert (await reload(client))["faults"] == []


async def test_an_endless_example_delays_no_reload(serve: Serve, folder: Path) -> None:
    """Examples are not run when a file is taken up."""
    client: Client = await serve(catalog_folder=folder)
    write(folder / "endless.sql", ENDLESS)
    found = await reload(client)
    assert (found["added"], found["faults"]) == (["endless"], [])


async def test_a_job_under_way_ends_with_its_version(serve: Serve, folder: Path) -> None:
    """What was queued before the reload answers with the SQL that it was taken with."""
    write(folder / "slow.sql", SLOW)
    client: Client = await serve(catalog_folder=folder, workers_threads=1)
    blocking, queued = await client.start("slow"), await client.start("one")
    write(folder / "one.sql", TWO)
    await reload(client)
    assert (await client.get(f"/api/results/{queued}?wait=0")).body == {"status": "running"}
    assert (await client.results(blocking)).status == 200
    assert (await client.results(queued)).body["data"] == {"answer": 1}
    assert await client.ask("one") == {"answer": 2}


@pytest.mark.slow
async def test_reloading_under_load_drops_nothing(serve: Serve, folder: Path, small_csv: Path, tmp_path: Path) -> None:
    """While files and table change again and again every request is answered, by one version or the other."""
    table = tmp_path / "table.csv"
    text = "".join(small_csv.read_text(encoding="utf-8").splitlines(keepends=True)[:501])
    write(table, text)
    client: Client = await serve(catalog_folder=folder, dataset_csv=table)
    done = asyncio.Event()

    async def ask() -> int:
        count = 0
        while not done.is_set():
            assert await client.ask("one") in ({"answer": 1}, {"answer": 2})
            count += 1
        return count

    asking = [asyncio.ensure_future(ask()) for _ in range(8)]
    for turn in range(6):
        write(folder / "one.sql", (TWO, ONE)[turn % 2])
        write(table, text + "\n" * turn)
        await reload(client)
    done.set()
    assert min(await asyncio.gather(*asking)) > 0


async def test_a_web_page_cannot_reload(client: Client) -> None:
    """Only a local caller may."""
    reply = await client.post("/api/reload", headers={"Origin": "http://evil.example"})
    assert reply.status == 403


async def test_a_statistic_ends_at_its_time_limit(serve: Serve, folder: Path) -> None:
    """A job that takes longer than `time limit` says is stopped, 504, and the next one runs."""
    endless = "-- Endless.\n-- time limit: 0.2 s\nselect max(hash(range)) as x from range(1000000000000)"
    write(folder / "endless.sql", endless.replace("1000000000000", "10"))
    client: Client = await serve(catalog_folder=folder, workers_threads=1)
    write(folder / "endless.sql", endless)
    await reload(client)
    job_id, after = await client.start("endless"), await client.start("one")
    reply = await client.results(job_id)
    assert (reply.status, reply.body["reason"]) == (504, "endless took longer than 0.2 s; ask for less")
    assert (await client.results(after)).body["data"] == {"answer": 1}


async def test_a_statistic_that_goes_while_its_body_comes_is_not_found(serve: Serve, folder: Path) -> None:
    """The body is read first, and then what is loaded by then."""
    client: Client = await serve(catalog_folder=folder)
    begun, removed = asyncio.Event(), asyncio.Event()

    async def slow_body() -> AsyncIterator[bytes]:
        yield b"{"
        begun.set()
        await removed.wait()
        yield b"}"

    headers = {"Content-Type": "application/json"}
    asking = asyncio.ensure_future(client.post("/api/one", data=slow_body(), headers=headers))
    await begun.wait()
    (folder / "one.sql").unlink()
    write(folder / "two.sql", TWO)
    assert (await reload(client))["removed"] == ["one"]
    removed.set()
    assert (await asking).status == 404
