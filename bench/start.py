"""How long a user waits at the beginning: `python -m bench.start`.

For the start, for `run.py ask` and for the first picture, as where requirements.txt alone is installed.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory

from rich.console import Console
from rich.table import Table

from bench.jobs import REAL
from bench.service import ROOT, WITHOUT_NUMPY, service

ASK = ("ask", "state_mean", "--question", "Q036", "--state", "OH")
PICTURE = "/api/state_trend.{}?question=Q036&state=OH"
ROUNDS = 5


def main() -> None:
    """Measure in turns, and print the median of each and its range."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=ROUNDS, help=f"how often; default: {ROUNDS}")
    parser.add_argument("--csv", type=Path, default=REAL if REAL.is_file() else None, help="the table")
    options = parser.parse_args()
    source = str(options.csv or "")
    with TemporaryDirectory() as folder:
        first = dict(_waits(source, folder, "svg"))["the start"]
        found: dict[str, list[float]] = {"the first start on a table": [first]}
        for number in range(options.rounds):
            for name, seconds in _waits(source, folder, ("svg", "png")[number % 2]):
                found.setdefault(name, []).append(seconds)
    table = Table("seconds until", "median", "from", "to")
    for name, each in found.items():
        table.add_row(name, *(f"{seconds:.2f}" for seconds in (median(each), min(each), max(each))))
    Console().print(table)


def _waits(source: str, folder: str, kind: str) -> Iterator[tuple[str, float]]:
    """What was waited for, and its seconds; the folder keeps the table's snapshot from one time to the next."""
    begun = time.perf_counter()
    with service(source, WITHOUT_NUMPY, server_var=folder) as server:
        yield "the start", time.perf_counter() - begun
        address = f"http://127.0.0.1:{server.port}{PICTURE.format(kind)}"
        yield f"the first picture, {kind.upper()}", _timed(lambda: urllib.request.urlopen(address).read())
    own = {"HEALTH_DATASET_SOURCE": source, "HEALTH_DATASET_VALUE_TYPES": "warn", "HEALTH_SERVER_VAR": folder}
    yield (
        f"`run.py {' '.join(ASK[:2])}`",
        _timed(
            lambda: subprocess.run(
                [sys.executable, *WITHOUT_NUMPY, *ASK], cwd=ROOT, env=os.environ | own, check=True, capture_output=True
            )
        ),
    )


def _timed(work: Callable[[], object]) -> float:
    begun = time.perf_counter()
    work()
    return time.perf_counter() - begun


if __name__ == "__main__":
    main()
