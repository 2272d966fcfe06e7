"""What stands beside a table in Parquet: its facts, what the checks found, and the small tables.

So a start reads no row. It also lists the files, each with its size and content, so that none is mixed with another's.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Self

import duckdb
import msgspec
import pyarrow as pa

from service.dataset import figures, reference_tables
from service.dataset.choice_lists import ChoiceLists, ChoicesOf
from service.dataset.facts import Facts, makers
from service.dataset.identifiers import columns_of, plain_columns
from service.errors import DatasetError

LAYOUT = 1
"""Of the manifest and the columns; another one is refused."""
TABLES = ("questions", "questionnaires", "question_overlaps", *reference_tables.TABLES)
MISSING = "missing"
"""The small table of the rows that `figures` has and `health` has not."""


class Part(msgspec.Struct, frozen=True):
    """A Parquet file."""

    name: str
    bytes: int
    sha256: str


class SmallTable(msgspec.Struct, frozen=True):
    """By column, the name of its Arrow type and its values."""

    types: Mapping[str, str]
    values: Mapping[str, Sequence[Any]]

    @classmethod
    def of(cls, table: pa.Table) -> Self:
        return cls(types={field.name: str(field.type) for field in table.schema}, values=table.to_pydict())

    def arrow(self) -> pa.Table:
        schema = pa.schema([(name, pa.type_for_alias(kind)) for name, kind in self.types.items()])
        return pa.Table.from_pydict(dict(self.values), schema)


class Manifest(msgspec.Struct, frozen=True, kw_only=True):
    """All that a start needs besides the footers of the files."""

    layout: int = LAYOUT
    made_by: str
    """Of the code that made the rows."""
    facts: Mapping[str, Any]
    """By name, for people."""
    choices: tuple[ChoicesOf, ...]
    parts: tuple[Part, ...]
    tables: Mapping[str, SmallTable]
    """By name, and MISSING."""

    def table_facts(self, version: str, file: str) -> Facts:
        """The facts, but for what the files themselves tell."""
        own = {**self.facts, "version": version, "file": file}
        return msgspec.convert([own[name] for name in Facts._fields], Facts)


def made_by() -> str:
    return hashlib.sha256(makers()).hexdigest()[:12]


def manifest_of(connection: duckdb.DuckDBPyConnection, facts: Facts, files: Sequence[Path]) -> Manifest:
    """That of a table which was written to these files."""
    there = columns_of(connection, "health")
    tables = {name: f"select {plain_columns(connection, name)} from {name}" for name in TABLES}
    tables[MISSING] = f"select {plain_columns(connection, 'figures')} from ({figures.missing_rows(there)})"
    return Manifest(
        made_by=made_by(),
        facts=facts._asdict(),
        choices=ChoiceLists(connection).usual(),
        parts=tuple(_part(file) for file in files),
        tables={name: SmallTable.of(connection.sql(sql).to_arrow_table()) for name, sql in tables.items()},
    )


def _part(file: Path) -> Part:
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256")
    return Part(name=file.name, bytes=file.stat().st_size, sha256=digest.hexdigest())


def parsed(text: bytes, name: str) -> Manifest:
    """Raises DatasetError for what is no manifest, or one of another version of the service."""
    again = "export the table again with `run.py export`"
    try:
        if msgspec.json.decode(text, type=dict)["layout"] != LAYOUT:
            raise DatasetError(f"{name}: was written by another version of the service; {again}")
        return msgspec.json.decode(text, type=Manifest)
    except (msgspec.MsgspecError, KeyError) as error:
        raise DatasetError(f"{name}: is no manifest of a table ({error}); {again}") from None
