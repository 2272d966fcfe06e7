"""The two ceilings: a bare aiohttp handler that sends the same bytes, and a bare loop of the same SQL.

Run as `python -m bench.ceilings` it is that handler.
"""

from __future__ import annotations

import asyncio
import itertools
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import NamedTuple

import msgspec
import uvloop
from aiohttp import web

from bench.questions import Question
from bench.service import Process, running
from service import dataset as datasets
from service.dataset import Dataset
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.spool import Spool
from service.settings import load_settings
from service.statistics import catalog as catalogs
from service.statistics.catalog import Catalog
from service.statistics.parameters import parse_arguments

ACCEPTED = b'{"job_id":1,"status":"queued"}'


class Rate(NamedTuple):
    """How many a second, and the CPU time of one in seconds."""

    rate: float
    cpu: float


@contextmanager
def bare_server(size: int) -> Iterator[Process]:
    """An aiohttp server whose every result has so many bytes."""
    with running(["-m", "bench.ceilings", str(size)], {}, r"on (\d+)") as process:
        yield process


def serve(size: int) -> None:
    """Serve a POST that accepts, and a GET that answers with bytes made before."""
    results = b'{"status":"done","data":"' + b"x" * max(0, size - 27) + b'"}'

    async def accept(request: web.Request) -> web.Response:
        await request.read()
        return web.Response(body=ACCEPTED, status=202, content_type="application/json")

    async def answer(request: web.Request) -> web.Response:
        return web.Response(body=results, content_type="application/json")

    async def main() -> None:
        app = web.Application()
        app.router.add_post("/api/{statistic}", accept)
        app.router.add_get("/api/results/{id}", answer)
        app.router.add_get("/api/{statistic}", answer)
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0).start()
        sys.stdout.write(f"on {runner.addresses[0][1]}\n")
        sys.stdout.flush()
        await asyncio.sleep(3600)

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(main())


class BareLoop:
    """The SQL of the statistics on as many cursors as the service has workers, with nothing around it but JSON."""

    def __init__(self, csv: str) -> None:
        settings = load_settings(None, {"HEALTH_DATASET_CSV": csv})
        self._threads = settings.worker_threads
        self._dataset: Dataset = datasets.load(settings)
        engine = DuckDBEngine(self._dataset, Spool(settings))
        self._catalog: Catalog = catalogs.load(settings.path("sql"), engine)

    def measure(self, questions: list[Question], seconds: float) -> Rate:
        """Queries a second, and the CPU time of one with its JSON."""
        asked = [self._query(question) for question in questions]
        turns = itertools.count()
        begun, cpu = time.perf_counter(), time.process_time()

        def work() -> int:
            cursor = self._dataset.cursor()
            done = 0
            while time.perf_counter() - begun < seconds:
                sql, arguments, shape = asked[next(turns) % len(asked)]
                rows = cursor.execute(sql, arguments).fetchall()
                msgspec.json.encode({"status": "done", "data": shape(rows)})
                done += 1
            cursor.close()
            return done

        with ThreadPoolExecutor(self._threads) as executor:
            done = sum(future.result() for future in [executor.submit(work) for _ in range(self._threads)])
        return Rate(done / (time.perf_counter() - begun), (time.process_time() - cpu) / done)

    def _query(self, question: Question) -> tuple[str, dict[str, object], Callable[..., object]]:
        statistic = self._catalog.statistics[question.statistic]
        return statistic.sql, parse_arguments(statistic.parameters, question.arguments), statistic.shape

    def close(self) -> None:
        """Free the table."""
        self._dataset.close()


if __name__ == "__main__":
    serve(int(sys.argv[1]))
