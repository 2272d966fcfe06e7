"""An empty database for a test."""

from __future__ import annotations

from typing import NamedTuple

import msgspec

from service.settings import Settings
from tests.postgresql import PostgreSQL


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
