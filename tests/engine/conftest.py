"""Engines on one table, and a cluster, for the engine's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from service.engine.opening import open_engine
from service.engine.protocol import Engine, Session
from service.engine.spool import Spool
from service.settings import Settings
from tests.conftest import settings_for
from tests.exported import exported_once, served
from tests.spark import Sail, on_cluster, running, with_long_cluster

MAKERS: dict[str, Callable[[Settings, pytest.FixtureRequest], Settings]] = {
    "duckdb": lambda settings, _: settings,
    "parquet": lambda settings, _: served(settings.root, exported_once(settings), **own(settings)),
    "sail": lambda settings, request: on_cluster(settings, request.getfixturevalue("sail"), **own(settings)),
}
"""Settings of each engine, on the same table."""


def own(settings: Settings) -> dict[str, object]:
    """What they have in common."""
    return {"results_memory_rows": settings.results.memory_rows, "results_folder": settings.results.folder}


def opened(settings: Settings) -> Engine:
    return open_engine(settings, Spool(settings))


@pytest.fixture(scope="session")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sail]:
    """One that no test kills."""
    with running(tmp_path_factory.mktemp("sail")) as sail:
        yield sail


@pytest.fixture(scope="module")
def some_rows(sample_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A table of some thousand rows; results of more than 100 rows are long."""
    folder = tmp_path_factory.mktemp("protocol")
    csv = folder / "table.csv"
    lines = sample_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    csv.write_text("".join([lines[0], *lines[1::20]]), encoding="utf-8")
    return settings_for(folder, dataset_csv=csv, results_memory_rows=100, results_folder=folder / "results")


@pytest.fixture(params=with_long_cluster(MAKERS))
def make(request: pytest.FixtureRequest, some_rows: Settings) -> Callable[[], Engine]:
    """Opens an engine that the test closes."""
    return lambda: opened(MAKERS[request.param](some_rows, request))


@pytest.fixture(scope="module", params=with_long_cluster(MAKERS))
def engine(request: pytest.FixtureRequest, some_rows: Settings) -> Iterator[Engine]:
    with closing(opened(MAKERS[request.param](some_rows, request))) as engine:
        yield engine


@pytest.fixture
def session(engine: Engine) -> Iterator[Session]:
    with closing(engine.session()) as session:
        yield session
