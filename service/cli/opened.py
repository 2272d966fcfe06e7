"""The table and the statistics for a command that runs without a server."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from service import catalog as catalogs
from service import dataset as datasets
from service.catalog import Catalog
from service.config import Settings
from service.engine import Engine, Session


@contextmanager
def opened(settings: Settings) -> Iterator[tuple[Session, Catalog]]:
    """A session and the catalog of the settings' folder, for as long as the context lasts; raises StartError."""
    dataset = datasets.load(settings)
    session = Engine(dataset).session()
    try:
        folder = settings.path(settings.catalog.folder)
        yield session, catalogs.load(folder, session, dataset.choices)
    finally:
        session.close()
        dataset.close()
