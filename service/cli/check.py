"""Check SQL files as at the start, and run their examples."""

from __future__ import annotations

import argparse
import time
from pathlib import Path

from rich.table import Table

from service import dataset as datasets
from service.cli.output import show
from service.engine.duckdb_engine import Engine
from service.engine.spool import Spool
from service.errors import StatisticFault
from service.settings import Settings
from service.statistics import contract

EXAMPLE = "check sql/best5.sql"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: every file of [catalog] folder")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """The exit code is 1 when a file has a fault."""
    files = options.files or sorted(settings.path(settings.catalog.folder).glob("*.sql"))
    dataset = datasets.load(settings)
    session = Engine(dataset, Spool(settings)).session()
    table = Table("file", "examples", "ms", "result")
    faults = 0
    try:
        for file in files:
            begun = time.perf_counter()
            try:
                statistic = contract.read(file, session, dataset.choices)
                examples, result = str(len(statistic.examples)), "; ".join(statistic.doubts) or "good"
                faults += bool(statistic.doubts)
            except StatisticFault as fault:
                examples, result, faults = "", fault.reason, faults + 1
            table.add_row(str(file), examples, f"{(time.perf_counter() - begun) * 1000:.0f}", result)
    finally:
        session.close()
        dataset.close()
    show(table)
    return 1 if faults or not files else 0
