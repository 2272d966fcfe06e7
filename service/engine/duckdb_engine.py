"""DuckDB on the dataset in memory."""

from __future__ import annotations

import threading

from service.dataset import Dataset
from service.dataset.choices import Choice
from service.engine.duckdb_session import DuckDBSession
from service.engine.spool import Spool


class DuckDBEngine:
    """Owns the dataset; `spool` keeps long results."""

    def __init__(self, dataset: Dataset, spool: Spool) -> None:
        self.facts = dataset.facts
        self.columns = dataset.columns
        self._dataset: Dataset | None = dataset
        self._spool = spool
        self._long: set[str] = set()
        self._lock = threading.Lock()
        self._sessions: set[DuckDBSession] = set()

    def choices(self, column: str, code: str | None = None) -> tuple[Choice, ...]:
        return self._open().choices(column, code)

    def _open(self) -> Dataset:
        if self._dataset is None:
            raise RuntimeError(f"the engine on dataset {self.facts.version} is closed")
        return self._dataset

    def session(self) -> DuckDBSession:
        with self._lock:
            session = DuckDBSession(self._open().cursor(), self._spool, self._long, self._forget)
            self._sessions.add(session)
            return session

    def _forget(self, session: DuckDBSession) -> None:
        with self._lock:
            self._sessions.discard(session)

    def close(self) -> None:
        with self._lock:
            still_open = list(self._sessions)
        for session in still_open:
            session.close()
        # It is let go, since aiohttp remembers applications, and with them their parts, until the process ends.
        dataset, self._dataset = self._dataset, None
        if dataset:
            dataset.close()
