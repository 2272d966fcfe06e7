"""A file → the tables that SQL reads, in the memory of a DuckDB that is not locked yet."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from service.dataset import figures, questionnaires, reading, reference_tables, table
from service.dataset.choices import CODES
from service.dataset.facts import facts_of
from service.dataset.identifiers import columns_of, quoted
from service.dataset.snapshot import Kept, Snapshot
from service.dataset.source import Source, scratch_folder
from service.dataset.tables import Tables
from service.errors import DatasetError, StartError
from service.settings import Settings

log = logging.getLogger(__name__)

TEMPORARY = "max_temp_directory_size"
"""A setting of DuckDB's, which also says "out of memory" of the disk, and then names it."""


def load_tables(source: Source, settings: Settings) -> Tables:
    """The tables of one file, from its snapshot where there is one; the caller closes the connection.

    Raises DatasetError, naming file, line and column, when the file cannot be used.
    """
    connection = connected(settings)
    with faults_of(connection, source.path, settings):
        snapshot = Snapshot(settings, source)
        kept = snapshot.restore(connection)
        if kept is None:
            kept = _read(connection, source, settings)
            snapshot.write(connection, kept)
        for warning in kept.warnings:
            log.warning(warning)
        return Tables(connection, kept.facts, kept.choices)


def connected(settings: Settings) -> duckdb.DuckDBPyConnection:
    """An empty DuckDB with the limits of the settings."""
    limit, space = settings.duckdb.memory_limit, settings.duckdb.temp_limit
    try:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": limit,
                "temp_directory": str(scratch_folder(settings) / "duckdb"),
                "threads": settings.duckdb.threads,  # more would not load sooner, and each takes memory
                "allocator_bulk_deallocation_flush_threshold": "16MB",  # returns the raw table's memory at once
            },
        )
        connection.execute(f"set {TEMPORARY} = '{space}'")  # given with the others it has no effect
        connection.execute("set global TimeZone = 'UTC'")  # an answer must not depend on where it is computed
    except duckdb.Error as error:
        raise StartError(f"[duckdb] memory_limit = {limit!r}, temp_limit = {space!r}: {error}") from None
    return connection


@contextmanager
def faults_of(connection: duckdb.DuckDBPyConnection, source: Path | str, settings: Settings) -> Iterator[None]:
    """Close the connection when the file cannot be loaded, and say why."""
    try:
        yield
    except duckdb.OutOfMemoryException as error:
        connection.close()
        memory = f"memory than [duckdb] memory_limit = {settings.duckdb.memory_limit!r} allows"
        needed = f"room for its temporary files in {scratch_folder(settings)}" if TEMPORARY in str(error) else memory
        raise DatasetError(f"{source}: needs more {needed}") from None
    except duckdb.Error as error:
        connection.close()
        raise DatasetError(f"{source}: cannot be loaded: {error}") from error
    except BaseException:
        connection.close()
        raise


def _read(connection: duckdb.DuckDBPyConnection, source: Source, settings: Settings) -> Kept:
    """Read and check the file, and make the tables beside it."""
    with reading.read(connection, source.path, settings.dataset, scratch_folder(settings)) as raw:
        findings = table.load(connection, raw, settings.dataset)
        reference_tables.load(connection)
        figures.load(connection)
        questionnaires.load(connection)
        warnings = [*_spellings(connection), *(f"{raw.at(finding.line)}: {finding.text}" for finding in findings)]
        return Kept(facts=facts_of(connection, source, raw, findings), warnings=warnings)


def _spellings(connection: duckdb.DuckDBPyConnection) -> Iterator[str]:
    """A code with two values is usually one value in two spellings, which would count as two places or questions."""
    columns = set(columns_of(connection, "health"))
    for column, code in CODES.items():
        if {column, code} <= columns:
            sql = f"""
                select cast({quoted(code)} as varchar), list(distinct {quoted(column)} order by 1)
                from health where {quoted(code)} is not null
                group by all having count(distinct {quoted(column)}) > 1 order by all
            """
            for name, values in connection.execute(sql).fetchall():
                shown = " and ".join(map(repr, values))
                yield f"{code} {name} belongs to two values of {column}: {shown}; they count apart"
