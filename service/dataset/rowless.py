"""The tables of an export without the rows of `health`, which are elsewhere: SQL is checked on them."""

from __future__ import annotations

import pyarrow as pa

from service.dataset.exported import Export, create_table
from service.dataset.loading import connected, faults_of
from service.dataset.tables import Tables
from service.settings import Settings


def load_tables(settings: Settings, export: Export, columns: pa.Schema) -> Tables:
    """`columns` are those of `health`; the caller closes the connection."""
    connection = connected(settings)
    with faults_of(connection, export.files.source, settings):
        create_table(connection, "health", columns.empty_table())
        export.create_small_tables(connection)
        return Tables(connection=connection, facts=export.facts, choices=export.manifest.choices)
