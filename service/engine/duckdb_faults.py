"""Errors of DuckDB's while a statistic runs, as those of the protocol."""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path

import duckdb

from service.dataset import TEMPORARY
from service.dataset.source import PINNED
from service.engine.protocol import Interrupted
from service.errors import BadRequest, ServiceError, Unavailable, Unusable, without_folders

WRONG_ARGUMENTS = (duckdb.DataError, duckdb.InvalidInputException, duckdb.SyntaxException, Unusable)
"""What SQL that has been checked may still raise: a pattern that is no regular expression is invalid input."""


def translated(name: str, error: Exception) -> Exception:
    """An error as one of the protocol's."""
    first_line = str(error).partition("\n")[0]
    if isinstance(error, duckdb.InterruptException):
        return Interrupted()
    if isinstance(error, duckdb.OutOfMemoryException):
        disk = "more temporary disk space than there is, or than [duckdb] temp_limit allows"
        needed = disk if TEMPORARY in str(error) else "more memory than [duckdb] memory_limit allows"
        return Unavailable(f"{name} needs {needed}; ask for less")
    if isinstance(error, duckdb.IOException) and PINNED in first_line:
        return Unavailable(f"{name} cannot read the table's files: {without_folders(first_line)}; restart the service")
    if isinstance(error, duckdb.IOException):  # SQL reaches no other files than these and DuckDB's own
        reason = without_folders(first_line.rpartition('": ')[2])
        return Unavailable(f"{name} needs temporary disk space, and has none: {reason}; ask for less")
    if isinstance(error, WRONG_ARGUMENTS):
        return BadRequest(f"{name} cannot be computed with these arguments: {first_line}")
    return ServiceError(f"{name} failed: {without_folders(first_line)}")


def make_temporary_folder(cursor: duckdb.DuckDBPyConnection) -> None:
    """Where DuckDB puts what the memory has no room for; it makes the folder itself, but only once."""
    [(folder,)] = cursor.execute("select current_setting('temp_directory')").fetchall()
    with suppress(OSError):  # DuckDB will say why it cannot use it
        Path(folder).mkdir(parents=True, exist_ok=True)
