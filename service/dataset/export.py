"""The table as a file for other tools: DuckDB's, with further statements, or Parquet. Texts are VARCHAR there.

An ENUM column would make a shell print its whole list of values as a heading.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from service.dataset import load_unlocked, reference
from service.dataset.table import quoted
from service.errors import DatasetError
from service.settings import Settings

STORAGE = "v1.5.0"
"""DuckDB's storage version; newer ones cannot be read by the `duckdb` command of PyPI's duckdb-cli."""


def write_duckdb(settings: Settings, file: Path, macros: Iterable[str]) -> None:
    """A DuckDB file with `health`, the reference tables and these macros.

    Raises DatasetError when it cannot be written, or exists.
    """
    with closing(load_unlocked(settings)) as connection, _telling(file):
        connection.execute(f"attach {_text(str(file))} as snapshot (storage_version '{STORAGE}')")
        for table in ("health", "questions", *reference.TABLES):
            connection.execute(f"create table snapshot.{table} as select {_texts(connection, table)} from {table}")
        connection.execute("use snapshot")
        for macro in macros:
            connection.execute(macro)
        connection.execute("use memory")
        connection.execute("detach snapshot")


def write_parquet(settings: Settings, file: Path) -> None:
    """A Parquet file with `health`; raises DatasetError when it cannot be written."""
    with closing(load_unlocked(settings)) as connection, _telling(file):
        columns = _texts(connection, "health")
        connection.execute(f"copy (select {columns} from health) to {_text(str(file))} (format parquet)")


@contextmanager
def _telling(file: Path) -> Iterator[None]:
    if file.exists():
        raise DatasetError(f"{file}: exists already; name another file, or remove this one")
    try:
        yield
    except duckdb.Error as error:
        raise DatasetError(f"{file}: cannot be written: {str(error).splitlines()[0]}") from error


def _texts(connection: duckdb.DuckDBPyConnection, table: str) -> str:
    columns = connection.execute(
        "select column_name, data_type from duckdb_columns() where table_name = $table order by column_index",
        {"table": table},
    ).fetchall()
    return ", ".join(
        f"cast({quoted(name)} as varchar) as {quoted(name)}" if kind.startswith("ENUM") else quoted(name)
        for name, kind in columns
    )


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
