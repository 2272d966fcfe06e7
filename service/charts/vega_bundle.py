"""The drawing library of the web page: Vega, Vega-Lite and vega-embed, bundled by vl-convert and kept on disk.

Bundling takes a second or two and holds the GIL all that time, so a process of its own does it, once for each version
of vl-convert. `python -m service.charts.vega_bundle FILE` is that process.
"""

from __future__ import annotations

import asyncio
import hashlib
import importlib.metadata
import logging
import sys
from asyncio.subprocess import PIPE
from pathlib import Path

from service.compression import CODINGS, IDENTITY, compress
from service.errors import Unavailable
from service.settings import ROOT

log = logging.getLogger(__name__)

PACKAGE = "vl-convert-python"
EXPORTS = "export {vegaEmbed};"
VERSION = importlib.metadata.version(PACKAGE)
HASH = hashlib.sha256(f"{PACKAGE} {VERSION} {EXPORTS} {[*CODINGS]}".encode()).hexdigest()[:12]
"""The package and the exports decide every byte of the bundle, so its address is known before it is made."""
TIME_LIMIT = 120.0


class Bundle:
    """The bundle's file with its compressed twins, made when it is first asked for."""

    def __init__(self, folder: Path) -> None:
        self.path = folder / f"vega-{VERSION}-{HASH}.js"
        self._making: asyncio.Task[None] | None = None

    async def ready(self, coding: str) -> Path:
        """The path in this content coding, once the file exists; raises Unavailable when it cannot be made."""
        if making := self.begin():
            await asyncio.shield(making)
        return _twin(self.path, coding)

    def begin(self) -> asyncio.Task[None] | None:
        """Start making the file unless it exists or is being made; after a failure, try again."""
        if self.path.is_file():
            return None
        if self._making is None or self._making.done():
            self._making = asyncio.create_task(self._make())
            self._making.add_done_callback(_log_failure)
        return self._making

    async def close(self) -> None:
        if self._making:
            self._making.cancel()
            await asyncio.wait([self._making])

    async def _make(self) -> None:
        process = await asyncio.create_subprocess_exec(
            *(sys.executable, "-m", "service.charts.vega_bundle", str(self.path)), cwd=ROOT, stderr=PIPE
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
            log.error("%s: %s", self.path, errors.decode(errors="replace").strip().rpartition("\n")[2])
            raise _unavailable(f"it ended with exit code {process.returncode}, and the log has the details")


def _unavailable(why: str) -> Unavailable:
    return Unavailable(f"the drawing library cannot be made from {PACKAGE}, so the page shows tables only: {why}")


def _log_failure(made: asyncio.Task[None]) -> None:
    if not made.cancelled() and (error := made.exception()):
        log.error("%s", error)


def write(path: Path) -> None:
    """Make the file and its twins; the plain one comes last, so that where it is, all are."""
    import vl_convert  # noqa: PLC0415 - 70 MB of library, which the service itself need not load

    body = vl_convert.javascript_bundle(EXPORTS).encode()
    path.parent.mkdir(parents=True, exist_ok=True)
    for coding in CODINGS:
        _replace(_twin(path, coding), compress(body, coding, "once"))
    _replace(path, body)


def _twin(path: Path, coding: str) -> Path:
    """The compressed file beside the bundle."""
    return path if coding == IDENTITY else path.with_name(f"{path.name}.{coding}")


def _replace(path: Path, content: bytes) -> None:
    part = path.with_name(f"{path.name}.part")
    part.write_bytes(content)
    part.replace(path)


if __name__ == "__main__":
    write(Path(sys.argv[1]))
