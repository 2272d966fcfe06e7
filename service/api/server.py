"""The process: load, listen, drain, close. On every way out cursors and connection are closed, in that order."""

from __future__ import annotations

import asyncio
import errno
import gc
import logging
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from aiohttp import web

from service.api.app import make_app
from service.api.protocol_errors import Runner
from service.dataset.source import sweep
from service.errors import StartError
from service.runtime import lifespan as office
from service.runtime.editions import Library
from service.runtime.file_watcher import watch
from service.runtime.lifespan import Office
from service.runtime.shutdown import Shutdown
from service.settings import Settings

log = logging.getLogger(__name__)

MENDS = {
    errno.EADDRINUSE: "end what uses it, or choose another port, as in HEALTH_SERVER_PORT=5001",
    errno.EACCES: "choose a port from 1024 on, as in HEALTH_SERVER_PORT=5001",
}
"""What to do when it cannot listen, by the error's number."""
SIGNALS = (signal.SIGTERM, signal.SIGINT)


def run(settings: Settings) -> int:
    """Serve until told to end; the exit code. Raises StartError when it cannot start."""
    begun = time.perf_counter()
    sweep(settings)
    library = Library(settings)
    try:
        with _collecting_rarely(), asyncio.Runner(loop_factory=_loop_factory()) as runner:
            graceful = runner.run(_serve(settings, library, begun))
    finally:
        library.close()
    return 0 if graceful else 1


@contextmanager
def _collecting_rarely() -> Iterator[None]:
    """Look for garbage cycles rarely: walking the thousands of kept jobs each time took a quarter of the CPU time.

    What was loaded stays for good, and a job's end leaves no cycles, so there is little to find.
    """
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 50, 100)
    try:
        yield
    finally:
        gc.unfreeze()  # else DuckDB reports at exit what it believes to have leaked


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    if sys.platform == "win32":
        return None
    import uvloop  # noqa: PLC0415 - not there on Windows

    return uvloop.new_event_loop


async def _serve(settings: Settings, library: Library, begun: float) -> bool:
    async with office.opened(settings, library) as parts:
        shutdown = Shutdown(parts.pool, settings.server.linger, journal=parts.journal is not None)
        _listen_to_signals(shutdown)
        watching = asyncio.ensure_future(watch(settings, library, parts.pool))
        runner = make_runner(settings, library, parts, shutdown)
        graceful = False
        try:
            await runner.setup()
            await _open(runner, settings)
            log.info("ready after %.2f s on %s", time.perf_counter() - begun, ", ".join(map(_url, runner.addresses)))
            graceful = await shutdown.completed()
        finally:
            watching.cancel()
            parts.events.close()
            if not graceful:
                parts.pool.abandon()
            await runner.cleanup()
    log.info("ended")
    return graceful


def make_runner(settings: Settings, library: Library, parts: Office, shutdown: Shutdown) -> web.AppRunner:
    """What serves; a handler is told when its client goes away."""
    app = make_app(settings, library, parts, shutdown)
    return Runner(
        app,
        access_log=None,
        shutdown_timeout=1,
        handler_cancellation=True,
        max_line_size=settings.server.max_body,  # an address with a long list is refused by us, in JSON
    )


def _listen_to_signals(shutdown: Shutdown) -> None:
    loop = asyncio.get_running_loop()
    for number in SIGNALS:
        if sys.platform == "win32":
            signal.signal(number, lambda n, _: loop.call_soon_threadsafe(shutdown.signal, signal.Signals(n).name))
        else:
            loop.add_signal_handler(number, shutdown.signal, number.name)


async def _open(runner: web.AppRunner, settings: Settings) -> None:
    host, port = settings.server.host, settings.server.port
    try:
        await web.TCPSite(runner, host, port).start()
    except OSError as error:
        mend = MENDS.get(error.errno or 0, "mend host in [server]")
        raise StartError(f"cannot listen on {host}:{port}: {error.strerror}; {mend}") from None


def _url(address: tuple[str, int]) -> str:
    return f"http://{address[0]}:{address[1]}"
