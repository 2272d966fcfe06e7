"""What `run.py export` wrote, for an engine that serves from it: the files, their manifest, and the small tables."""

from __future__ import annotations

import hashlib
import logging
from functools import cached_property
from pathlib import PurePosixPath

import duckdb
import pyarrow as pa

from service.dataset import figures, stored_files
from service.dataset.facts import Facts
from service.dataset.manifest import MISSING, TABLES, Manifest, made_by, parsed
from service.dataset.stored_files import StoredFiles
from service.errors import DatasetError
from service.settings import Settings

log = logging.getLogger(__name__)


class Export:
    """Files that are as their manifest, whose `text` this is, lists them."""

    def __init__(self, files: StoredFiles, text: bytes) -> None:
        self.files = files
        self.text = text
        self.manifest: Manifest = parsed(text, f"{files.source}: {files.manifest.base_name}")
        self.version = hashlib.sha256(text).hexdigest()[:12]

    @cached_property
    def facts(self) -> Facts:
        return self.manifest.table_facts(self.version, PurePosixPath(self.files.source).name)

    def create_small_tables(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Those beside `health`, which must be there; of them `figures` is a view."""
        for name in (*TABLES, MISSING):
            create_table(connection, name, self.manifest.tables[name].arrow())
        figures.create_view(connection)


def find(settings: Settings) -> Export:
    """Raises DatasetError when there are no such files, or not as the manifest lists them."""
    files = stored_files.find(settings)
    with files.opened(files.manifest) as stream:
        export = Export(files, stream.read())
    _require_listed(files, export.manifest)
    _warn(export)
    return export


def create_table(connection: duckdb.DuckDBPyConnection, name: str, rows: pa.Table) -> None:
    """A table of these rows, its words in an order of their own where they have one."""
    connection.register("given", rows)
    connection.execute(f"create table {name} as select {figures.in_order(rows.column_names)} from given")
    connection.unregister("given")


def _require_listed(files: StoredFiles, manifest: Manifest) -> None:
    listed = {part.name: part.bytes for part in manifest.parts}
    there = {file.base_name: file.size for file in files.parts}
    if listed != there:
        odd = ", ".join(sorted(name for name in listed | there if listed.get(name) != there.get(name)))
        raise DatasetError(
            f"{files.source}: {odd}: not as {files.manifest.base_name} lists it; export the table again with "
            "`run.py export`"
        )


def _warn(export: Export) -> None:
    for finding in export.facts.warnings:
        log.warning("%s: %s", export.files.source, finding.text)
    if export.manifest.made_by != made_by():
        log.warning(
            "%s: exported by another version of the service; export it again to have its rules", export.files.source
        )
