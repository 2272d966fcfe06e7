"""With `watch`, what changes is taken up by itself."""

from __future__ import annotations

import os
import signal
from pathlib import Path

import pytest

from tests.process import Process, Start, has_logged
from tests.waiting import wait_until

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


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGHUP")
def test_a_hangup_reloads(start: Start, tmp_path: Path) -> None:
    """SIGHUP does it once, without `watch`."""
    service = start()
    service.ready()
    write(tmp_path / "sql" / "dropped.sql", ONE)
    service.send(signal.SIGHUP)
    wait_until(lambda: answers(service, "dropped", 202))
    wait_until(lambda: has_logged(service, "reloaded: added dropped"))
