"""What replicas with PostgreSQL do beside the embedded store: `python -m bench.replicas --url postgresql://…`.

The database must be empty or one of the service's own. Clients, replicas and PostgreSQL share the machine's cores.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from itertools import cycle
from pathlib import Path
from tempfile import TemporaryDirectory

import asyncpg
from rich.console import Console
from rich.table import Table

from bench.clients import Load, load
from bench.questions import MIX, questions
from bench.service import Process, service
from service.jobs.postgresql.schema import LOCKS

CASES = {"nothing cached": 0, "all known": 64_000_000}
"""By `[cache] bytes`; without a cache every job runs, since it must be fresh."""


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--url", required=True, help="of the database")
    parser.add_argument("--csv", type=Path, required=True, help="the table")
    parser.add_argument("--clients", type=int, default=16)
    parser.add_argument("--seconds", type=float, default=5)
    parser.add_argument("--replicas", type=int, nargs="*", default=[1, 2, 4])
    options = parser.parse_args()
    table = Table("store", "jobs/s", "median, ms", "99%, ms", title=f"{options.clients} clients, all jobs run")
    for count in (0, *options.replicas):
        with _servers(options, count) as servers:
            found = _load(servers, options)
        latencies = sorted(each for load in found for each in load.latencies)
        row = (sum(load.rate for load in found), *(1000 * _percentile(latencies, share) for share in (0.5, 0.99)))
        table.add_row("embedded" if not count else f"{count} replicas", *(f"{value:.1f}" for value in row))
    console = Console()
    console.print(table)
    console.print(f"A killed replica's jobs ran elsewhere after {_takeover(options):.2f} s (median of 5)")


def _percentile(ordered: list[float], share: float) -> float:
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


@contextmanager
def _servers(options: argparse.Namespace, replicas: int) -> Iterator[list[Process]]:
    """So many replicas, or the service alone with its embedded store."""
    with ExitStack() as stack:
        results = stack.enter_context(TemporaryDirectory())
        shared = {"jobs_store": "postgresql", "jobs_url": options.url, "results_folder": results} if replicas else {}
        settings = {"cache_bytes": 0, "workers_threads": 2, **shared}
        yield [stack.enter_context(service(options.csv, **settings)) for _ in range(max(1, replicas))]


def _load(servers: list[Process], options: argparse.Namespace) -> list[Load]:
    """The same clients, spread over the servers; each question is asked for once only."""
    clients = options.clients // len(servers)
    asked = questions(MIX, 900)

    def one(server: Process) -> Load:
        return load(server.port, cycle(asked), clients=clients, seconds=options.seconds)

    with ThreadPoolExecutor(len(servers)) as threads:
        return list(threads.map(one, servers))


def _takeover(options: argparse.Namespace) -> float:
    """Seconds from the end of a replica until what it ran is claimed by another."""
    return statistics.median(asyncio.run(_one_takeover(options)) for _ in range(5))


async def _one_takeover(options: argparse.Namespace) -> float:
    with _servers(options, 2) as servers:
        connection = await asyncpg.connect(options.url)
        sql = "select replica from health.jobs where id = (select max(id) from health.jobs) and state = 'running'"
        try:
            body = b'{"question":"Q036"}'
            reader, writer = await asyncio.open_connection("127.0.0.1", servers[0].port)
            head = f"POST /api/states_mean?fresh=true HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: {len(body)}\r\n"
            writer.write(head.encode() + b"Content-Type: application/json\r\n\r\n" + body)
            await reader.readline()
            writer.close()
            await connection.execute(
                "update health.jobs set state = 'running', replica = $1, finished_at = null, answer = null "
                "where id = (select max(id) from health.jobs)",
                await connection.fetchval("select max(objid::int) from pg_locks where classid = $1::oid", LOCKS),
            )
            victim = servers[-1]
            victim.process.kill()
            begun = time.perf_counter()
            while await connection.fetchval(sql) is not None:  # noqa: ASYNC110 - replicas change it
                await asyncio.sleep(0.005)
            return time.perf_counter() - begun
        finally:
            await connection.close()


if __name__ == "__main__":
    main()
