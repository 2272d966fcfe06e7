"""Which file the table comes from."""

from __future__ import annotations

import shutil
import time
from contextlib import suppress
from datetime import UTC, date, datetime
from pathlib import Path
from typing import NamedTuple

from data import sample
from service.errors import DatasetError
from service.settings import Settings

ADDRESS = "https://data.cdc.gov/d/hn4x-zwk7"
"""Of the CDC's page of the table."""
CDC = "https://data.cdc.gov/api/views/hn4x-zwk7/rows.csv?accessType=DOWNLOAD"
"""The table itself."""
S3 = "s3://"
"""What object storage begins with; a bucket and a path in it follow."""
PINNED = ".pinned"
"""How the folders of copies end that DuckDB reads a table of Parquet from."""
ABANDONED_AFTER = 86400
"""Seconds; no process takes so long to unpack or copy a table."""


class Source(NamedTuple):
    """A file that holds the table, and whether it is the modelled sample; `accessed` is the day of its download."""

    path: Path
    sample: bool
    accessed: date | None = None


def scratch_folder(settings: Settings) -> Path:
    """Where tables are unpacked and copied, each in a `tmp…` folder of its own."""
    return settings.path("var/tmp")


def folder_of(settings: Settings) -> Path:
    """The folder of the table that the settings name."""
    return (settings.path(settings.dataset.source) if settings.dataset.source else fetched(settings)).parent


def fetched(settings: Settings) -> Path:
    """Where `run.py fetch` puts the real table."""
    return settings.path("data/brfss.csv")


def locate(settings: Settings) -> Source:
    """The file that the settings name, else the fetched table, else the sample, which is made if need be.

    Raises DatasetError when the named file does not exist.
    """
    if settings.dataset.source:
        named = settings.path(settings.dataset.source)
        if not named.is_file():
            remote = settings.dataset.source.startswith(S3)
            name = settings.dataset.source if remote else named
            raise DatasetError(f"{name}: {_why_none(settings, named)}")
        return Source(named, sample=False)
    if fetched(settings).is_file():
        downloaded = datetime.fromtimestamp(fetched(settings).stat().st_mtime, UTC)
        return Source(fetched(settings), sample=False, accessed=downloaded.date())
    return Source(_sample(settings.path("var")), sample=True)


def _why_none(settings: Settings, named: Path) -> str:
    if settings.dataset.source.startswith(S3) or named.is_dir() or "*" in named.name:
        return 'only [engine] storage = "parquet" reads folders, patterns and object storage'
    return 'there is no such file; correct source in [dataset], or set it to ""'


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
                "make it writable, or name a table as source in [dataset]"
            ) from None
    return path


def sweep(settings: Settings) -> None:
    """Remove what processes that were killed a day or more ago left in the scratch folder."""
    for left in scratch_folder(settings).glob("tmp*"):
        with suppress(OSError):  # already gone, or another user's
            if left.stat().st_mtime < time.time() - ABANDONED_AFTER:
                shutil.rmtree(left)
