"""The table and the statistics for a command that runs without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service import dataset as datasets
from service.dataset import Facts
from service.engine.duckdb_engine import Engine, Session
from service.engine.spool import Spool
from service.settings import Settings
from service.statistics import catalog as catalogs
from service.statistics.catalog import Catalog


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Session, Catalog, Facts]]:
    """A session, the settings' catalog and the table's facts, for as long as the context lasts; raises StartError."""
    dataset = datasets.load(settings)
    session = Engine(dataset, Spool(settings)).session()
    try:
        folder = settings.path(settings.catalog.folder)
        yield session, catalogs.load(folder, session, dataset.choices), dataset.facts
    finally:
        session.close()
        dataset.close()
