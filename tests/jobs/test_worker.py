"""A worker's session: it is its engine's, and a retired engine closes no other's."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service import dataset as datasets
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.spool import Spool
from service.jobs.query import make_query
from service.jobs.runner.in_flight import InFlight
from service.jobs.runner.worker import Run, Worker
from service.settings import Settings
from service.statistics import catalog as catalogs
from tests.conftest import settings_for
from tests.folders import folder_of

ROWS = "-- Rows.\n-- returns: row\nselect count(*) as rows from health"


@pytest.fixture
def settings(small_csv: Path, tmp_path: Path) -> Settings:
    """A table of a hundred rows with one statistic."""
    table = tmp_path / "table.csv"
    table.write_text("".join(small_csv.read_text(encoding="utf-8").splitlines(keepends=True)[:101]), encoding="utf-8")
    folder = folder_of(tmp_path / "sql", rows=ROWS)
    return settings_for(tmp_path, dataset_csv=table, catalog_folder=folder)


@pytest.fixture
def worker() -> Iterator[Worker]:
    with closing(InFlight(None)) as in_flight, closing(Worker(0, in_flight)) as worker:
        yield worker


def engine_of(settings: Settings) -> DuckDBEngine:
    return DuckDBEngine(datasets.load(settings), Spool(settings))


def rows(worker: Worker, settings: Settings, engine: DuckDBEngine) -> object:
    """What the statistic gives on an engine, run by the worker."""
    statistic = catalogs.load(settings.path(settings.catalog.folder), engine).statistics["rows"]
    return worker.work(Run(make_query(engine, statistic, {}))).answer.result.rows()


def test_a_retired_engine_leaves_the_session_on_its_successor(worker: Worker, settings: Settings) -> None:
    """The worker has gone over to the new engine before the old one is closed."""
    with closing(engine_of(settings)) as old, closing(engine_of(settings)) as new:
        assert rows(worker, settings, old) == rows(worker, settings, new) == [(100,)]
        old.close()
        assert rows(worker, settings, new) == [(100,)]


def test_a_worker_goes_over_after_its_engine_was_closed(worker: Worker, settings: Settings) -> None:
    """The worker was idle meanwhile, and has the closed session still."""
    with closing(engine_of(settings)) as old, closing(engine_of(settings)) as new:
        rows(worker, settings, old)
        old.close()
        assert rows(worker, settings, new) == [(100,)]


def test_a_job_on_the_old_engine_may_follow_one_on_the_new(worker: Worker, settings: Settings) -> None:
    """What was queued before a reload may be taken after what came later."""
    with closing(engine_of(settings)) as old, closing(engine_of(settings)) as new:
        for engine in (old, new, old, new):
            assert rows(worker, settings, engine) == [(100,)]
        old.close()
        assert rows(worker, settings, new) == [(100,)]


def test_a_worker_can_be_interrupted_and_closed_after_its_engine(worker: Worker, settings: Settings) -> None:
    """At the end of the process nobody knows which of them is closed first."""
    with closing(engine_of(settings)) as engine:
        rows(worker, settings, engine)
    worker.interrupt()
    assert worker.progress() is None
    worker.close()
