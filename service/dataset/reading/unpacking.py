"""Files as they lie on the disk → unpacked ones."""

from __future__ import annotations

import bz2
import errno
import gzip
import hashlib
import lzma
import shutil
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, Any

import pyarrow as pa

from service.dataset.reading import file_kinds
from service.dataset.reading.raw import File
from service.errors import DatasetError

BLOCK = 2**20
UNREADABLE = (
    *(OSError, EOFError, zlib.error, lzma.LZMAError),
    *(zipfile.BadZipFile, RuntimeError, NotImplementedError),  # the last two: encrypted, or of an unknown kind
)
"""What unpacking raises."""
LITTER = ("__MACOSX/", ".DS_Store")
SHOWN = 5
"""Files of an archive in a message."""


@contextmanager
def unpacked(path: Path, compression: str, scratch: Path) -> Iterator[File]:
    """The content of `path`, unpacked where `compression` or, if that is "", its content says so.

    What is made for it stays in `scratch` for as long as the context lasts. Raises DatasetError.
    """
    with _room_in(scratch), ExitStack() as stack:

        def new_path() -> Path:
            scratch.mkdir(parents=True, exist_ok=True)
            return Path(stack.enter_context(TemporaryDirectory(dir=scratch))) / "table"

        try:
            packed = compression or file_kinds.compression(path)
            content = path if packed == "none" else _unpack(path, packed, new_path())
            file = File(path=content, name=str(path), sha256=_hash(content), new_path=new_path)
        except UNREADABLE as error:
            if getattr(error, "errno", None) == errno.ENOSPC:
                raise
            raise DatasetError(f"{path}: cannot be read: {error or 'it ends too early'}") from None
        yield file


@contextmanager
def _room_in(scratch: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        if error.errno != errno.ENOSPC:
            raise
        raise DatasetError(f"{scratch}: no room to unpack or convert the table: {error.strerror}; make room") from None


def _unpack(path: Path, packed: str, target: Path) -> Path:
    with OPENERS[packed](path) as source, target.open("wb") as file:
        shutil.copyfileobj(source, file, BLOCK)
    return target


@contextmanager
def _only_member(path: Path) -> Iterator[IO[bytes]]:
    """The one file of a zip archive, or its one CSV beside others, such as a licence."""
    with zipfile.ZipFile(path) as archive:
        names = [info.filename for info in archive.infolist() if not info.is_dir()]
        names = [name for name in names if not any(litter in name for litter in LITTER)]
        tables = names if len(names) == 1 else [name for name in names if name.lower().endswith(".csv")]
        if len(tables) != 1:
            raise DatasetError(f"{path}: {_inventory(names, len(tables))}; it must hold exactly one table")
        with archive.open(tables[0]) as member:
            yield member


def _inventory(names: list[str], tables: int) -> str:
    if not names:
        return "a zip archive without files"
    more = f" and {len(names) - SHOWN} more" if len(names) > SHOWN else ""
    return f"a zip archive that holds {tables} CSV files among its {len(names)}: {', '.join(names[:SHOWN])}{more}"


def _zstd(path: Path) -> Any:
    return pa.input_stream(path, compression="zstd")  # unlike zstandard's own, it notices a missing end


OPENERS: dict[str, Callable[[Path], Any]] = {
    "gzip": gzip.open,
    "zip": _only_member,
    "bz2": bz2.open,
    "xz": lzma.open,
    "zstd": _zstd,
}
"""The compressions that the setting names, besides `none`: each opens a file to be read unpacked."""


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
