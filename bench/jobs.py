"""What a job costs, beside its parts and beside a service by Flask and pandas: `python -m bench.jobs --help`."""

from __future__ import annotations

import argparse
import json
import math
import platform
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec
from rich.console import Console

from bench.cases import CASES, DEFAULT, VARIANTS, Case
from bench.clients import load
from bench.questions import Question, everything
from bench.report import Found, table
from bench.rounds import Bench
from bench.service import rival, service
from bench.tables import repeated
from service.cores import usable
from service.dataset.source import locate
from service.settings import load_settings

REAL = Path(__file__).parent.parent.parent / "shared" / "data" / "npao-brfss-2011-2021.csv.zip"


def main() -> None:
    """Measure and print; ends with an error at the first wrong answer."""
    options, console = _options(), Console(width=200)
    settings = load_settings(None, {"HEALTH_DATASET_SOURCE": str(options.csv or "")})
    rows = locate(settings).path
    _compare(rows)
    console.print(f"{len(everything())} answers of both services are the same", style="dim")
    found = []
    with TemporaryDirectory() as folder:
        for case, times in _chosen(options):
            bench = Bench(repeated(rows, times, Path(folder)), options.clients, options.seconds)
            variants = list(VARIANTS) if times == 1 else [DEFAULT]
            rounds = [bench.round(case, variants) for _ in range(options.rounds)]
            found.append(Found(case, times, rounds))
            console.print(f"{found[-1].name}: ratio {found[-1].ratio:.2f}, share {found[-1].share:.2f}", style="dim")
            if options.json:
                options.json.write_bytes(msgspec.json.encode([_record(each) for each in found]))
    title = f"{options.clients} clients, {usable()} cores, Python {platform.python_version()}, {rows.name}"
    console.print(table(found, title))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Example: python -m bench.jobs --only 'all known' --rounds 1")
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--seconds", type=float, default=6, help="how long each is measured, in turns")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the median is shown")
    parser.add_argument("--only", action="append", choices=[case.name for case in CASES], help="a case")
    parser.add_argument("--times", type=int, action="append", help="also the first case with so many times the rows")
    parser.add_argument("--csv", type=Path, default=REAL if REAL.is_file() else None, help="the table")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures of every round there too")
    return parser.parse_args()


def _chosen(options: argparse.Namespace) -> Iterator[tuple[Case, int]]:
    """Cases, and how often the table's rows are repeated."""
    for case in CASES:
        if not options.only or case.name in options.only:
            yield case, 1
    for times in options.times or ():
        yield CASES[0], times


def _compare(rows: Path) -> None:
    """Both services must give the same to all questions that differ."""
    answers: list[dict[str, Any]] = [{}, {}]
    for server, found in zip((service(rows), rival(rows)), answers, strict=True):

        def keep(question: Question, body: bytes, found: dict[str, Any] = found) -> None:
            found[question.path()] = json.loads(body)["data"]

        with server as running:
            load(running.port, everything(), clients=8, seen=keep)
    ours, theirs = answers
    for asked, data in ours.items():
        if not _same(data, theirs[asked]):
            raise SystemExit(f"{asked}: the service gives {data}, and Flask and pandas {theirs[asked]}")


def _same(one: Any, other: Any) -> bool:
    if isinstance(one, dict) and isinstance(other, dict):
        return one.keys() == other.keys() and all(_same(one[key], other[key]) for key in one)
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-9, abs_tol=1e-9)
    return bool(one == other)


def _record(found: Found) -> dict[str, Any]:
    rounds = [
        {"sql_ms": each.sql, **{name: figures._asdict() for name, figures in each.figures.items()}}
        for each in found.rounds
    ]
    return {"case": found.name, "ratio": found.ratio, "share": found.share, "rounds": rounds}


if __name__ == "__main__":
    main()
