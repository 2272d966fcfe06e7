"""Everything at once for as long as one likes, and what must stay level meanwhile: `python -m bench.soak --minutes 60`.

Memory, descriptors and threads are looked at twice a second, and every job is accounted for. The exit code is 1 when
a bound is broken.
"""

from __future__ import annotations

import argparse
import asyncio
import re
import shutil
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
from aiohttp import ClientSession, ClientTimeout
from rich.console import Console
from rich.table import Table

from bench.bounds import Bound, exit_code, percentile
from bench.service import Process, service
from bench.visitors import KNOWN, LONG, SLOW, VISITORS, Visit, stay
from data import sample
from service.settings import ROOT

SMALL = {
    "jobs_keep": 500,
    "jobs_keep_bytes": 8_000_000,
    "cache_bytes": 8_000_000,
    "results_disk_bytes": 50_000_000,
}
"""What is kept, so small that it is full within a minute: what still grows then is a leak."""
PAUSE = 0.5
MOST_GROWTH = 0.1
"""Of the memory, after the warm-up: reloads of the table move it by half as much from one moment to the next."""
MOST_OPEN = 16
"""Files of clients that vanished are closed when Python looks for garbage."""
WARM_UP = 1 / 4
"""Of the time, but at most ten minutes."""


class Sample(NamedTuple):
    """The process at one moment; `latency` in seconds is that of an answer that is known."""

    at: float
    memory: int
    descriptors: int
    threads: int
    latency: float


def main() -> int:
    """Run it, print what was found, and tell by the exit code whether every bound was kept."""
    options = _options()
    with TemporaryDirectory() as name:
        folder = Path(name)
        tables = _tables(folder)
        shutil.copy(tables[0], folder / "table.csv")
        own = {"catalog_folder": _statistics(folder), "log_folder": folder / "log"}
        kept = {} if options.default_settings else SMALL
        with service(str(folder / "table.csv"), **own, **kept) as process:
            samples, visit, idle = asyncio.run(_soak(process, folder, tables, options))
            peak = process.peak_memory()
        errors = _errors(folder / "log")
    console, bounds = Console(), [*_bounds(samples, idle), *_accounts(visit, errors)]
    _report(console, samples, visit)
    for text in [*visit.wrong[:20], *errors[:20]]:
        print(text)
    if options.json:
        rows = {"samples": samples, "bounds": bounds, "visits": visit.visits, "ended": visit.ended, "peak": peak}
        options.json.write_bytes(msgspec.json.encode(rows))
    return exit_code(console, bounds)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Example: python -m bench.soak --minutes 2")
    parser.add_argument("--minutes", type=float, default=60, help="how long it takes")
    parser.add_argument("--default-settings", action="store_true", help="keep as much as by default, not less")
    parser.add_argument("--only", action="append", choices=VISITORS, help="these alone, to see what each costs")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write the samples and figures there too")
    return parser.parse_args()


def _tables(folder: Path) -> list[Path]:
    """Two editions of the sample: the second lacks a row, of a question that no known answer is of."""
    sample.write(folder / "one.csv")
    lines = (folder / "one.csv").read_text(encoding="utf-8").splitlines(keepends=True)
    lines.remove(next(line for line in reversed(lines) if ",Q018," in line))
    (folder / "two.csv").write_text("".join(lines), encoding="utf-8")
    return [folder / "one.csv", folder / "two.csv"]


def _statistics(folder: Path) -> Path:
    """Those of sql/, one that takes long and one whose answer is long."""
    shutil.copytree(ROOT / "sql", folder / "sql")
    (folder / "sql" / "slow.sql").write_text(SLOW, encoding="utf-8")
    (folder / "sql" / "long.sql").write_text(LONG, encoding="utf-8")
    return folder / "sql"


