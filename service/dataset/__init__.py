"""The loaded table: facts about it, its locked-down connection, and cursors on it."""

from __future__ import annotations

from types import ModuleType
from typing import Any

import duckdb

from service.dataset.choice_lists import ChoiceLists
from service.dataset.facts import Facts
from service.dataset.identifiers import columns_of
from service.dataset.loading import TEMPORARY, load_tables
from service.dataset.source import Source, locate
from service.dataset.tables import Tables
from service.errors import DatasetError
from service.settings import Settings

__all__ = [
    "TEMPORARY",
    "Dataset",
    "Facts",
    "load",
    "load_source",
    "load_unlocked",
    "locked",
    "signature",
    "signature_of_export",
]

PARQUET = "parquet"
"""The storage whose tables stay in files."""
LOCKS = (
    "set enable_external_access = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_community_extensions = false",
    "set python_enable_replacements = false",
    "set allowed_configs = ['enable_progress_bar', 'enable_progress_bar_print', 'max_execution_time']",
    "set lock_configuration = true",
)


class Dataset:
    """The table `health`, in memory or in files. Its settings are locked: SQL reads the table and nothing else."""

    def __init__(self, tables: Tables) -> None:
        self._tables = tables
        self.facts = tables.facts
        self.columns = tuple(columns_of(tables.connection, "health"))
        self.choices = ChoiceLists(tables.connection, tables.choices)

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the same table, for one thread."""
        cursor = self._tables.connection.cursor()
        # Settings of each connection; without them DuckDB does not count how far a query is.
        cursor.execute("set enable_progress_bar_print = false")
        cursor.execute("set enable_progress_bar = true")
        return cursor

    def describe(self) -> dict[str, Any]:
        return self.facts._asdict()

    def close(self) -> None:
        """Free the table: now, or once the last cursor that still runs something is let go."""
        self._tables.close()


def signature(settings: Settings) -> object:
    """A value that changes when the files that the settings name do, and is cheap to compute."""
    if settings.engine.storage == PARQUET:
        return signature_of_export(settings)
    try:
        source = locate(settings)
        status = source.path.stat()
    except (DatasetError, OSError):
        return None
    return source, status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev


def signature_of_export(settings: Settings) -> object:
    """The same for what `run.py export` wrote."""
    return _parquet().signature(settings)


def load(settings: Settings) -> Dataset:
    """The dataset that the settings name; raises DatasetError when its files cannot be used."""
    return locked(load_unlocked(settings))


def load_unlocked(settings: Settings) -> Tables:
    """The same with a connection that may still write files, for `run.py export`; the caller closes it."""
    if settings.engine.storage == PARQUET:
        tables: Tables = _parquet().load_tables(settings)
        return tables
    return load_tables(locate(settings), settings)


def load_source(source: Source, settings: Settings) -> Dataset:
    """The dataset of one file; raises DatasetError, naming file, line and column, when it cannot be used."""
    return locked(load_tables(source, settings))


def locked(tables: Tables) -> Dataset:
    """From then on the connection reads the tables and nothing else."""
    for lock in LOCKS:
        tables.connection.execute(lock)
    return Dataset(tables)


def _parquet() -> ModuleType:
    """Imported when it is chosen: pyarrow's file systems take 50 ms, and locks of files are not everywhere."""
    from service.dataset import parquet  # noqa: PLC0415

    return parquet
