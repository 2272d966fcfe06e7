"""Draws pictures in a process of its own, since drawing holds the GIL; one after the other, within limits."""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from pathlib import Path

from service.charts import render_process as drawing
from service.encoding import encode
from service.errors import ServiceError, Unavailable
from service.settings import Charts as Limits

log = logging.getLogger(__name__)

VEGA_LITE = "6.4"


class Artist:
    """For the event loop. A drawing that fails, takes too long or is not wanted any more costs its process only."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: Process | None = None

    async def draw(self, spec: bytes, form: str, scale: float) -> bytes:
        """A Vega-Lite spec as svg or png; raises Unavailable when too many wait, and ServiceError when it cannot be."""
        if self._waiting >= self._limits.max_pending:
            raise Unavailable(
                f"{self._waiting} pictures are waiting to be drawn, which is the limit; ask again in a second",
                retry_after=1,
            )
        task = b'{"form":%b,"version":%b,"scale":%b,"spec":%b}\n' % (*map(encode, (form, VEGA_LITE, scale)), spec)
        self._waiting += 1
        try:
            async with self._turn:
                return await self._within_limit(task)
        finally:
            self._waiting -= 1

    async def _within_limit(self, task: bytes) -> bytes:
        try:
            async with asyncio.timeout(self._limits.time_limit):
                drawn, body = await self._ask(task)
        except TimeoutError:
            await self._end()
            raise ServiceError(
                f"the picture took longer than {self._limits.time_limit:g} s; ask for less", status=504
            ) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            await self._end()
            raise ServiceError("the picture could not be drawn: its process ended; ask for less") from None
        except BaseException:
            await self._end()
            raise
        if not drawn:
            await self._end()
            log.error("a picture could not be drawn: %s", body.decode())
            raise ServiceError("the picture could not be drawn; the log has the details")
        return body

    async def _ask(self, task: bytes) -> tuple[bool, bytes]:
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(Path(drawing.__file__)),
                stdin=PIPE,
                stdout=PIPE,
                stderr=DEVNULL,
                start_new_session=True,  # Ctrl-C is for the service, which finishes what it has begun
            )
        writer, reader = self._process.stdin, self._process.stdout
        if writer is None or reader is None:
            raise ConnectionError("the process has no pipes")
        writer.write(task)
        await writer.drain()
        drawn, size = (await reader.readuntil()).split()
        return drawn == b"1", await reader.readexactly(int(size))

    async def _end(self) -> None:
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()

    async def close(self) -> None:
        """End the process."""
        await self._end()
