"""Copies of a table's files that stay as they are for as long as a process uses them.

They are kept for the next start; a version that no process uses goes once there are newer ones. Their mode is 0400, in
a folder of 0500, since `allowed_paths` of DuckDB allows writing too: `copy … to` would overwrite them.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path
from typing import IO

import pyarrow as pa

from service.dataset.manifest import Part
from service.dataset.source import PINNED
from service.dataset.stored_files import StoredFiles
from service.errors import DatasetError

KEPT = 2
"""Versions, as of snapshots."""
BLOCK = 2**20


class Pinned:
    """The copies of one version, locked against removal; the lock ends with the process, however that ends."""

    def __init__(self, folder: Path) -> None:
        self._lock = _locked(folder, fcntl.LOCK_SH)
        self.folder = folder

    @property
    def files(self) -> list[Path]:
        return sorted(self.folder.iterdir())

    def close(self) -> None:
        lock, self._lock = self._lock, -1
        if lock >= 0:
            os.close(lock)


def pin(cache: Path, key: str, files: StoredFiles, parts: Iterable[Part]) -> Pinned:
    """The copies of these files below `cache`, made where it has none under `key`.

    Raises DatasetError when a file is not what the manifest says, or when it cannot be copied.
    """
    folder = cache / f"{key}{PINNED}"
    try:
        cache.mkdir(parents=True, exist_ok=True)
        while True:
            if not folder.is_dir():
                _copy(folder, files, parts)
            pinned = Pinned(folder)
            if folder.is_dir():  # else another process removed it before it was locked
                break
            pinned.close()
        os.utime(folder)
    except OSError as error:
        raise DatasetError(f"{files.source}: cannot be copied to {cache}: {error.strerror}") from None
    _sweep(cache)
    return pinned


def _copy(folder: Path, files: StoredFiles, parts: Iterable[Part]) -> None:
    """All or nothing: the folder has its name once its files are whole."""
    new = Path(tempfile.mkdtemp(prefix=f"{folder.name}.", dir=folder.parent))
    lock = _locked(new, fcntl.LOCK_SH)
    try:
        for part, file in zip(parts, files.parts, strict=True):
            with files.opened(file) as source, (new / part.name).open("xb") as copy:
                _copy_checked(source, copy, part, files.source)
            (new / part.name).chmod(0o400)
        new.chmod(0o500)
        with suppress(FileExistsError):  # made by another process meanwhile
            new.rename(folder)
    finally:
        os.close(lock)
        if new.exists():
            _remove(new)


def _copy_checked(source: pa.NativeFile, copy: IO[bytes], part: Part, name: str) -> None:
    digest = hashlib.sha256()
    while block := source.read(BLOCK):
        digest.update(block)
        copy.write(block)
    if digest.hexdigest() != part.sha256:
        raise DatasetError(
            f"{name}: {part.name} was changed after `run.py export` had checked it; export the table again"
        )


def _sweep(cache: Path) -> None:
    """Remove all versions but the newest, and what a killed process left, unless a process uses them."""
    for folder in sorted(cache.glob(f"*{PINNED}*"), key=_used_at)[:-KEPT]:
        with suppress(OSError):  # in use, or already gone
            lock = _locked(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
            try:
                _remove(folder)
            finally:
                os.close(lock)


def _locked(folder: Path, how: int) -> int:
    """A descriptor that holds the lock."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, how)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _remove(folder: Path) -> None:
    folder.chmod(0o700)
    shutil.rmtree(folder)


def _used_at(folder: Path) -> float:
    with suppress(OSError):
        return folder.stat().st_mtime
    return 0.0
