"""Spark itself, on a cluster of its own: every statistic, and what happens to queries that are stopped or crash.

SPARK_HOME=…/site-packages/pyspark venv/bin/python -m pytest -m slow tests/engine/test_standalone_spark.py
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from threading import Thread

import pytest

from service.engine.protocol import Interrupted, Session
from service.runtime.lifespan import opened_edition
from service.settings import Settings
from tests.conftest import settings_for
from tests.engine.test_storages import NAMES, Stored, require_equal
from tests.spark import on_cluster
from tests.standalone_spark import Standalone, running
from tests.waiting import wait_until

pytestmark = pytest.mark.slow
LONG = "select sum(a.Data_Value * b.Data_Value * c.Data_Value) as x from health as a cross join health as b cross join "
ENDLESS = f"{LONG} health as c cross join health as d"
SECONDS = f"{LONG} (select Data_Value from health order by Data_Value limit 20) as c"
"""What takes some seconds."""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Standalone]:
    with running(tmp_path_factory.mktemp("spark")) as cluster:
        yield cluster


@pytest.fixture(scope="module")
def memory(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(tmp_path_factory.mktemp("standalone"), dataset_csv=small_csv)


@pytest.fixture(scope="module")
def both(memory: Settings, cluster: Standalone) -> Iterator[tuple[Stored, Stored]]:
    """In memory, and on the cluster."""
    with (
        opened_edition(memory) as one,
        opened_edition(on_cluster(memory, cluster)) as two,
        closing(one.engine.session()) as first,
        closing(two.engine.session()) as second,
    ):
        yield Stored(one, first), Stored(two, second)


class Running(Thread):
    """SQL in a thread of its own."""

    def __init__(self, session: Session, sql: str) -> None:
        super().__init__()
        self.session = session
        self.sql = sql
        self.outcome: object = None
        self.start()

    def run(self) -> None:
        try:
            self.outcome = self.session.run(self.session.prepare("test", self.sql), {}).rows()
        except Exception as error:
            self.outcome = error


@pytest.mark.parametrize("name", NAMES)
def test_every_example_has_the_same_answer(both: tuple[Stored, Stored], name: str) -> None:
    """Columns, types, rows in their order, notes and conclusion."""
    require_equal(*both, name)


def is_busy(cluster: Standalone, running_one: Running) -> bool:
    assert running_one.outcome is None
    return any(executor.cpu_percent(0.2) > 50 for executor in cluster.executors())


def test_an_interrupt_ends_what_runs_there(both: tuple[Stored, Stored], cluster: Standalone) -> None:
    """The executors are free again: for another query."""
    running_one = Running(both[1].session, ENDLESS)
    wait_until(lambda: is_busy(cluster, running_one))
    while running_one.is_alive():
        both[1].session.interrupt()
        running_one.join(0.1)
    assert isinstance(running_one.outcome, Interrupted)
    assert both[1].session.run(both[1].session.prepare("test", "select count(*) as n from health"), {}).rows()


def test_a_query_outlives_an_executor(both: tuple[Stored, Stored], cluster: Standalone) -> None:
    """Spark starts another one, which does its work again."""
    expected = both[0].session.run(both[0].session.prepare("test", SECONDS), {}).rows()
    running_one = Running(both[1].session, SECONDS)
    wait_until(lambda: is_busy(cluster, running_one))
    victim = cluster.executors()[0]
    victim.kill()
    running_one.join()
    assert running_one.outcome == [tuple(map(pytest.approx, row)) for row in expected]
