"""A service for tests of jobs."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import msgspec
import pytest

from service.settings import Settings
from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of
from tests.postgresql import PostgreSQL, running
from tests.process import FAST, SLOW


@pytest.fixture
async def slow(serve: Serve, tmp_path: Path) -> Client:
    """A service with two workers and a statistic that does not end by itself."""
    client: Client = await serve(catalog_folder=folder_of(tmp_path / "sql", slow=SLOW, fast=FAST))
    return client


class Database(NamedTuple):
    """An empty database on a real PostgreSQL."""

    server: PostgreSQL
    name: str

    @property
    def url(self) -> str:
        return self.server.url(self.name)

    def settings(self, settings: Settings) -> Settings:
        """The same, but jobs are there."""
        jobs = msgspec.structs.replace(settings.jobs, store="postgresql", url=self.url)
        return msgspec.structs.replace(settings, jobs=jobs)


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
