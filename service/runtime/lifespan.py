"""The one lifespan: every part of the service, opened in order and closed in reverse, whatever fails in between.

The server, the command line and the tests use it, so that what is tested is what runs.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager
from tempfile import TemporaryDirectory
from typing import NamedTuple

import msgspec
from prometheus_client import Histogram

from service.charts.renderer import Renderer
from service.dataset.source import scratch_folder, sweep
from service.engine.opening import open_engine
from service.engine.spool import Spool
from service.formats.rendering import Renderings
from service.jobs.opening import open_store
from service.jobs.protocol import JobStore
from service.runtime import loop_delay
from service.runtime.editions import Edition, Editions
from service.runtime.shutdown import Shutdown
from service.runtime.table_files import TableFiles
from service.settings import Settings
from service.statistics import catalog as catalogs
from service.threads import start_threads


class Service(NamedTuple):
    """What handlers and commands work with."""

    settings: Settings
    editions: Editions
    jobs: JobStore
    renderings: Renderings
    table_files: TableFiles
    spool: Spool
    shutdown: Shutdown
    loop_delays: Histogram


@asynccontextmanager
async def lifespan(settings: Settings, editions: Editions | None = None) -> AsyncIterator[Service]:
    """The running parts, with the jobs of an earlier process; `editions` are given where several services share them.

    Raises StartError when a part cannot be opened: a table, the statistics, the results folder or the journal.
    """
    async with AsyncExitStack() as stack:
        start_threads()
        sweep(settings)
        spool = Spool(settings)
        spool.require_writable()
        if editions is None:
            editions = stack.enter_context(closing(Editions(settings, spool)))
        renderer = Renderer(settings.charts)
        stack.push_async_callback(renderer.close)
        jobs = await stack.enter_async_context(open_store(settings, spool, editions.query, editions.fits))
        stack.callback(jobs.stop)
        delays = Histogram("health_loop_delay_seconds", "How late the event loop is.", registry=None)
        stack.callback(asyncio.ensure_future(loop_delay.measure(delays)).cancel)
        yield Service(
            settings=settings,
            editions=editions,
            jobs=jobs,
            renderings=Renderings(jobs.answers, renderer, settings.results, spool.folder),
            table_files=TableFiles(editions, settings.results, spool.folder),
            spool=spool,
            shutdown=Shutdown(jobs, settings.server.linger, durable=jobs.durable),
            loop_delays=delays,
        )


@contextmanager
def opened_edition(settings: Settings) -> Iterator[Edition]:
    """The table and the statistics alone, for a command that runs no jobs; raises StartError."""
    with closing(open_engine(settings, Spool(settings))) as engine:
        yield Edition(engine, catalogs.load(settings.path(settings.catalog.folder), engine))


@contextmanager
def standalone(settings: Settings) -> Iterator[Settings]:
    """Settings for a command beside a running service: nothing that the service writes is shared, nothing is kept."""
    folder = scratch_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as scratch:
        yield msgspec.structs.replace(
            settings,
            jobs=msgspec.structs.replace(settings.jobs, store="embedded", journal=""),
            results=msgspec.structs.replace(settings.results, folder=scratch),
        )
