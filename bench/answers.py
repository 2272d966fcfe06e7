"""What answers cost once they are known, what the journal costs, and how fast a long one streams.

`python -m bench.answers` takes a minute and a half. Each figure is a ratio to what was measured in the same
run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
import urllib.request
from pathlib import Path
from statistics import median
from typing import NamedTuple

import duckdb
from rich.console import Console
from rich.table import Table

from bench.ceilings import bare_server
from bench.clients import KINDS, Ask, Client, Load, load
from bench.load import MANY, REAL
from bench.questions import MIX, questions
from bench.service import Process, service

CLIENTS = 8
ROWS = 5_000_000
LONG_SQL = "select range as id, range / 7 as value, 'row ' || (range % 1000) as name from range($rows::bigint)"
LONG = f"""\
-- As many rows as one likes.
-- $rows integer(1..) = 1000: how many
{LONG_SQL}
"""


class Row(NamedTuple):
    """A measurement beside what it is compared with; `aim` is the least share."""

    what: str
    unit: str
    found: float
    beside: float
    aim: float

    @property
    def share(self) -> float:
        """How much of the other it reaches."""
        return self.found / self.beside


def main() -> int:
    """Measure and print; the exit code tells whether every answer was right."""
    options = _options()
    mix = questions(MIX, MANY)

    def measure(process: Process, ask: Ask) -> Load:
        found = load(process.port, CLIENTS, mix, options.seconds, options.client, ask)
        if found.errors:
            raise SystemExit(found.errors[0])
        return found

    def known(what: str, ask: Ask, journal: str) -> Row:
        """Known answers against the bare handler that sends as many bytes, in turns."""
        with service(options.csv, **({} if journal == "on" else {"jobs_journal": ""})) as process:
            size = _mean_bytes(measure(process, ask))
            with bare_server(size) as bare:
                shares = [(measure(process, ask).rate, measure(bare, ask).rate) for _ in range(options.rounds)]
        return Row(what, "1/s", *_middle(shares), 0.6)

    def journal(what: str, **variables: object) -> Row:
        """Jobs with the journal against jobs without, in turns."""
        with service(options.csv, **variables) as written, service(options.csv, jobs_journal="", **variables) as kept:
            for process in (written, kept):
                measure(process, Client.ask)
            shares = [
                (measure(written, Client.ask).rate, measure(kept, Client.ask).rate) for _ in range(options.rounds)
            ]
        return Row(what, "1/s", *_middle(shares), 0.8)

    rows = [
        known("known answers by GET", Client.fetch, "on"),
        known("the mix by POST and results, journal off", Client.ask, "off"),
        known("the mix by POST and results, journal on", Client.ask, "on"),
        journal("the mix, journal on against off"),
        journal("the mix, nothing cached, journal on against off", cache_bytes=0),
        _long(options.csv),
    ]
    Console().print(_table(rows))
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Example: python -m bench.answers --seconds 2 --rounds 3")
    parser.add_argument("--seconds", type=float, default=2, help="how long each measurement takes")
    parser.add_argument("--rounds", type=int, default=3, help="how often; the middle one is shown")
    parser.add_argument("--csv", default=str(REAL) if REAL.is_file() else "", help="the table")
    parser.add_argument("--client", choices=KINDS, default="aiohttp", help="a client as most have it, or the cheap one")
    return parser.parse_args()


def _mean_bytes(found: Load) -> int:
    return found.bytes // len(found.latencies)


def _middle(pairs: list[tuple[float, float]]) -> tuple[float, float]:
    """The pair of the middle ratio."""
    ratio = median(found / beside for found, beside in pairs)
    return min(pairs, key=lambda pair: abs(pair[0] / pair[1] - ratio))


def _long(csv: str) -> Row:
    """Five million rows as CSV, computed and streamed, against DuckDB's own writer to a file."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "long.sql").write_text(LONG, encoding="utf-8")
        with service(csv, catalog_folder=folder) as process:
            begun = time.perf_counter()
            with urllib.request.urlopen(
                f"http://127.0.0.1:{process.port}/api/long.csv?rows={ROWS}&wait=60"
            ) as response:
                size = sum(map(len, iter(lambda: response.read(2**20), b"")))
            streamed = size / (time.perf_counter() - begun)
        begun = time.perf_counter()
        file = Path(folder) / "long.csv"
        with duckdb.connect(config={"threads": 1}) as connection:
            connection.execute(f"copy ({LONG_SQL.replace('$rows', str(ROWS))}) to '{file}'")
        written = file.stat().st_size / (time.perf_counter() - begun)
    return Row("5 million rows as CSV, against DuckDB's writer", "MB/s", streamed / 1e6, written / 1e6, 0.5)


def _table(rows: list[Row]) -> Table:
    table = Table(title=f"{CLIENTS} clients")
    for heading in ("what", "service", "beside", "unit", "share", "aim", ""):
        table.add_column(heading, justify="left" if heading in {"what", "unit"} else "right")
    for row in rows:
        met = "met" if row.share >= row.aim else "NOT MET"
        table.add_row(
            row.what, f"{row.found:.0f}", f"{row.beside:.0f}", row.unit, f"{row.share:.2f}", f"{row.aim:.2f}", met
        )
    return table


if __name__ == "__main__":
    sys.exit(main())
