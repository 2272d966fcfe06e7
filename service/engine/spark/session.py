"""A session on the cluster: it runs the blocks of a statistic's SQL, and DuckDB what is made of their rows."""

from __future__ import annotations

import secrets
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Any

from pyspark.errors import PySparkException

from service.engine.duckdb_session import DuckDBSession
from service.engine.protocol import Comparison, Interrupted, Prepared, Unread, Unsupported
from service.engine.result import Column, Result
from service.engine.spark.blocks import Plan, split
from service.engine.spark.cluster import Cluster
from service.engine.spark.faults import TooManyRows, reason_of, translated

AGAIN = 0.1
"""Seconds between two interrupts of the same run."""
planned = lru_cache(maxsize=1000)(split)
"""By the text, as a changed file is another one."""


class ClusterSession:
    """Of one thread. `judge` has the columns of the cluster's table and none of its rows."""

    def __init__(self, cluster: Cluster, judge: DuckDBSession) -> None:
        self._cluster = cluster
        self._judge = judge
        self._tag = ""
        """Of what runs now."""
        self._stopped = False
        self._interrupting: threading.Thread | None = None

    def prepare(self, name: str, sql: str) -> Prepared:
        prepared = self._judge.prepare(name, sql)
        planned(sql)
        return prepared

    def columns(self, prepared: Prepared, arguments: Mapping[str, Any]) -> tuple[Column, ...]:
        columns = self._judge.columns(prepared, arguments)
        for block in planned(prepared.sql).blocks:
            try:
                self._cluster.schema(block.spark, _bound(block.parameters, arguments))
            except PySparkException as error:
                raise Unsupported(block.line, f"the cluster does not run it: {reason_of(error)}") from None
        return columns

    def comparisons(self, prepared: Prepared) -> list[Comparison]:
        return self._judge.comparisons(prepared)

    def unread(self, prepared: Prepared, name: str, above: int) -> Unread | None:
        return self._judge.unread(prepared, name, above)

    def run(self, prepared: Prepared, arguments: Mapping[str, Any], seconds: float | None = None) -> Result:
        with self._at_work(prepared), self._limited(seconds):
            rest = self._fetched(prepared, arguments)
            if self._stopped:
                raise Interrupted
            return self._judge.run(rest, _bound(rest.parameters, arguments))

    @contextmanager
    def _at_work(self, prepared: Prepared) -> Iterator[None]:
        """May be interrupted meanwhile; fetched rows are freed in the end."""
        self._stopped, self._tag = False, f"health-{secrets.token_hex(8)}"
        try:
            yield
        finally:
            self._tag = ""
            for block in planned(prepared.sql).blocks:
                self._judge.drop(block.table)

    def _fetched(self, prepared: Prepared, arguments: Mapping[str, Any]) -> Prepared:
        """Let the cluster run the blocks; what is left reads their rows."""
        plan: Plan = planned(prepared.sql)
        for block in plan.blocks:
            if self._stopped:
                raise Interrupted
            try:
                rows = self._cluster.rows(block.spark, _bound(block.parameters, arguments), self._tag)
            except (PySparkException, TooManyRows) as error:
                # What an interrupted statement raises is the cluster's to choose.
                raise Interrupted if self._stopped else translated(prepared.name, error) from error
            like = self._judge.prepare(prepared.name, block.shape)
            self._judge.keep(block.table, like, _bound(like.parameters, arguments), rows)
        return self._judge.prepare(prepared.name, plan.rest)

    @contextmanager
    def _limited(self, seconds: float | None) -> Iterator[None]:
        if seconds is None:
            yield
            return
        ended = threading.Event()
        watch = threading.Thread(target=self._interrupt_until, args=(ended, seconds), daemon=True)
        watch.start()
        try:
            yield
        finally:
            ended.set()
            watch.join()

    def _interrupt_until(self, ended: threading.Event, seconds: float) -> None:
        """Again and again: the cluster forgets an interrupt that comes before it has begun."""
        wait = seconds
        while not ended.wait(wait):
            self.interrupt()
            wait = AGAIN

    def explain(self, prepared: Prepared, arguments: Mapping[str, Any]) -> str:
        try:
            plans = [
                self._cluster.plan(block.spark, _bound(block.parameters, arguments))
                for block in planned(prepared.sql).blocks
            ]
        except PySparkException as error:
            raise translated(prepared.name, error) from error
        with self._at_work(prepared):
            rest = self._fetched(prepared, arguments)
            return "\n".join([*plans, self._judge.explain(rest, _bound(rest.parameters, arguments))])

    def interrupt(self) -> None:
        """Ask the cluster in a thread: it may take its time to answer."""
        self._stopped = True
        self._judge.interrupt()
        if self._tag and not (self._interrupting and self._interrupting.is_alive()):
            self._interrupting = threading.Thread(target=self._interrupt, args=(self._tag,), daemon=True)
            self._interrupting.start()

    def _interrupt(self, tag: str) -> None:
        with suppress(PySparkException, ValueError):  # of a channel that is closed; then it ends by itself
            self._cluster.interrupt(tag)

    def progress(self) -> float | None:
        """The cluster does not tell."""
        return None

    def close(self) -> None:
        self._judge.close()


def _bound(names: frozenset[str], arguments: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in arguments.items() if name in names}
