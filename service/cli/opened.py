"""The table and the statistics for a command that runs without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager

from service import dataset as datasets
from service.dataset import Facts
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.protocol import Session
from service.engine.spool import Spool
from service.settings import Settings
from service.statistics import catalog as catalogs
from service.statistics.catalog import Catalog


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Session, Catalog, Facts]]:
    """A session, the settings' catalog and the table's facts, for as long as the context lasts; raises StartError."""
    with closing(DuckDBEngine(datasets.load(settings), Spool(settings))) as engine:
        catalog = catalogs.load(settings.path(settings.catalog.folder), engine)
        yield engine.session(), catalog, engine.facts
