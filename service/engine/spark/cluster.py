"""The cluster: one session of Spark Connect for all threads, made anew when the cluster has lost it."""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Callable, Mapping
from contextlib import redirect_stdout
from io import StringIO
from typing import Any, TypeVar

import pyarrow as pa
from pyspark.errors import PySparkException
from pyspark.sql.connect.client import DefaultChannelBuilder
from pyspark.sql.connect.client.retries import DefaultPolicy
from pyspark.sql.connect.session import SparkSession

from service.engine.spark.faults import UNREACHABLE, TooManyRows, first_line, is_unreachable
from service.errors import Unavailable
from service.settings import Settings

T = TypeVar("T")

# An error says the same.
warnings.filterwarnings("ignore", r"\[RETRIES_EXCEEDED\]", UserWarning)

log = logging.getLogger(__name__)

MOST_ROWS = 500_000
"""What a block may give. More would fill the memory here, and is to be reduced there."""
RETRIES = DefaultPolicy(max_retries=3, initial_backoff=200, backoff_multiplier=3, max_backoff=2000)
"""Of each call while the cluster cannot be reached: it is some three seconds until it gives up."""
RECONNECT = [(f"grpc.{bound}_reconnect_backoff_ms", 200) for bound in ("initial", "max")]
"""Milliseconds between two attempts to connect. gRPC would wait longer each time, up to two minutes, and meanwhile fail
every call, also once the cluster is there again."""
REMEMBERED = 10.0
"""Seconds for which a cluster that could not be reached counts as one that cannot."""


class Cluster:
    """Its methods may be called from any thread, and raise what pyspark does, and Unavailable once it is closed."""

    def __init__(self, settings: Settings, views: Mapping[str, pa.Table | str]) -> None:
        """`views` are small tables, or SQL, which other SQL finds by their names. Nothing is sent before it is used."""
        self._url = settings.engine.url
        self._table = settings.engine.table
        self._views = dict(views)
        self._lock = threading.Lock()
        self._session: SparkSession | None = None
        self._running: dict[str, SparkSession] = {}
        self._closed = False
        self._unreachable: tuple[float, PySparkException] | None = None
        """Since when, and what told so."""

    @property
    def address(self) -> str:
        """Without what may be a token."""
        scheme, _, rest = self._url.partition("//")
        return f"{scheme}//{rest.partition('/')[0]}"

    @property
    def fault(self) -> str | None:
        """Whether it could not be reached a moment ago, in words."""
        found = self._unreachable
        return UNREACHABLE if found and time.monotonic() - found[0] < REMEMBERED else None

    def schema(self, sql: str, arguments: Mapping[str, Any]) -> pa.Schema:
        """The columns that SQL gives, without running it."""
        return self._tried(lambda session: session.sql(sql, args=dict(arguments)).limit(0).toArrow().schema)

    def rows(self, sql: str, arguments: Mapping[str, Any], tag: str) -> pa.Table:
        """What SQL gives, unless `interrupt` with the tag ends it. Raises TooManyRows."""

        def fetched(session: SparkSession) -> pa.Table:
            self._running[tag] = session
            session.addTag(tag)
            try:
                return session.sql(sql, args=dict(arguments)).limit(MOST_ROWS + 1).toArrow()
            finally:
                session.removeTag(tag)
                del self._running[tag]

        found = self._tried(fetched)
        if found.num_rows > MOST_ROWS:
            raise TooManyRows(MOST_ROWS)
        return found

    def plan(self, sql: str, arguments: Mapping[str, Any]) -> str:
        """How the cluster would run it. Not for several threads: it is read from the standard output."""
        with redirect_stdout(StringIO()) as told:
            self._tried(lambda session: session.sql(sql, args=dict(arguments)).explain(mode="formatted"))
        return told.getvalue().strip()

    def interrupt(self, tag: str) -> None:
        session = self._running.get(tag)
        if session:
            session.interruptTag(tag)

    def _tried(self, work: Callable[[SparkSession], T]) -> T:
        """Once more with a new session where the cluster knows the old one no longer, as after a restart."""
        session = self._opened()
        try:
            return work(session)
        except PySparkException as error:
            self._note(error)
            if is_unreachable(error) or not self._is_lost(session):
                raise
            log.warning("%s: a new session after: %s", self.address, first_line(error))
            self._lose(session)
            return work(self._opened())

    def _is_lost(self, session: SparkSession) -> bool:
        try:
            _ = session.table("health").schema
        except PySparkException:
            return True
        return False

    def _opened(self) -> SparkSession:
        asked = time.monotonic()
        with self._lock:
            if self._closed:
                raise Unavailable("the table that this ran on has been replaced; ask again")
            if self._session is None:
                if self._unreachable and self._unreachable[0] > asked:  # found while this thread waited for its turn
                    raise self._unreachable[1]
                self._session = self._open()
                self._unreachable = None
            return self._session

    def _open(self) -> SparkSession:
        session = SparkSession(DefaultChannelBuilder(self._url, RECONNECT))
        session.client.set_retry_policies([RETRIES])
        try:
            found = session.read.parquet(self._table) if "/" in self._table else session.table(self._table)
            found.createOrReplaceTempView("health")
            for name, view in self._views.items():
                found = session.sql(view) if isinstance(view, str) else session.createDataFrame(view)
                found.createOrReplaceTempView(name)
        except PySparkException as error:
            self._note(error)
            session.release_session_on_close = False
            session.stop()
            raise
        return session

    def _note(self, error: PySparkException) -> None:
        """Clients are told that the cluster cannot be reached, and the log why."""
        if is_unreachable(error):
            self._unreachable = time.monotonic(), error
            log.error("%s: cannot be reached: %s", self.address, first_line(error))

    def _lose(self, session: SparkSession) -> None:
        """Unless another thread was faster."""
        with self._lock:
            if self._session is session:
                self._session = None

    def close(self) -> None:
        """The cluster is told in a thread, since it may take its time to answer."""
        with self._lock:
            session, self._session, self._closed = self._session, None, True
        if session:
            threading.Thread(target=session.stop, daemon=True).start()
