"""The lifespan: every part is opened and closed in order, whatever fails on the way."""

from __future__ import annotations

import socket
import threading
from pathlib import Path

import pytest

from service.api.server import listening
from service.errors import StartError
from service.runtime.lifespan import Service, lifespan
from service.settings import Settings
from tests.conftest import settings_for


async def test_a_folder_among_the_results_does_not_keep_it_from_starting(small_csv: Path, tmp_path: Path) -> None:
    """A folder named like a file of results is left alone."""
    settings = settings_for(tmp_path, dataset_csv=small_csv)
    (tmp_path / "var" / "results" / "x.arrow").mkdir(parents=True)
    async with lifespan(settings):
        pass
    assert (tmp_path / "var" / "results" / "x.arrow").is_dir()


async def failing_close(settings: Settings, kept: list[Service]) -> None:
    """A lifespan in which the job store cannot be stopped."""

    def fail() -> None:
        raise RuntimeError("does not stop")

    async with lifespan(settings) as service:
        kept.append(service)  # so that no garbage collection closes what the lifespan should
        service.jobs.events.close = fail  # type: ignore[attr-defined]


async def test_a_close_that_fails_skips_none_of_the_rest(small_csv: Path, tmp_path: Path) -> None:
    """The journal's lock is let go although an earlier part could not be closed."""
    settings = settings_for(tmp_path, dataset_csv=small_csv)
    kept: list[Service] = []
    with pytest.raises(RuntimeError, match="does not stop"):
        await failing_close(settings, kept)
    async with lifespan(settings) as service:
        assert await service.jobs.pending() == 0


async def test_a_start_that_fails_leaves_nothing_open(small_csv: Path, tmp_path: Path) -> None:
    """An unusable journal: no thread stays behind."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    settings = settings_for(tmp_path, dataset_csv=small_csv, jobs_journal=str(tmp_path / "file" / "jobs.sqlite3"))
    before = set(threading.enumerate())
    with pytest.raises(StartError, match="the journal cannot be made"):
        async with lifespan(settings):
            pass
    assert {thread for thread in threading.enumerate() if thread.name.startswith(("worker", "journal"))} <= before


def our_threads() -> set[threading.Thread]:
    return {thread for thread in threading.enumerate() if thread.name.startswith(("worker", "journal"))}


async def test_a_port_in_use_leaves_nothing_open(small_csv: Path, tmp_path: Path) -> None:
    """No thread stays behind, and the journal can be opened again."""
    before = our_threads()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        settings = settings_for(tmp_path, dataset_csv=small_csv, server_port=taken.getsockname()[1])
        with pytest.raises(StartError, match="choose another port"):
            async with lifespan(settings) as service, listening(service):
                pass
    assert our_threads() <= before
    async with lifespan(settings):
        pass


async def test_a_journal_in_use_is_left_to_its_service(small_csv: Path, tmp_path: Path) -> None:
    """The second service does not start, leaves nothing open, and does the first one no harm."""
    settings = settings_for(tmp_path, dataset_csv=small_csv)
    async with lifespan(settings) as service:
        before = our_threads()
        with pytest.raises(StartError):
            async with lifespan(settings):
                pass
        assert our_threads() <= before
        job = (await service.jobs.submit(service.editions.query("best5", {"question": "Q036"}))).job
        assert (await service.jobs.get(job.id)).id == 1
