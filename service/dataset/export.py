"""The table as files: a DuckDB file for other tools, also with macros, or Parquet, which the service can serve from.

Texts are VARCHAR there: a shell prints all the values of an ENUM as the heading of its column.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import duckdb

from service.dataset import load_unlocked, reference_tables
from service.dataset.identifiers import literal, plain_columns
from service.dataset.manifest import manifest_of
from service.dataset.stored_files import MANIFEST, manifest_name
from service.encoding import encode
from service.errors import DatasetError
from service.settings import Settings

STORAGE = "v1.5.0"
"""DuckDB's storage version; PyPI's duckdb-cli cannot read newer ones."""
PARQUET = ".parquet"
PART_SIZE = "256MB"
"""Of a file in a folder."""
GROUP = 61_440
"""Rows that are skipped together when none of them is wanted."""
TABLES = ("health", "figures", "questions", "questionnaires", "question_overlaps")


def write_duckdb(settings: Settings, file: Path, macros: Iterable[str]) -> None:
    """Write `health`, `figures`, the reference tables and these macros, given as SQL.

    Raises DatasetError when the file exists or cannot be written.
    """
    with closing(load_unlocked(settings)) as tables, _new_file(file):
        connection = tables.connection
        connection.execute(f"attach {literal(str(file))} as snapshot (storage_version '{STORAGE}')")
        for table in (*TABLES, *reference_tables.TABLES):
            columns = plain_columns(connection, table)
            connection.execute(f"create table snapshot.{table} as select {columns} from {table}")
        connection.execute("use snapshot")
        for macro in macros:
            connection.execute(macro)
        connection.execute("use memory")
        connection.execute("detach snapshot")


def write_parquet(settings: Settings, target: Path) -> None:
    """Write `health` as a Parquet file, or into a folder of them, with the manifest that a start needs.

    Raises DatasetError when the target exists or cannot be written.
    """
    single = target.suffix == PARQUET
    manifest = Path(manifest_name(str(target))) if single else target / MANIFEST
    with closing(load_unlocked(settings)) as tables, _new_file(target), _new_file(manifest):
        connection = tables.connection
        size = "" if single else f", file_size_bytes '{PART_SIZE}'"
        rows = f"select {plain_columns(connection, 'health')} from health"  # sorted as `health` is
        connection.execute(f"copy ({rows}) to {literal(str(target))} (format parquet, row_group_size {GROUP}{size})")
        files = [target] if single else sorted(target.glob(f"*{PARQUET}"))
        found = manifest_of(connection, tables.facts, files)
        manifest.write_bytes(encode(found))


@contextmanager
def _new_file(file: Path) -> Iterator[None]:
    if file.exists():
        raise DatasetError(f"{file}: already exists; name another file, or remove this one")
    try:
        yield
    except (duckdb.Error, OSError) as error:
        raise DatasetError(f"{file}: cannot be written: {str(error).splitlines()[0]}") from error
