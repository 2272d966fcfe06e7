"""Jobs per second, latency and cost of the running service, beside what bounds them: `python -m bench.load --help`."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path
from typing import NamedTuple

import msgspec
from rich.console import Console
from rich.table import Table

from bench.ceilings import BareLoop, bare_server
from bench.clients import KINDS, Load, load
from bench.questions import MIX, STATISTICS, Question, questions
from bench.service import Process, service

REAL = Path(__file__).parent.parent.parent / "shared" / "data" / "npao-brfss-2011-2021.csv.zip"
MANY = 900
PROTOTYPE = 0.16
"""The jobs per second of a rough prototype, as a share of the bare handler's."""


class Row(NamedTuple):
    """One measurement; times in milliseconds. `parts` is one bare query with its JSON and two bare requests."""

    asked: str
    clients: int
    rate: float
    p50: float
    p99: float
    cpu: float
    parts: float
    bare_rate: float
    loop_rate: float
    polls: float
    errors: list[str]

    @property
    def ratio(self) -> float:
        """The server's CPU time for a job against the sum of its parts."""
        return self.cpu / self.parts

    @property
    def share(self) -> float:
        """Jobs per second against the bare handler's."""
        return self.rate / self.bare_rate


def main() -> int:
    """Measure, print, and tell by the exit code whether every answer was right."""
    options = _options()
    console = Console()
    rows = []
    bare = BareLoop(options.csv)
    with service(options.csv, cache_bytes=0, jobs_journal="") as process:
        for asked in options.only or (*STATISTICS, MIX):
            for clients in options.clients:
                rows.append(_row(process, bare, asked, clients, options))
                console.print(f"{asked}, {clients} clients: {rows[-1].rate:.0f} jobs/s", style="dim")
        memory = process.peak_memory() / 1e6
    bare.close()
    console.print(_table(rows))
    aims = _aims(rows, process.ready_after, memory)
    for aim, met in aims:
        console.print(f"{'met    ' if met else 'NOT MET'} {aim}")
    for error in [error for row in rows for error in row.errors]:
        console.print(error, style="red")
    if options.json:
        found = {"rows": [row._asdict() for row in rows], "ready_after_s": process.ready_after, "memory_mb": memory}
        options.json.write_bytes(msgspec.json.encode(found))
    return 1 if any(row.errors for row in rows) else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Example: python -m bench.load --only 'mix of the nine' --clients 8")
    parser.add_argument("--clients", type=lambda text: [int(n) for n in text.split(",")], default=[1, 8, 32])
    parser.add_argument("--seconds", type=float, default=4, help="how long each measurement takes")
    parser.add_argument("--only", action="append", choices=[*STATISTICS, MIX])
    parser.add_argument(
        "--csv", default=str(REAL) if REAL.is_file() else "", help="the table (default: real, else sample)"
    )
    parser.add_argument("--client", choices=KINDS, default="raw", help="the cheap generator, or aiohttp's client")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the figures there too")
    return parser.parse_args()


def _row(process: Process, bare: BareLoop, asked: str, clients: int, options: argparse.Namespace) -> Row:
    seconds, kind = options.seconds, options.client
    mix = questions(asked, MANY)
    load(process.port, clients, mix, 0.5, kind)
    cpu = process.cpu()
    found = load(process.port, clients, mix, seconds, kind)
    cpu = (process.cpu() - cpu) / max(1, len(found.latencies))
    loop = bare.measure(mix, seconds / 2)
    handler, handler_cpu = _bare(found, clients, mix, options)
    return Row(
        asked,
        clients,
        found.rate,
        found.percentile(0.5),
        found.percentile(0.99),
        cpu * 1000,
        (loop.cpu + handler_cpu) * 1000,
        handler.rate,
        loop.rate,
        found.polls / len(found.latencies),
        found.errors,
    )


def _bare(found: Load, clients: int, mix: list[Question], options: argparse.Namespace) -> tuple[Load, float]:
    """The bare handler's load with results of the same mean size, and the CPU time of its two requests in seconds."""
    with bare_server(found.bytes // len(found.latencies)) as process:
        cpu = process.cpu()
        handler = load(process.port, clients, mix, options.seconds / 2, options.client)
        return handler, (process.cpu() - cpu) / len(handler.latencies)


def _table(rows: list[Row]) -> Table:
    table = Table(title="POST to answer; ms")
    for heading in (
        "asked",
        "clients",
        "jobs/s",
        "p50",
        "p99",
        "CPU/job",
        "parts",
        "ratio",
        "bare handler/s",
        "share",
        "bare SQL/s",
        "polls",
    ):
        table.add_column(heading, justify="left" if heading == "asked" else "right")
    for row in rows:
        table.add_row(
            row.asked, f"{row.clients}", f"{row.rate:.0f}", f"{row.p50:.1f}", f"{row.p99:.1f}", f"{row.cpu:.2f}",
            f"{row.parts:.2f}", f"{row.ratio:.2f}", f"{row.bare_rate:.0f}", f"{row.share:.2f}", f"{row.loop_rate:.0f}",
            f"{row.polls:.2f}",
        )  # fmt: skip
    return table


def _aims(rows: list[Row], ready_after: float, memory: float) -> list[tuple[str, bool]]:
    aims = [
        (f"ready within 2.5 s of its start: {ready_after:.2f} s", ready_after <= 2.5),
        (f"under 250 MB: {memory:.0f} MB at most", memory < 250),
    ]
    for row in (row for row in rows if row.asked == MIX):
        at = f"at {row.clients} clients, {row.asked}"
        aims.append((f"CPU a job at most 1.4 of its parts {at}: {row.ratio:.2f}", row.ratio <= 1.4))
        aims.append((f"over {PROTOTYPE} of the bare handler's jobs {at}: {row.share:.2f}", row.share > PROTOTYPE))
        if row.clients == 8:
            aims.append((f"p99 under 30 ms {at}: {row.p99:.1f} ms", row.p99 < 30))
    return aims


if __name__ == "__main__":
    sys.exit(main())
