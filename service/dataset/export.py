"""The table as a file for other tools: a DuckDB file, also with macros, or Parquet.

Texts are VARCHAR there: a shell prints all the values of an ENUM as the heading of its column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from service.dataset import load_unlocked, reference_tables
from service.dataset.identifiers import literal, quoted
from service.errors import DatasetError
from service.settings import Settings

STORAGE = "v1.5.0"
"""DuckDB's storage version; PyPI's duckdb-cli cannot read newer ones."""
TABLES = ("health", "figures", "questions", "questionnaires", "question_overlaps")


def write_duckdb(settings: Settings, file: Path, macros: Iterable[str]) -> None:
    """Write `health`, `figures`, the reference tables and these macros, given as SQL.

    Raises DatasetError when the file exists or cannot be written.
    """
    with closing(load_unlocked(settings)) as connection, _new_file(file):
        connection.execute(f"attach {literal(str(file))} as snapshot (storage_version '{STORAGE}')")
        for table in (*TABLES, *reference_tables.TABLES):
            connection.execute(f"create table snapshot.{table} as select {_columns(connection, table)} from {table}")
        connection.execute("use snapshot")
        for macro in macros:
            connection.execute(macro)
        connection.execute("use memory")
        connection.execute("detach snapshot")


def write_parquet(settings: Settings, file: Path) -> None:
    """Write `health`; raises DatasetError when the file exists or cannot be written."""
    with closing(load_unlocked(settings)) as connection, _new_file(file):
        columns = _columns(connection, "health")
        connection.execute(f"copy (select {columns} from health) to {literal(str(file))} (format parquet)")


@contextmanager
def _new_file(file: Path) -> Iterator[None]:
    if file.exists():
        raise DatasetError(f"{file}: already exists; name another file, or remove this one")
    try:
        yield
    except duckdb.Error as error:
        raise DatasetError(f"{file}: cannot be written: {str(error).splitlines()[0]}") from error


def _columns(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    columns = connection.execute(f"describe {quoted(table)}").fetchall()
    return ", ".join(
        f"cast({quoted(name)} as varchar) as {quoted(name)}" if kind.startswith("ENUM") else quoted(name)
        for name, kind, *_ in columns
    )
