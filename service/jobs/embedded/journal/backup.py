"""A copy of the journal, which can be made while the service runs."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

from service.errors import StartError
from service.jobs.embedded.journal.schema import Foreign, version_of

PATIENCE = 5.0
"""Seconds to wait for the service, which locks readers out for a moment when it opens the file."""


def back_up(journal: Path, file: Path) -> int:
    """Copy a journal to a new file, as of one moment; returns the number of its jobs. Raises StartError."""
    if not journal.is_file():
        raise StartError(f"{journal}: there is no journal to copy; name it in [jobs] journal")
    if file.exists():
        raise StartError(f"{file}: exists already; name another file, or remove this one")
    try:
        with TemporaryDirectory(prefix=f".{file.name}-", dir=file.parent) as folder:
            copy = Path(folder) / file.name
            jobs = _copy(journal, copy)
            copy.chmod(0o600)  # as the journal itself
            copy.rename(file)
    except OSError as error:
        raise StartError(f"{file}: cannot be written: {error.strerror}") from None
    except (sqlite3.Error, Foreign) as error:
        raise StartError(f"{journal}: cannot be copied to {file}: {error}") from None
    return jobs


def _copy(journal: Path, copy: Path) -> int:
    address = f"{journal.absolute().as_uri()}?mode=ro"
    with (
        closing(sqlite3.connect(address, uri=True, timeout=PATIENCE, isolation_level=None)) as source,
        closing(sqlite3.connect(copy)) as target,
    ):
        source.execute("begin")  # from the next statement on it sees the journal as it was then
        version_of(source)
        source.backup(target)
        [(health,)] = target.execute("pragma quick_check(1)")
        if health != "ok":
            raise StartError(f"{journal}: is damaged ({health}), so it was not copied")
        [(jobs,)] = target.execute("select count(*) from jobs")
        return int(jobs)
