"""Another table: it is taken up as a whole, a broken one never, and the old one lasts as long as it is needed."""

from __future__ import annotations

import asyncio
import re
import signal
from pathlib import Path

import pytest

from service.dataset.source import fetched
from service.engine.protocol import Engine
from tests.client import Client
from tests.conftest import Serve, serving, settings_for
from tests.process import Start, has_logged
from tests.runtime.reloading import SLOW, reload, write
from tests.waiting import until, wait_until


async def test_a_broken_file_keeps_its_last_good_version_on_another_table(
    serve: Serve, folder: Path, small_csv: Path, tmp_path: Path
) -> None:
    """The last good version is checked on the new table and serves on, though the file is still broken."""
    table = tmp_path / "table.csv"
    table.write_bytes(small_csv.read_bytes())
    write(folder / "rows.sql", "-- Rows.\n-- returns: row\nselect count(*) as rows from health")
    client: Client = await serve(catalog_folder=folder, dataset_csv=table)
    write(folder / "rows.sql", "-- Rows.\nselec 1")
    await reload(client)
    write(table, "".join(small_csv.read_text(encoding="utf-8").splitlines(keepends=True)[:501]))
    found = await reload(client)
    assert (found["dataset"], found["removed"], len(found["faults"])) == (True, [], 1)
    assert await client.ask("rows") == {"rows": 500}


async def test_the_real_table_is_not_swapped_for_the_sample(folder: Path, small_csv: Path, tmp_path: Path) -> None:
    """Once the real table has gone from data/, it serves on until the next start, and the fault is reported."""
    settings = settings_for(tmp_path, catalog_folder=folder, workers_threads=1)
    fetched(settings).parent.mkdir()
    fetched(settings).write_bytes(small_csv.read_bytes())
    async with serving(settings) as client:
        before = (await client.get("/api/dataset")).body["data"]
        fetched(settings).unlink()
        [fault] = (await reload(client))["faults"]
        assert "brfss.csv is gone; put it back, or restart for the sample" in fault
        assert (await client.get("/api/dataset")).body["data"] == before
        assert before["sample"] is False
        assert await client.ask("one") == {"answer": 1}


async def test_a_table_that_the_checks_refuse_is_not_taken_up(
    serve: Serve, folder: Path, small_csv: Path, tmp_path: Path
) -> None:
    """The table of before serves on, and the fault is in the reload's answer and in the dataset's description."""
    table = tmp_path / "table.csv"
    text = small_csv.read_text(encoding="utf-8")
    table.write_text(text, encoding="utf-8")
    client: Client = await serve(catalog_folder=folder, dataset_csv=table)
    before = (await client.get("/api/dataset")).body
    write(table, text + text.splitlines()[1].replace(",Value,", ",Age-adjusted,") + "\n")
    [fault] = (await reload(client))["faults"]
    assert "rows of another Data_Value_Type than 'Value' ('Age-adjusted'): 1; set value_types in [dataset]" in fault
    assert (await client.get("/api/dataset")).body == before | {"fault": fault}
    assert await client.ask("one") == {"answer": 1}


async def test_a_changed_table_is_swapped_at_once(serve: Serve, folder: Path, small_csv: Path, tmp_path: Path) -> None:
    """Jobs taken before answer from the old table, later ones from the new, and the old one is freed."""
    write(folder / "slow.sql", SLOW)
    table = tmp_path / "table.csv"
    lines = small_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    table.write_text("".join(lines), encoding="utf-8")
    client: Client = await serve(catalog_folder=folder, dataset_csv=table, workers_threads=1)
    before = (await client.get("/api/dataset")).body["data"]
    old = await client.start("slow")
    write(table, "".join(lines[:1000]))
    assert (await reload(client))["dataset"] is True
    new = await client.start("slow")
    after = (await client.get("/api/dataset")).body["data"]
    assert (after["rows"], after["version"] != before["version"]) == (999, True)
    assert (await client.results(old)).body["data"]["rows"] == before["rows"] * 10_000
    assert (await client.results(new)).body["data"]["rows"] == 999 * 10_000
    assert (await reload(client))["dataset"] is False


async def test_a_reload_goes_on_when_its_caller_leaves(
    serve: Serve, folder: Path, small_csv: Path, tmp_path: Path
) -> None:
    """The new table serves, though nobody waited for it."""
    table = tmp_path / "table.csv"
    table.write_bytes(small_csv.read_bytes())
    write(folder / "rows.sql", "-- Rows.\n-- returns: row\nselect count(*) as rows from health")
    client: Client = await serve(catalog_folder=folder, dataset_csv=table)
    write(table, "".join(small_csv.read_text(encoding="utf-8").splitlines(keepends=True)[:501]))
    host, port = client.base.removeprefix("http://").split(":")
    _, writer = await asyncio.open_connection(host, int(port))
    writer.write(f"POST /api/reload HTTP/1.1\r\nHost: {host}\r\nContent-Length: 0\r\n\r\n".encode())
    writer.close()
    await writer.wait_closed()

    async def serves_it() -> bool:
        return bool((await client.get("/api/dataset")).body["data"]["rows"] == 500)

    await until(serves_it)
    assert await client.ask("rows") == {"rows": 500}


