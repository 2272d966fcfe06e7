"""Check SQL files as at the start, and run their examples."""

from __future__ import annotations

import argparse
import time
from contextlib import closing
from pathlib import Path

from rich.table import Table

from service.cli.output import show
from service.engine.opening import KINDS
from service.engine.protocol import Unsupported
from service.errors import StartError, StatisticFault
from service.runtime.lifespan import opened_edition
from service.settings import Settings
from service.statistics import catalog, contract
from service.statistics.statistic import Statistic
from service.statistics.trial import doubts

EXAMPLE = "check sql/best5.sql"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--engine", choices=KINDS, default="", help="say also what is known not to run on this one")
    parser.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: every file of [catalog] folder")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """The exit code is 1 when a file has a fault, or an example that does not work."""
    files = options.files or _every_file(settings.path(settings.catalog.folder))
    table = Table("file", "examples", "ms", "result")
    bad = 0
    with opened_edition(settings) as edition, closing(edition.engine.session()) as session:
        for file in files:
            begun = time.perf_counter()
            try:
                statistic = contract.read(file, edition.engine.choices, session)
                examples, found = str(len(statistic.examples)), doubts(statistic, edition.engine.choices, session)
                found += _unportable(statistic, options.engine)
            except StatisticFault as fault:
                examples, found = "", fault.reasons()
            bad += bool(found)
            milliseconds = f"{(time.perf_counter() - begun) * 1000:.0f}"
            for result in found or ["good"]:
                table.add_row(str(file), examples, milliseconds, result)
    show(table)
    return 1 if bad or not files else 0


def _unportable(statistic: Statistic, engine: str) -> list[str]:
    try:
        if engine:
            KINDS[engine].require_portable(statistic.sql)
    except Unsupported as fault:
        return [f"{statistic.file}:{fault.line}: {fault}"]
    return []


def _every_file(folder: Path) -> list[Path]:
    try:
        return catalog.files(folder)
    except OSError as error:
        raise StartError(f"{folder}: cannot be read: {error.strerror}; correct folder in [catalog]") from None
