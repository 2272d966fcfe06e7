"""DuckDB on the dataset in memory."""

from __future__ import annotations

import threading

from service.dataset import Dataset, Facts
from service.dataset.choices import Choice
from service.engine.duckdb_session import DuckDBSession
from service.engine.spool import Spool


class DuckDBEngine:
    """Owns the dataset; `spool` keeps long results."""

    def __init__(self, dataset: Dataset, spool: Spool) -> None:
        self._dataset = dataset
        self._spool = spool
        self._long: set[str] = set()
        self._lock = threading.Lock()
        self._sessions: set[DuckDBSession] = set()

    @property
    def facts(self) -> Facts:
        return self._dataset.facts

    @property
    def columns(self) -> tuple[str, ...]:
        return self._dataset.columns

    def choices(self, column: str, code: str | None = None) -> tuple[Choice, ...]:
        return self._dataset.choices(column, code)

    def session(self) -> DuckDBSession:
        with self._lock:
            session = DuckDBSession(self._dataset.cursor(), self._spool, self._long, self._forget)
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
        self._dataset.close()
