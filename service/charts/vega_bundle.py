"""The page's drawing library: Vega, Vega-Lite and vega-embed, taken from vl-convert's package and kept on disk.

It takes a second or two to make and holds the interpreter all that time, so a process of its own makes it, once for
each version of vl-convert. `python -m service.charts.vega_bundle FILE` is that process.
"""

from __future__ import annotations

import asyncio
import gzip
import hashlib
import importlib.metadata
import logging
import sys
from pathlib import Path

from service.errors import Unavailable
from service.settings import ROOT

log = logging.getLogger(__name__)

PACKAGE = "vl-convert-python"
EXPORTS = "export {vegaEmbed};"
VERSION = importlib.metadata.version(PACKAGE)
HASH = hashlib.sha256(f"{PACKAGE} {VERSION} {EXPORTS}".encode()).hexdigest()[:12]
"""What the bundle is made of decides every byte of it, so its address is known before it is made."""
TIME_LIMIT = 120.0


class Bundle:
    """The file of the bundle, beside it the same as .gz and .br; made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"vega-{VERSION}-{HASH}.js"
        self._making: asyncio.Task[None] | None = None

    async def ready(self) -> Path:
        """The path, once the file is there; raises Unavailable when it cannot be made."""
        if not self.path.is_file():
            self.begin()
            if self._making:
                await asyncio.shield(self._making)
        return self.path

    def begin(self) -> None:
        """Begin to make it, where it is not there or being made; after a failure this tries again."""
        if (self._making is None or self._making.done()) and not self.path.is_file():
            self._making = asyncio.create_task(self._make())
            self._making.add_done_callback(_log_failure)

    async def close(self) -> None:
        """Stop making it."""
        if self._making:
            self._making.cancel()
            await asyncio.wait([self._making])

    async def _make(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service.charts.vega_bundle", str(self.path)),
            cwd=ROOT,
            stderr=asyncio.subprocess.PIPE,
        )
        try:
            _, errors = await asyncio.wait_for(process.communicate(), TIME_LIMIT)
        except TimeoutError:
            raise _unavailable(f"it took over {TIME_LIMIT:g} seconds") from None
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()
        if process.returncode:
            raise _unavailable(errors.decode(errors="replace").strip().rpartition("\n")[2])


def _unavailable(why: str) -> Unavailable:
    return Unavailable(f"the drawing library cannot be made from {PACKAGE}, so the page shows tables only: {why}")


def _log_failure(made: asyncio.Task[None]) -> None:
    if not made.cancelled() and (error := made.exception()):
        log.error("%s", error)


def write(path: Path) -> None:
    """Make the file and its compressed twins; the plain one comes last, so that it is there when all are."""
    import brotli  # noqa: PLC0415 - for the process that makes it
    import vl_convert  # noqa: PLC0415 - it is 70 MB of library, which the service itself need not load

    body = vl_convert.javascript_bundle(EXPORTS).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    for suffix, content in ((".br", brotli.compress(body)), (".gz", gzip.compress(body, mtime=0)), ("", body)):
        part = path.with_name(f"{path.name}{suffix}.part")
        part.write_bytes(content)
        part.replace(path.with_name(f"{path.name}{suffix}"))


if __name__ == "__main__":
    write(Path(sys.argv[1]))
