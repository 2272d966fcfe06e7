"""What a reader makes of a file: the temp table `raw`, and facts about it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import duckdb

from service.dataset.checks.findings import Finding
from service.dataset.reading.columns import Column
from service.errors import DatasetError

FETCH = "get the table with `python run.py fetch`"


class File(NamedTuple):
    """An unpacked file, the name that messages give it, and the SHA-256 of its content."""

    path: Path
    name: str
    sha256: str
    new_path: Callable[[], Path]
    """Makes a path for a copy of it that lasts as long as the file itself is needed."""


def unreadable(file: File, path: Path, format_: str, error: duckdb.Error) -> DatasetError:
    """DuckDB's message on the file, which it read at `path`, in the file's own name."""
    cause = str(error).splitlines()[0].partition(": ")[2].replace(str(path), file.name)
    return DatasetError(f"{file.name}: cannot be read as {format_}: {cause}")


class Raw(NamedTuple):
    """The table `raw`: text columns c0, c1 … in the order of the file, a row for each of the file's."""

    name: str
    sha256: str
    format: str
    header: str
    """Where the names of the columns stand, for messages."""
    columns: tuple[Column, ...]
    line: Callable[[int], int]
    """The number in the file of a row of `raw`, which is given by its rowid."""
    unit: str = "line"
    """What these numbers count; a record of CSV is found by the line that it ends on."""
    encoding: str = ""
    """"" where it cannot vary."""
    separator: str = ""
    """Of cells; "" where there is none."""
    decimal: str = ""
    """"." or "," where the settings say so; "" when the cells decide."""
    warnings: tuple[Finding, ...] = ()

    def at(self, line: int) -> str:
        """A place for messages: `table.csv:3`, `table.json, record 3`."""
        return f"{self.name}:{line}" if self.unit == "line" else f"{self.name}, {self.unit} {line}"
