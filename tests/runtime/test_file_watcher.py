"""With `watch`, what changes is taken up by itself."""

from __future__ import annotations

import os
import signal
from functools import partial
from pathlib import Path

import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of
from tests.process import Process, Start, has_logged
from tests.waiting import until, wait_until

ONE = "-- One.\n-- returns: row\nselect 1 as answer"


def write(path: Path, text: str) -> None:
    """As editors do: the file is there whole or not at all."""
    new = path.with_suffix(".new")
    new.write_text(text, encoding="utf-8")
    new.replace(path)


def has_rows(service: Process, count: int) -> bool:
    return bool(service.ask("GET", "/api/dataset")[1]["data"]["rows"] == count)


def answers(service: Process, statistic: str, status: int) -> bool:
    return service.ask("POST", f"/api/{statistic}", {})[0] == status


def test_a_watched_folder_is_taken_up(start: Start, tmp_path: Path) -> None:
    """With `watch` a file dropped in answers without a restart, and a removed one no longer does."""
    service = start(catalog_watch="true")
    service.ready()
    write(tmp_path / "sql" / "dropped.sql", ONE)
    wait_until(lambda: answers(service, "dropped", 202))
    (tmp_path / "sql" / "dropped.sql").unlink()
    wait_until(lambda: answers(service, "dropped", 404))
    service.send(signal.SIGTERM)
    assert service.ended() == (0, "")


def test_a_watched_table_is_taken_up(start: Start, small_csv: Path, tmp_path: Path) -> None:
    """With `watch` a changed table serves without a restart."""
    table = tmp_path / "table.csv"
    table.write_bytes(small_csv.read_bytes())
    service = start(catalog_watch="true", dataset_csv=table)
    service.ready()
    write(table, "".join(small_csv.read_text(encoding="utf-8").splitlines(keepends=True)[:501]))
    wait_until(lambda: has_rows(service, 500))
    service.send(signal.SIGTERM)
    assert service.ended() == (0, "")


def test_a_table_that_is_being_written_is_not_taken_up_half(start: Start, small_csv: Path, tmp_path: Path) -> None:
    """While it grows the old table serves; a changed SQL file is taken up all the same."""
    table = tmp_path / "table.csv"
    table.write_bytes(small_csv.read_bytes())
    service = start(catalog_watch="true", dataset_csv=table)
    service.ready()
    rows = service.ask("GET", "/api/dataset")[1]["data"]["rows"]
    lines = small_csv.read_text(encoding="utf-8").splitlines(keepends=True)[:1001]
    write(tmp_path / "sql" / "new.sql", ONE)
    is_new_there = False
    with table.open("w", encoding="utf-8") as file:
        for line in lines:  # a request between two lines: much longer in all than the table would have to stay the same
            file.write(line)
            file.flush()
            assert has_rows(service, rows)
            is_new_there = is_new_there or answers(service, "new", 202)
    assert is_new_there
    wait_until(lambda: has_rows(service, 1000))
    service.send(signal.SIGTERM)
    assert service.ended() == (0, "")


POLL = "0.05"


def release(folder: Path, answer: int) -> Path:
    """A folder of statistics whose `one` gives this answer."""
    return folder_of(folder, one=ONE.replace("1 as", f"{answer} as"))


def switch(link: Path, target: Path) -> None:
    """As Kubernetes and deployments do: the link leads to one or to the other."""
    new = link.with_name("new-link")
    new.symlink_to(target)
    new.replace(link)


async def gives(client: Client, answer: int) -> bool:
    return bool((await client.get("/api/one?wait=60")).body.get("data") == {"answer": answer})


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
@pytest.mark.parametrize("below", [".", "sql"], ids=["the folder is a link", "a folder above it is a link"])
async def test_a_switched_link_is_taken_up(serve: Serve, tmp_path: Path, below: str) -> None:
    """`current -> release-2`, and the next time, and the time after that."""
    for number in range(1, 5):
        (tmp_path / f"release-{number}").mkdir()
        release(tmp_path / f"release-{number}" / below, number)
    switch(tmp_path / "current", tmp_path / "release-1")
    client = await serve(catalog_watch="true", catalog_poll=POLL, catalog_folder=tmp_path / "current" / below)
    for number in (1, 2, 3, 4):
        switch(tmp_path / "current", tmp_path / f"release-{number}")
        await until(partial(gives, client, number))


