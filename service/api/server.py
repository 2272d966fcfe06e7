"""The process: load, listen, drain, close."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import signal
import sys
import time
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager

from aiohttp import web

from service.api.app import make_app, make_metrics_app
from service.api.connections import Runner
from service.api.metrics import Metrics
from service.api.whereabouts import announced, running_at
from service.errors import InUse, StartError
from service.runtime.descriptors import watch_descriptors
from service.runtime.file_watcher import hangups, watch
from service.runtime.lifespan import Service, lifespan
from service.runtime.memory import share_memory
from service.runtime.shutdown import Shutdown
from service.runtime.slow_callbacks import slow_callbacks_logged
from service.settings import Settings

log = logging.getLogger(__name__)

ADVICE = {
    errno.EADDRINUSE: "end what uses it, or choose another port, as in HEALTH_SERVER_PORT=5001",
    errno.EACCES: "choose a port from 1024 on, as in HEALTH_SERVER_PORT=5001",
}
"""What to do when it cannot listen, by the error's number."""
AIRPLAY = "on a Mac, AirPlay Receiver has port 5000, until it is switched off under AirDrop & Handoff in the settings"
SECOND = "end that one first, or give a second one its own port, journal and folders, as docs/operate.md says"
LONGEST_HEADER = 65536
"""Bytes: browsers send the cookies of every program on a host, which are ignored here."""
OWN = {"0.0.0.0": "127.0.0.1", "::": "::1"}
"""Addresses that stand for every interface, and one of them that can be opened."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(settings: Settings) -> int:
    """Serve until a signal or a request ends it; returns the exit code. Raises StartError when it cannot start."""
    share_memory()
    try:
        with (
            collecting_rarely(),
            asyncio.Runner(loop_factory=_loop_factory(settings)) as runner,
            closing(_serve(settings)) as serving,  # after an early Ctrl-C it is never awaited
        ):
            return 0 if runner.run(serving) else 1
    except InUse:
        url = running_at(settings)
        if url is None:
            raise
        raise StartError(f"already running at {url}; {SECOND}") from None


@contextmanager
def collecting_rarely() -> Iterator[None]:
    """Look for garbage cycles rarely: walking the thousands of kept jobs each time took a quarter of the CPU time.

    A job's end leaves no cycles, so there is little to find.
    """
    before = gc.get_threshold()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()  # else DuckDB reports supposed leaks at exit


def _loop_factory(settings: Settings) -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32" or settings.log.slow_callbacks:
        return None
    import uvloop  # noqa: PLC0415 - not there on Windows

    return uvloop.new_event_loop


async def _serve(settings: Settings) -> bool:
    """Whether it ended gracefully."""
    begun = time.perf_counter()
    with hangups() as hangup:
        async with lifespan(settings) as service:
            gc.collect()
            gc.freeze()  # what was loaded stays until the end
            _listen_to_signals(service.shutdown)
            async with listening(service, hangup) as url:
                with announced(settings, url.partition(", ")[0]), slow_callbacks_logged(settings.log.slow_callbacks):
                    log.info("ready after %.2f s on %s", time.perf_counter() - begun, url)
                    if settings.server.host in OWN:
                        log.info("listening on every address of this machine (%s)", settings.server.host)
                    graceful = await service.shutdown.completed()
        log.info("ended")
        return graceful


@asynccontextmanager
async def listening(service: Service, hangup: asyncio.Event | None = None) -> AsyncIterator[str]:
    """Answer requests, and load changed files, for as long as the context lasts; yields the address.

    When `hangup` is set, files are loaded once. Raises StartError when the address cannot be bound.
    """
    metrics, server = Metrics(service), service.settings.server
    runner = Runner(
        make_app(service, metrics),
        service.settings.connections,
        access_log=None,
        auto_decompress=False,  # bodies that are packed are refused, not unpacked here
        shutdown_timeout=1,
        handler_cancellation=True,  # a handler is cancelled when its client goes away
        max_line_size=server.max_body,  # an address with a long list is refused by us, in JSON
        max_field_size=LONGEST_HEADER,
    )
    async with AsyncExitStack() as stack:
        watching = asyncio.ensure_future(
            watch(service.settings, service.editions, service.jobs, hangup or asyncio.Event())
        )
        stack.callback(watching.cancel)
        counting = asyncio.ensure_future(watch_descriptors())
        stack.callback(counting.cancel)
        await runner.setup()
        stack.push_async_callback(runner.cleanup)
        stack.callback(service.jobs.stop)  # so that event streams end
        metrics.connections = lambda: len(runner.server.connections) if runner.server else 0
        host, port, metrics_port = server.host, server.port, server.metrics_port
        if metrics_port:
            aside = Runner(make_metrics_app(service, metrics), service.settings.connections, access_log=None)
            await aside.setup()
            stack.push_async_callback(aside.cleanup)
            await _open(aside, host, metrics_port)
        await _open(runner, host, port)
        yield ", ".join(address(host, port) for host, port, *_ in runner.addresses)


def address(host: str, port: int) -> str:
    """A URL that a browser on this machine can open, also where `host` stands for every interface."""
    host = OWN.get(host, host)
    return f"http://[{host.replace('%', '%25')}]:{port}" if ":" in host else f"http://{host}:{port}"


def _listen_to_signals(shutdown: Shutdown) -> None:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        if sys.platform == "win32":
            signal.signal(number, lambda n, _: loop.call_soon_threadsafe(shutdown.signal, signal.Signals(n).name))
        else:
            loop.add_signal_handler(number, shutdown.signal, number.name)


async def _open(runner: web.AppRunner, host: str, port: int) -> None:
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        where = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        raise StartError(f"cannot listen on {where}: {error.strerror}; {advice(error.errno, port)}") from None


def advice(number: int | None, port: int, platform: str = sys.platform) -> str:
    """What to do when it cannot listen."""
    text = ADVICE.get(number or 0, "correct host in [server]")
    return f"{text} ({AIRPLAY})" if (number, port, platform) == (errno.EADDRINUSE, 5000, "darwin") else text
