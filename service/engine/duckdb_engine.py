"""DuckDB on the dataset in memory."""

from __future__ import annotations

import threading
from contextlib import closing
from weakref import WeakSet

from service.dataset import Dataset
from service.dataset.choices import Choice
from service.engine.duckdb_session import DuckDBSession
from service.engine.functions import FUNCTIONS
from service.engine.spool import Spool


class DuckDBEngine:
    """Owns the dataset, to which it adds the functions; `spool` keeps long results."""

    fault = None

    def __init__(self, dataset: Dataset, spool: Spool) -> None:
        self.facts = dataset.facts
        self.columns = dataset.columns
        self._dataset: Dataset | None = dataset
        self._spool = spool
        self._long: set[str] = set()
        self._lock = threading.Lock()
        self._sessions: WeakSet[DuckDBSession] = WeakSet()
        with closing(dataset.cursor()) as cursor:
            for created in FUNCTIONS.values():
                cursor.execute(created)

    def choices(self, column: str, code: str | None = None) -> tuple[Choice, ...]:
        return self._open().choices(column, code)

    def _open(self) -> Dataset:
        if self._dataset is None:
            raise RuntimeError(f"the engine on dataset {self.facts.version} is closed")
        return self._dataset

    def session(self) -> DuckDBSession:
        with self._lock:
            session = DuckDBSession(self._open().cursor(), self._spool, self._long)
            self._sessions.add(session)
            return session

    def close(self) -> None:
        with self._lock:
            sessions = list(self._sessions)
        for session in sessions:
            session.close()
        # It is let go, since aiohttp remembers applications, and with them their parts, until the process ends.
        dataset, self._dataset = self._dataset, None
        if dataset:
            dataset.close()
