"""Files as people have them → the table `raw`, all text: nothing is guessed that could be read in two ways."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import duckdb

from service.dataset.reading import csv_file, file_kinds, json_file, parquet_file, workbook
from service.dataset.reading.raw import FETCH, File, Raw
from service.dataset.reading.unpacking import unpacked
from service.errors import DatasetError
from service.settings import Dataset

READERS: Mapping[str, Callable[[duckdb.DuckDBPyConnection, File, Dataset], Raw]] = {
    file_kinds.CSV: csv_file.read,
    file_kinds.JSON: json_file.read,
    file_kinds.PARQUET: parquet_file.read,
    file_kinds.WORKBOOK: workbook.read,
}


@contextmanager
def read(connection: duckdb.DuckDBPyConnection, path: Path, options: Dataset, scratch: Path) -> Iterator[Raw]:
    """Create the temp table `raw` from a file of any kind in READERS; its lines can be found while the context lasts.

    Raises DatasetError, naming file and place, with what was found when it is not such a file.
    """
    with unpacked(path, options.compression, scratch) as file:
        raw = READERS[file_kinds.kind_of(file.path, file.name)](connection, file, options)
        if connection.execute("select count(*) from raw").fetchall() == [(0,)]:
            raise DatasetError(f"{file.name}: there is a header but no rows; {FETCH}")
        yield raw._replace(decimal=options.decimal)
