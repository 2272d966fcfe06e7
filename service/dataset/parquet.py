"""A table that stays in Parquet files: views on copies of them, beside the small tables of the manifest."""

from __future__ import annotations

import hashlib

import duckdb

from service.dataset import exported, figures, stored_files
from service.dataset.exported import Export
from service.dataset.identifiers import literal
from service.dataset.loading import connected, faults_of
from service.dataset.pinned import Pinned, pin
from service.dataset.tables import Tables
from service.errors import DatasetError
from service.settings import Settings


def load_tables(settings: Settings) -> Tables:
    """Reads the manifest and the footers, and copies what is not copied yet; raises DatasetError."""
    export = exported.find(settings)
    facts = export.facts
    pinned = pin(settings.path("var/cache"), _key(export), export.files, export.manifest.parts)
    try:
        connection = connected(settings)
        with faults_of(connection, export.files.source, settings):
            _create(connection, pinned, export)
    except BaseException:
        pinned.close()
        raise
    return Tables(connection=connection, facts=facts, choices=export.manifest.choices, release=pinned.close)


def signature(settings: Settings) -> object:
    """A value that changes when a file or the manifest does; None when there are none."""
    try:
        return stored_files.find(settings).signature
    except DatasetError:
        return None


def _key(export: Export) -> str:
    """Of the copies: another one for each change of a file, so that it is compared with the manifest anew."""
    versions = "".join(f"{file.base_name} {export.files.version_of(file)} " for file in export.files.parts)
    return hashlib.sha256(export.text + versions.encode()).hexdigest()[:16]


def _create(connection: duckdb.DuckDBPyConnection, pinned: Pinned, export: Export) -> None:
    paths = ", ".join(literal(str(file)) for file in pinned.files)
    connection.execute("set parquet_metadata_cache = true")
    connection.execute(f"set allowed_paths = [{paths}]")
    rows_of_files = f"read_parquet([{paths}])"
    columns = figures.in_order(connection.sql(f"from {rows_of_files}").columns)
    connection.execute(f"create view health as select {columns} from {rows_of_files}")
    export.create_small_tables(connection)
    [(there,)] = connection.execute(f"select sum(num_rows) from parquet_file_metadata([{paths}])").fetchall()
    if there != export.facts.rows:
        raise DatasetError(f"{pinned.folder}: has {there} rows of {export.facts.rows}; remove this folder")