async def _soak(
    process: Process, folder: Path, tables: list[Path], options: argparse.Namespace
) -> tuple[list[Sample], Visit, list[Sample]]:
    """The samples, the account, and the process while nobody was there, before and after."""
    base = f"http://127.0.0.1:{process.port}"
    plain = {"Accept-Encoding": "identity"}
    async with ClientSession(base, timeout=ClientTimeout(120), headers=plain, auto_decompress=False) as session:
        visit = Visit(session, process.port, folder / "sql", tables)
        for path in (*KNOWN, "/api/best5.png?question=Q036"):
            await visit.exchange("GET", path)
        idle = [await _sample(process, session)]
        over = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for name in options.only or VISITORS:
                for _ in range(VISITORS[name].number):
                    group.create_task(stay(visit, name, over))
            samples = await _samples(process, session, options.minutes * 60)
            over.set()
        while (await visit.exchange("GET", "/api/num_jobs"))[1] != b'{"num_jobs":0}\n':  # noqa: ASYNC110
            await asyncio.sleep(PAUSE)
    async with ClientSession(base) as session:
        idle.append(await _sample(process, session))
    return samples, visit, idle


async def _samples(process: Process, session: ClientSession, seconds: float) -> list[Sample]:
    found = []
    begun = time.monotonic()
    while time.monotonic() - begun < seconds:
        found.append(await _sample(process, session))
        await asyncio.sleep(PAUSE)
    return found


async def _sample(process: Process, session: ClientSession) -> Sample:
    begun = time.perf_counter()
    async with session.get(KNOWN[0]) as response:
        await response.read()
    latency = time.perf_counter() - begun
    one = process.process
    with one.oneshot():
        return Sample(
            at=time.monotonic(),
            memory=one.memory_info().rss,
            descriptors=one.num_fds(),
            threads=one.num_threads(),
            latency=latency,
        )


def _bounds(samples: list[Sample], idle: list[Sample]) -> list[Bound]:
    """What must have stayed level after the warm-up, and what must be as it was before."""
    begun = samples[0].at
    warm = min(600, (samples[-1].at - begun) * WARM_UP)
    level = [one for one in samples if one.at - begun > warm]
    first, last = level[: len(level) // 3], level[-len(level) // 3 :]
    before, after = idle
    return [
        Bound("memory, last third by first, after the warm-up", _memory(last) / _memory(first), 1 + MOST_GROWTH),
        Bound("p99 of a known answer in ms, last third", _p99(last), max(50, 3 * _p99(first))),
        Bound("threads at most, last third", max(one.threads for one in last), max(one.threads for one in first) + 2),
        Bound("descriptors that stay open when all have left", after.descriptors - before.descriptors, MOST_OPEN),
    ]


def _memory(samples: Sequence[Sample]) -> float:
    return median(one.memory for one in samples)


def _p99(samples: Sequence[Sample]) -> float:
    return percentile((one.latency for one in samples), 0.99) * 1000


def _accounts(visit: Visit, errors: list[str]) -> list[Bound]:
    return [
        Bound("jobs acknowledged whose end nobody saw", visit.acknowledged - visit.ended.total(), 0),
        Bound("wrong answers, statuses and ends", len(visit.wrong), 0),
        Bound("ERROR lines in the log", len(errors), 0),
    ]


def _errors(log: Path) -> list[str]:
    """The lines of that level; the broken file of a statistic is one that is meant."""
    lines = [line for file in log.iterdir() for line in file.read_text(encoding="utf-8").splitlines()]
    return [line for line in lines if re.search(r"\b(ERROR|CRITICAL)\b", line[:40]) and "best5.sql:" not in line]


def _report(console: Console, samples: list[Sample], visit: Visit) -> None:
    table = Table(title="the service, a tenth of the time a row")
    for heading in ("minutes", "memory, MB", "descriptors", "threads", "p99, ms"):
        table.add_column(heading, justify="right")
    size = max(1, len(samples) // 10)
    for part in (samples[at : at + size] for at in range(0, len(samples), size)):
        table.add_row(
            f"{(part[-1].at - samples[0].at) / 60:.1f}", f"{_memory(part) / 1e6:.0f}",
            f"{max(one.descriptors for one in part)}", f"{max(one.threads for one in part)}", f"{_p99(part):.1f}",
        )  # fmt: skip
    console.print(table)
    console.print(f"visits: {dict(visit.visits)}\nstatuses: {dict(visit.statuses)}")
    console.print(f"jobs acknowledged: {visit.acknowledged}, and how they ended: {dict(visit.ended)}")


if __name__ == "__main__":
    sys.exit(main())
