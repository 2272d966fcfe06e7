"""A long answer in one format as a file, for who reads it in parts."""

from __future__ import annotations

import shutil
import weakref
from collections.abc import Iterator
from pathlib import Path
from tempfile import mkdtemp
from typing import BinaryIO

from service.engine.result import stamp
from service.engine.spool import PREFIX
from service.errors import BadRequest, Unavailable
from service.threads import in_long_thread


class RenderingFile:
    """It is removed, with its folder, when nobody has this object any more."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.bytes = path.stat().st_size
        self._stamp = stamp(path)
        weakref.finalize(self, shutil.rmtree, path.parent, ignore_errors=True)

    @property
    def is_there(self) -> bool:
        return self._stamp == stamp(self.path)


async def write(folder: Path, most_bytes: int, pieces: Iterator[bytes]) -> RenderingFile:
    """All pieces, in a file in `folder`; what an earlier process left there is removed at the start.

    Raises BadRequest for more than `most_bytes`, and Unavailable when the disk is full.
    """
    try:
        path = _folder_in(folder) / "rendering"
    except OSError as error:
        raise _no_room(error) from None
    try:
        with path.open("wb") as file:
            while await in_long_thread(_step, file, most_bytes, pieces):
                pass
        return RenderingFile(path)
    except BaseException as error:
        shutil.rmtree(path.parent, ignore_errors=True)
        if isinstance(error, OSError):
            raise _no_room(error) from None
        raise


def _folder_in(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)  # again, if somebody has removed it
    return Path(mkdtemp(prefix=PREFIX, dir=folder))


def _step(file: BinaryIO, most_bytes: int, pieces: Iterator[bytes]) -> bool:
    """Write the next piece; false when there is none."""
    piece = next(pieces, None)
    if piece is None:
        return False
    file.write(piece)
    if file.tell() > most_bytes:
        reason = "in this format the answer is longer than [results] disk_bytes allows; ask without Range"
        raise BadRequest(f"{reason}, or for less")
    return True


def _no_room(error: OSError) -> Unavailable:
    reason = f"the disk has no room for the answer in this format: {error.strerror}; ask without Range"
    return Unavailable(reason, retry_after=60)
