"""Ten times as many requests as can be answered: `python -m bench.overload`.

They arrive whether or not earlier ones are answered, as those of strangers do. What cannot be taken must be refused at
once, what is taken must not wait for long, and afterwards all must be as before. The exit code is 1 when it is not.
"""

from __future__ import annotations

import argparse
import asyncio
import math
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import uvloop
from aiohttp import ClientSession, TCPConnector
from rich.console import Console

from bench.bounds import Bound, exit_code, percentile
from bench.service import service
from bench.visitors import SLOW
from service import cores

PATH = "/api/slow?millions={millions}&fresh=true&wait=60"
WORKERS = max(1, cores.usable() - 1)
"""One core is left for these clients and the event loop: else what is measured is how they share the others."""
TENFOLD = 10
QUIET = 0.3
"""Of the capacity: a service that has little to do."""
MOST_TIMES = 3
"""The p99 of what is taken, by that of a quiet service."""
RECOVERY = 1.0
"""Seconds after which all must be as before, but for a tenth that the machine may be to blame for."""


class Reply(NamedTuple):
    """`at` and `seconds` count from when it was to be sent, however late that was."""

    at: float
    seconds: float
    status: int


def main() -> int:
    """Measure, print, and tell by the exit code."""
    options = _options()
    with TemporaryDirectory() as folder:
        (Path(folder) / "slow.sql").write_text(SLOW, encoding="utf-8")
        pending = options.max_pending or WORKERS
        with (
            service("", catalog_folder=folder, workers_threads=WORKERS, workers_max_pending=pending) as process,
            asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner,
        ):
            return runner.run(_measure(f"http://127.0.0.1:{process.port}", options, Console()))


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Example: python -m bench.overload --seconds 5")
    parser.add_argument("--seconds", type=float, default=5, help="how long each measurement takes")
    parser.add_argument("--millions", type=int, default=4, help="how much one job computes; 4 are some 50 ms")
    parser.add_argument("--max-pending", type=int, default=0, help="of the service; else none waits")
    return parser.parse_args()


async def _measure(base: str, options: argparse.Namespace, console: Console) -> int:
    path = PATH.format(millions=options.millions)
    async with ClientSession(base, connector=TCPConnector(limit=0)) as session:
        capacity = await _capacity(session, path, options.seconds)
        quiet = _taken(await _arrivals(session, path, QUIET * capacity, options.seconds))
        replies = await _arrivals(session, path, TENFOLD * capacity, options.seconds)
        after = await _arrivals(session, path, QUIET * capacity, options.seconds)
    usual, taken = percentile(quiet, 0.99), _taken(replies)
    refused = [reply.seconds for reply in replies if reply.status == 503]
    later = [reply.seconds if reply.status == 200 else math.inf for reply in after if reply.at > RECOVERY]
    console.print(f"capacity: {capacity:.0f}/s; a quiet service's p99: {usual * 1000:.0f} ms")
    console.print(f"arrived: {len(replies)} in {max(reply.at for reply in replies):.1f} s; taken: {len(taken)}")
    console.print(f"p99 of what was refused: {percentile(refused or [0], 0.99) * 1000:.0f} ms")
    return exit_code(
        console,
        [
            Bound("answers other than 200 and 503", len(replies) - len(taken) - len(refused), 0),
            Bound("capacity by what was done under it", capacity * options.seconds / max(1, len(taken)), 2),
            Bound("p99 of what was taken, by the quiet one", percentile(taken, 0.99) / usual, MOST_TIMES),
            Bound("p90 from a second after it on, by the quiet p99", percentile(later, 0.9) / usual, MOST_TIMES),
        ],
    )


async def _capacity(session: ClientSession, path: str, seconds: float) -> float:
    """Jobs a second with as many clients as there are workers."""
    begun, done = time.perf_counter(), 0

    async def ask() -> None:
        nonlocal done
        while time.perf_counter() - begun < seconds:
            await _ask(session, path, time.perf_counter(), begun)
            done += 1

    await asyncio.gather(*(ask() for _ in range(WORKERS)))
    return done / (time.perf_counter() - begun)


async def _arrivals(session: ClientSession, path: str, rate: float, seconds: float) -> list[Reply]:
    """So many a second, evenly; none waits for another."""
    begun = time.perf_counter()
    async with asyncio.TaskGroup() as group:
        tasks = []
        for number in range(int(rate * seconds)):
            due = begun + number / rate
            await asyncio.sleep(due - time.perf_counter())
            tasks.append(group.create_task(_ask(session, path, due, begun)))
    return [task.result() for task in tasks]


async def _ask(session: ClientSession, path: str, due: float, begun: float) -> Reply:
    async with session.get(path) as response:
        await response.read()
    return Reply(at=due - begun, seconds=time.perf_counter() - due, status=response.status)


def _taken(replies: list[Reply]) -> list[float]:
    return [reply.seconds for reply in replies if reply.status == 200]


if __name__ == "__main__":
    sys.exit(main())
