"""Locks that end with the process, however that ends: SQLite's own, on an empty file."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

from service.errors import InUse, StartError

BUSY = {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
ROOM = 100_000
"""Bytes that SQLite needs to open a file; with less its errors do not always say that the disk is full."""


def lock(file: Path, what: str, setting: str) -> sqlite3.Connection:
    """Keep other services away from what the file stands for, until the connection is closed.

    Raises InUse when another process has it, StartError when the file cannot be made.
    """
    connection = sqlite3.connect(file, isolation_level=None, check_same_thread=False, timeout=0.2)
    try:
        connection.execute("pragma journal_mode = memory")  # else there is a file for it, too
        connection.execute("begin exclusive")
    except sqlite3.Error as error:
        connection.close()
        raise refusal(error, file, what, setting) from None
    return connection


def refusal(error: sqlite3.Error, file: Path, what: str, setting: str) -> StartError:
    """Why a file cannot be opened, and what to do."""
    if code_of(error) in BUSY:
        return InUse(f"{file}: another process uses this {what}; end it, or name another in {setting}")
    if code_of(error) == sqlite3.SQLITE_FULL or shutil.disk_usage(file.parent).free < ROOM:
        return StartError(f"{file}: the {what} cannot be opened: the disk is full; make room, or correct {setting}")
    return StartError(f"{file}: the {what} cannot be opened: {error}; correct {setting}")


def code_of(error: sqlite3.Error) -> int:
    """SQLite's primary code; errors that Python raises about a row have none, and mean damage."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_CORRUPT) & 0xFF