@pytest.mark.skipif(os.name == "nt", reason="links need a privilege on Windows")
async def test_a_config_map_of_kubernetes_is_taken_up(serve: Serve, small_csv: Path, tmp_path: Path) -> None:
    """Each file is a link through `..data`; when that is switched statistics and table change, again and again."""
    lines = small_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    mount = tmp_path / "mount"
    mount.mkdir()
    for number in range(1, 4):
        version = release(mount / f"..2026_{number}", number)
        (version / "table.csv").write_text("".join(lines[: 401 + number]), encoding="utf-8")
    switch(mount / "..data", Path("..2026_1"))
    for name in ("one.sql", "table.csv"):
        (mount / name).symlink_to(Path("..data") / name)
    files = {"catalog_folder": mount, "dataset_csv": mount / "table.csv"}
    client = await serve(catalog_watch="true", catalog_poll=POLL, **files)
    for number in (1, 2, 3):
        switch(mount / "..data", Path(f"..2026_{number}"))
        await until(partial(gives, client, number))
        await until(partial(counts, client, 400 + number))
    assert (await client.get("/api/statistics")).body["faults"] == []


async def counts(client: Client, rows: int) -> bool:
    return bool((await client.get("/api/dataset")).body["data"]["rows"] == rows)


async def test_a_folder_replaced_by_another_is_taken_up(serve: Serve, tmp_path: Path) -> None:
    """`mv` puts another in its place, again and again, and files that change in it then are taken up too."""
    folder = release(tmp_path / "live", 1)
    client = await serve(catalog_watch="true", catalog_poll=POLL, catalog_folder=folder)
    for number in (2, 4, 6):
        new = release(tmp_path / "new", number)
        folder.rename(tmp_path / f"old-{number}")
        new.rename(folder)
        await until(partial(gives, client, number))
        write(folder / "one.sql", ONE.replace("1 as", f"{number + 1} as"))
        await until(partial(gives, client, number + 1))


async def test_a_folder_that_is_gone_loses_nothing(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """What was loaded serves until it is back, and the log names each file that is missed."""
    folder = release(tmp_path / "live", 1)
    client = await serve(catalog_watch="true", catalog_poll=POLL, catalog_folder=folder)
    folder.rename(tmp_path / "away")
    await until(lambda: "live/one.sql:1: cannot be read: No such file or directory; its last good" in caplog.text)
    assert await gives(client, 1)
    write(tmp_path / "away" / "one.sql", ONE.replace("1 as", "2 as"))
    (tmp_path / "away").rename(folder)
    await until(partial(gives, client, 2))


@pytest.mark.parametrize("watch", ["true", "false"])
async def test_litter_is_no_statistic(serve: Serve, tmp_path: Path, watch: str) -> None:
    """Hidden files, and what editors leave beside a file, are neither served nor faults, loaded or watched."""
    folder = release(tmp_path / "live", 1)
    for name in (".#x.sql", "._x.sql", ".x.sql", "x.sql~", "4913", "x.sql.swp", ".x.sql.swp", "#x.sql#"):
        (folder / name).write_text("no statistic", encoding="utf-8")
    client = await serve(catalog_watch=watch, catalog_poll=POLL, catalog_folder=folder)
    listed = (await client.get("/api/statistics")).body
    assert ([statistic["name"] for statistic in listed["data"]], listed["faults"]) == (["one"], [])


async def test_litter_that_comes_is_not_taken_up(
    serve: Serve, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """An editor's files beside a statistic cause no reload, not even links that lead nowhere."""
    caplog.set_level("INFO")
    folder = release(tmp_path / "live", 1)
    client = await serve(catalog_watch="true", catalog_poll=POLL, catalog_folder=folder)
    (folder / ".#one.sql").symlink_to("nobody@nowhere.1234")
    (folder / "4913").touch()
    write(folder / "one.sql", ONE.replace("1 as", "2 as"))
    await until(partial(gives, client, 2))
    await until(lambda: "reloaded: changed one" in caplog.text)
    assert caplog.text.count("reloaded") == 1


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")
def test_a_hangup_reloads(start: Start, tmp_path: Path) -> None:
    """SIGHUP does it once, without `watch`."""
    service = start()
    service.ready()
    write(tmp_path / "sql" / "dropped.sql", ONE)
    service.send(signal.SIGHUP)
    wait_until(lambda: answers(service, "dropped", 202))
    wait_until(lambda: has_logged(service, "reloaded: added dropped"))
