"""The SQL of the statistics through DuckDB alone, on one thread: execute, fetchall, JSON of the rows as they are."""

from __future__ import annotations

import time
from pathlib import Path

import msgspec

from bench.questions import Question
from service import dataset as datasets
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.spool import Spool
from service.settings import load_settings
from service.statistics import catalog as catalogs
from service.statistics.parameters import parse_arguments


def milliseconds(table: Path, questions: list[Question], seconds: float) -> float:
    """The CPU time of one query: the mean of these, or of as many as there is time for."""
    settings = load_settings(None, {"HEALTH_DATASET_CSV": str(table), "HEALTH_DATASET_VALUE_TYPES": "warn"})
    dataset = datasets.load(settings)
    catalog = catalogs.load(settings.path("sql"), DuckDBEngine(dataset, Spool(settings)))
    statistics = [catalog.statistics[question.statistic] for question in questions]
    asked = [
        (statistic.sql, parse_arguments(statistic.parameters, question.arguments))
        for statistic, question in zip(statistics, questions, strict=True)
    ]
    cursor = dataset.cursor()
    cursor.execute("set enable_progress_bar = false")
    begun, cpu, done = time.perf_counter(), time.thread_time(), 0
    for sql, arguments in asked:
        msgspec.json.encode({"status": "done", "data": cursor.execute(sql, arguments).fetchall()})
        done += 1
        if time.perf_counter() - begun > seconds:
            break
    taken = (time.thread_time() - cpu) / done * 1000
    cursor.close()
    dataset.close()
    return taken
