"""Parquet → `raw`."""

from __future__ import annotations

import glob

import duckdb

from service.dataset.reading.columns import match
from service.dataset.reading.file_kinds import PARQUET
from service.dataset.reading.raw import File, Raw, unreadable
from service.settings import Dataset

SOURCE = "read_parquet($path, hive_partitioning = false, binary_as_string = true)"


def read(connection: duckdb.DuckDBPyConnection, file: File, _: Dataset) -> Raw:
    """Create the table `raw`; raises DatasetError naming the file. A number's text is the shortest that gives it."""
    path = {"path": glob.escape(str(file.path))}
    try:
        names = [name for name, *_ in connection.execute(f"describe from {SOURCE}", path).fetchall()]
        columns = match(names, file.name)
        places = ", ".join(f"c{place}" for place in range(len(names)))
        connection.execute(
            f"create temp table raw as select columns(*)::varchar from {SOURCE} as source ({places})", path
        )
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise unreadable(file, file.path, PARQUET, error) from None
    return Raw(
        name=file.name,
        sha256=file.sha256,
        format=PARQUET,
        header=file.name,
        columns=columns,
        line=lambda row: row + 1,
        unit="row",
    )
