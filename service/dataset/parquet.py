"""A table that stays in Parquet files: views on copies of them, beside the small tables of the manifest."""

from __future__ import annotations

import hashlib
import logging
from pathlib import PurePosixPath

import duckdb

from service.dataset import figures, stored_files
from service.dataset.facts import Facts
from service.dataset.identifiers import literal
from service.dataset.loading import connected, faults_of
from service.dataset.manifest import TABLES, Manifest, made_by, parsed
from service.dataset.pinned import Pinned, pin
from service.dataset.stored_files import StoredFiles
from service.dataset.tables import Tables
from service.errors import DatasetError
from service.settings import Settings

log = logging.getLogger(__name__)


def load_tables(settings: Settings) -> Tables:
    """Reads the manifest and the footers, and copies what is not copied yet; raises DatasetError."""
    files = stored_files.find(settings)
    with files.opened(files.manifest) as stream:
        text = stream.read()
    manifest = parsed(text, f"{files.source}: {files.manifest.base_name}")
    _require_listed(files, manifest)
    version = hashlib.sha256(text).hexdigest()[:12]
    facts = manifest.table_facts(version, PurePosixPath(files.source).name)
    pinned = pin(settings.path("var/cache"), _key(text, files), files, manifest.parts)
    try:
        connection = connected(settings)
        with faults_of(connection, files.source, settings):
            _create(connection, pinned, manifest, facts.rows)
    except BaseException:
        pinned.close()
        raise
    _warn(manifest, facts, files)
    return Tables(
        connection=connection,
        facts=facts,
        choices={(each.column, each.code): each.choices for each in manifest.choices},
        release=pinned.close,
    )


def signature(settings: Settings) -> object:
    """A value that changes when a file or the manifest does; None when there are none."""
    try:
        return stored_files.find(settings).signature
    except DatasetError:
        return None


def _require_listed(files: StoredFiles, manifest: Manifest) -> None:
    listed = {part.name: part.bytes for part in manifest.parts}
    there = {file.base_name: file.size for file in files.parts}
    if listed != there:
        odd = ", ".join(sorted(name for name in listed | there if listed.get(name) != there.get(name)))
        raise DatasetError(
            f"{files.source}: {odd}: not as {files.manifest.base_name} lists it; export the table again with "
            "`run.py export`"
        )


def _key(manifest: bytes, files: StoredFiles) -> str:
    """Of the copies: another one for each change of a file, so that it is compared with the manifest anew."""
    versions = "".join(f"{file.base_name} {files.version_of(file)} " for file in files.parts)
    return hashlib.sha256(manifest + versions.encode()).hexdigest()[:16]


def _create(connection: duckdb.DuckDBPyConnection, pinned: Pinned, manifest: Manifest, rows: int) -> None:
    paths = ", ".join(literal(str(file)) for file in pinned.files)
    connection.execute("set parquet_metadata_cache = true")
    connection.execute(f"set allowed_paths = [{paths}]")
    rows_of_files = f"read_parquet([{paths}])"
    columns = figures.in_order(connection.sql(f"from {rows_of_files}").columns)
    connection.execute(f"create view health as select {columns} from {rows_of_files}")
    for name in (*TABLES, "missing"):
        given = manifest.tables[name].arrow()
        connection.register("given", given)
        connection.execute(f"create table {name} as select {figures.in_order(given.column_names)} from given")
        connection.unregister("given")
    figures.create_view(connection)
    [(there,)] = connection.execute(f"select sum(num_rows) from parquet_file_metadata([{paths}])").fetchall()
    if there != rows:
        raise DatasetError(f"{pinned.folder}: has {there} rows of {rows}; remove this folder")


def _warn(manifest: Manifest, facts: Facts, files: StoredFiles) -> None:
    for finding in facts.warnings:
        log.warning("%s: %s", files.source, finding.text)
    if manifest.made_by != made_by():
        log.warning("%s: exported by another version of the service; export it again to have its rules", files.source)
