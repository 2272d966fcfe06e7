"""The SQL of the statistics through DuckDB alone, on one thread: execute, fetchall, JSON of the rows as they are."""

from __future__ import annotations

import time
from itertools import cycle
from pathlib import Path

import msgspec

from bench.questions import Question
from service import dataset as datasets
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.spool import Spool
from service.settings import load_settings
from service.statistics import catalog as catalogs
from service.statistics.parameters import parse_arguments


class PlainSql:
    """What is to be asked of a table, and how long that took so far."""

    def __init__(self, table: Path, questions: list[Question]) -> None:
        settings = load_settings(None, {"HEALTH_DATASET_SOURCE": str(table), "HEALTH_DATASET_VALUE_TYPES": "warn"})
        self._dataset = datasets.load(settings)
        catalog = catalogs.load(settings.path("sql"), DuckDBEngine(self._dataset, Spool(settings)))
        statistics = [catalog.statistics[question.statistic] for question in questions]
        self._asked = cycle(
            (statistic.sql, parse_arguments(statistic.parameters, question.arguments))
            for statistic, question in zip(statistics, questions, strict=True)
        )
        self._cursor = self._dataset.cursor()
        self._cursor.execute("set enable_progress_bar = false")
        self._cpu = self._done = 0.0

    def run(self, seconds: float) -> None:
        """Ask on for so many seconds."""
        begun, cpu = time.perf_counter(), time.thread_time()
        while time.perf_counter() - begun < seconds:
            sql, arguments = next(self._asked)
            msgspec.json.encode({"status": "done", "data": self._cursor.execute(sql, arguments).fetchall()})
            self._done += 1
        self._cpu += time.thread_time() - cpu

    @property
    def milliseconds(self) -> float:
        """The CPU time of one query, in the mean."""
        return self._cpu / self._done * 1000

    def close(self) -> None:
        """Free the table."""
        self._cursor.close()
        self._dataset.close()
