"""A service for tests of jobs."""

from __future__ import annotations

import itertools
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from service.runtime.lifespan import Service, lifespan
from tests.client import Client
from tests.conftest import Serve, settings_for
from tests.folders import folder_of
from tests.jobs.database import Database
from tests.jobs.replicas import LONG, Replica
from tests.postgresql import PostgreSQL, running
from tests.process import FAST, SLOW


@pytest.fixture
async def slow(serve: Serve, tmp_path: Path) -> Client:
    """A service with two workers and a statistic that does not end by itself."""
    client: Client = await serve(catalog_folder=folder_of(tmp_path / "sql", slow=SLOW, fast=FAST))
    return client


@pytest.fixture(scope="session")
def postgresql() -> Iterator[PostgreSQL]:
    with running() as server:
        yield server


NUMBERS = itertools.count(1)


@pytest.fixture
def database(postgresql: PostgreSQL) -> Database:
    name = f"jobs{next(NUMBERS)}"
    postgresql.create(name)
    return Database(postgresql, name)


@pytest.fixture
async def replica(database: Database, small_csv: Path, tmp_path: Path) -> AsyncIterator[Replica]:
    """A function that starts one more replica, with statistics of its own; all share the folder of long answers."""
    async with AsyncExitStack() as stack:
        numbers = iter("abcdefgh")

        async def start(fast: str = FAST, slow: str = SLOW, **variables: object) -> Service:
            folder = tmp_path / next(numbers)
            folder.mkdir()
            sql = folder_of(folder / "sql", slow=slow, fast=fast, long=LONG)
            given = {"dataset_csv": small_csv, "catalog_folder": sql, "workers_threads": 1, "results_memory_rows": 1000}
            given["results_folder"] = tmp_path / "results"
            settings = settings_for(folder, **given | variables)
            return await stack.enter_async_context(lifespan(database.settings(settings)))

        yield start
