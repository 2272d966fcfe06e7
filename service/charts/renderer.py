"""Renders pictures in a process of its own, since vl-convert holds the GIL; one at a time, within limits."""

from __future__ import annotations

import asyncio
import logging
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from contextlib import suppress
from pathlib import Path

from msgspec import Raw

from service.charts import render_process
from service.encoding import encode_line
from service.errors import ServiceError, Unavailable
from service.settings import Charts as Limits

log = logging.getLogger(__name__)

VEGA_LITE = "6.4"
PATIENCE = 1.0
"""Seconds for the exit code of a process that ended by itself."""


class Renderer:
    """For the event loop. A picture that fails, takes too long or is no longer wanted costs only its process."""

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._turn = asyncio.Lock()
        self._waiting = 0
        self._process: Process | None = None

    async def render(self, spec: bytes, image_format: str, scale: float) -> bytes:
        """A Vega-Lite spec as `svg` or `png`.

        Raises Unavailable when too many are waiting, and ServiceError when the picture cannot be drawn in time.
        """
        if self._waiting >= self._limits.max_pending:
            raise Unavailable(
                f"{self._waiting} pictures are waiting to be drawn, which is the limit; ask again in a second",
                retry_after=1,
            )
        task = {"format": image_format, "version": VEGA_LITE, "scale": scale, "spec": Raw(spec.strip())}  # on one line
        self._waiting += 1
        try:
            async with self._turn:
                return await self._within_limit(encode_line(task))
        finally:
            self._waiting -= 1

    async def _within_limit(self, task: bytes) -> bytes:
        success, limit = False, self._limits.time_limit
        try:
            async with asyncio.timeout(limit):
                success, body = await self._exchange(task)
        except TimeoutError:
            log.error("a picture took longer than %g s; its process is killed", limit)
            raise ServiceError(f"the picture took longer than {limit:g} s; ask for less", status=504) from None
        except (asyncio.IncompleteReadError, ConnectionError):
            log.error("the process that draws pictures ended with exit code %s", await self._exit_code())
            reason = "the picture could not be drawn: its process ended; ask again, or for less"
            raise Unavailable(reason, retry_after=1) from None
        finally:
            if not success:
                await self.close()
        if not success:
            log.error("a picture could not be drawn: %s", body.decode())
            raise ServiceError("the picture could not be drawn; the log has the details")
        return body

    async def _exchange(self, task: bytes) -> tuple[bool, bytes]:
        """Whether the task succeeded, and the picture or the fault."""
        if self._process is None or self._process.returncode is not None:
            self._process = await asyncio.create_subprocess_exec(
                sys.executable,
                "-I",
                str(Path(render_process.__file__)),
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
        success, size = (await reader.readuntil()).split()
        return success == b"1", await reader.readexactly(int(size))

    async def _exit_code(self) -> int | None:
        """Of a process that has closed its output, and so is about to end; None when it does not."""
        with suppress(TimeoutError):
            async with asyncio.timeout(PATIENCE):
                return await self._process.wait() if self._process else None
        return None

    async def close(self) -> None:
        """End the process; another render starts a new one."""
        process, self._process = self._process, None
        if process is not None and process.returncode is None:
            process.kill()
            await process.wait()