async def test_a_bad_table_leaves_the_old_one(serve: Serve, folder: Path, small_csv: Path, tmp_path: Path) -> None:
    """A table that cannot be used is reported, and the old one serves on."""
    table = tmp_path / "table.csv"
    table.write_bytes(small_csv.read_bytes())
    client: Client = await serve(catalog_folder=folder, dataset_csv=table)
    write(table, "no table")
    [fault] = (await reload(client))["faults"]
    assert fault.startswith("table.csv:1: the header names no column of the CDC's table; it is 'no table'")
    dataset = (await client.get("/api/dataset")).body
    assert (dataset["fault"], dataset["data"]["sample"]) == (fault, False)
    assert await client.ask("one") == {"answer": 1}
    table.unlink()
    [fault] = (await reload(client))["faults"]
    assert fault.startswith("table.csv: there is no such file")


async def test_a_table_without_what_examples_name_is_taken_up(serve: Serve, small_csv: Path, tmp_path: Path) -> None:
    """Another edition of the table may lack a question: all statistics serve on it."""
    table = tmp_path / "table.csv"
    table.write_bytes(small_csv.read_bytes())
    client: Client = await serve(dataset_csv=table)
    lines = small_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    write(table, "".join(line for line in lines if ",Q036," not in line))
    found = await reload(client)
    assert (found["dataset"], found["removed"], found["faults"]) == (True, [], [])
    assert await client.ask("best5", question="Q047")


async def test_a_table_without_a_column_that_statistics_need_is_refused(
    serve: Serve, small_csv: Path, tmp_path: Path
) -> None:
    """It is not the table that they were written for: the old one serves."""
    table = tmp_path / "table.csv"
    table.write_bytes(small_csv.read_bytes())
    client: Client = await serve(dataset_csv=table)
    before = (await client.get("/api/dataset")).body["data"]
    write(table, small_csv.read_text(encoding="utf-8").replace(",Sample_Size,", ",Size,", 1))
    found = await reload(client)
    assert found["dataset"] is False
    assert re.search(r"table\.csv: \d+ statistics do not work with this table; .*Sample_Size", found["faults"][-1])
    assert (await client.get("/api/dataset")).body["data"] == before
    assert await client.ask("best5", question="Q036")


def test_a_retired_table_is_freed_at_the_end(start: Start, small_csv: Path, tmp_path: Path) -> None:
    """A job on the old table runs still when the process is ended at once: nothing is left on standard error."""
    table = tmp_path / "table.csv"
    table.write_bytes(small_csv.read_bytes())
    service = start(dataset_csv=table)
    service.ready()
    service.ask("POST", "/api/slow", {"millions": 1_000_000})
    write(table, "".join(small_csv.read_text(encoding="utf-8").splitlines(keepends=True)[:501]))
    assert service.ask("POST", "/api/reload")[1]["data"]["dataset"] is True
    service.send(signal.SIGTERM)
    wait_until(lambda: has_logged(service, "shutting down"))
    service.send(signal.SIGTERM)
    assert service.ended() == (1, "")


async def test_a_table_in_use_outlives_a_reload(serve: Serve, folder: Path, small_csv: Path, tmp_path: Path) -> None:
    """What reads its choices, say, is no job, but its table is freed only afterwards."""
    table = tmp_path / "table.csv"
    table.write_bytes(small_csv.read_bytes())
    client: Client = await serve(catalog_folder=folder, dataset_csv=table)
    with client.service.editions.using() as edition:
        write(table, "".join(small_csv.read_text(encoding="utf-8").splitlines(keepends=True)[:501]))
        assert (await reload(client))["dataset"]
        assert client.service.editions.current.engine is not edition.engine
        assert edition.engine.choices("QuestionID")
    await until(lambda: is_closed(edition.engine))


def is_closed(engine: Engine) -> bool:
    try:
        engine.choices("QuestionID")
    except RuntimeError:
        return True
    return False


@pytest.mark.slow
async def test_choices_are_given_while_tables_change(
    serve: Serve, folder: Path, small_csv: Path, tmp_path: Path
) -> None:
    """No request meets a table that has gone."""
    lines = small_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    table = tmp_path / "table.csv"
    write(table, "".join(lines[:500]))
    client: Client = await serve(catalog_folder=folder, dataset_csv=table)
    ended, statuses = asyncio.Event(), set()

    async def ask() -> None:
        while not ended.is_set():
            statuses.add((await client.get("/api/choices/QuestionID")).status)

    asking = [asyncio.ensure_future(ask()) for _ in range(8)]
    for rows in range(501, 507):
        write(table, "".join(lines[:rows]))
        assert (await reload(client))["dataset"]
    ended.set()
    await asyncio.gather(*asking)
    assert statuses == {200}
