"""Where the table comes from: which file, and how its CSV is unpacked."""

from __future__ import annotations

import gzip
import hashlib
import shutil
import time
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import IO, NamedTuple

from data import sample
from service.errors import DatasetError
from service.settings import Settings

CDC = "https://data.cdc.gov/api/views/hn4x-zwk7/rows.csv?accessType=DOWNLOAD"
BLOCK = 2**20
ABANDONED_AFTER = 86400
"""Seconds; no process takes so long to unpack or copy a table."""
UNREADABLE = (OSError, EOFError, zlib.error, zipfile.BadZipFile, RuntimeError)
"""What unpacking raises; RuntimeError is for a .zip that is encrypted or of an unknown kind."""


class Source(NamedTuple):
    """A file that holds the table, and whether it is the modelled sample."""

    path: Path
    sample: bool


class CsvFile(NamedTuple):
    """An unpacked CSV file, the SHA-256 of its content, and the name that messages give it."""

    path: Path
    sha256: str
    name: str


def scratch_folder(settings: Settings) -> Path:
    """Where tables are unpacked and copied, each in a `tmp…` folder of its own."""
    return settings.path("var/tmp")


def fetched(settings: Settings) -> Path:
    """Where `run.py fetch` puts the real table."""
    return settings.path("data/brfss.csv")


def locate(settings: Settings) -> Source:
    """The file that the settings name, else the fetched table, else the sample, which is made if need be.

    Raises DatasetError when the named file does not exist.
    """
    if settings.dataset.csv:
        named = settings.path(settings.dataset.csv)
        if not named.is_file():
            raise DatasetError(f'{named}: there is no such file; correct csv in [dataset], or set it to ""')
        return Source(named, sample=False)
    if fetched(settings).is_file():
        return Source(fetched(settings), sample=False)
    return Source(_sample(settings.path("data")), sample=True)


def _sample(folder: Path) -> Path:
    """The sample's file; its name carries the generator's version, so that another version makes its own."""
    path = folder / f"{sample.version()}.sample.csv"
    if not path.is_file():
        try:
            folder.mkdir(parents=True, exist_ok=True)
            for old in folder.glob("*.sample.csv"):
                old.unlink(missing_ok=True)
            sample.write(path)
        except OSError as error:
            raise DatasetError(
                f"{folder}: the sample cannot be written there: {error.strerror}; "
                "make it writable, or name a table as csv in [dataset]"
            ) from None
    return path


def sweep(settings: Settings) -> None:
    """Remove what processes that were killed a day or more ago left in the scratch folder."""
    for left in scratch_folder(settings).glob("tmp*"):
        with suppress(OSError):  # already gone, or another user's
            if left.stat().st_mtime < time.time() - ABANDONED_AFTER:
                shutil.rmtree(left)


@contextmanager
def unpacked(path: Path, scratch: Path) -> Iterator[CsvFile]:
    """The CSV of `path`, which may be `.csv`, `.csv.gz`, or `.zip` with one CSV in it.

    A packed file stays in `scratch`, unpacked, for as long as the context lasts. Raises DatasetError.
    """
    with ExitStack() as stack:
        try:
            if path.suffix.lower() in {".gz", ".zip"}:
                scratch.mkdir(parents=True, exist_ok=True)
                file = Path(stack.enter_context(TemporaryDirectory(dir=scratch))) / "table.csv"
                _unpack(path, file)
            else:
                file = path
            csv = CsvFile(path=file, sha256=_hash(file), name=str(path))
        except UNREADABLE as error:
            raise DatasetError(f"{path}: cannot be read: {error}") from None
        yield csv


def _unpack(path: Path, target: Path) -> None:
    with target.open("wb") as file:
        if path.suffix.lower() == ".gz":
            with gzip.open(path) as packed:
                shutil.copyfileobj(packed, file, BLOCK)
        else:
            with zipfile.ZipFile(path) as archive, _only_csv(path, archive) as packed:
                shutil.copyfileobj(packed, file, BLOCK)


def _only_csv(path: Path, archive: zipfile.ZipFile) -> IO[bytes]:
    names = [name for name in archive.namelist() if name.lower().endswith(".csv") and "__MACOSX" not in name]
    if len(names) != 1:
        raise DatasetError(f"{path}: holds {len(names)} CSV files, but it must hold exactly one")
    return archive.open(names[0])


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
