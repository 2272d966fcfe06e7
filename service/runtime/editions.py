"""What answers now: a dataset and the catalog that was checked against it. A reload swaps both at once."""

from __future__ import annotations

import asyncio
import logging
from typing import NamedTuple

from service import dataset as datasets
from service.dataset import Dataset
from service.dataset.source import locate
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.protocol import Engine
from service.engine.spool import Spool
from service.errors import DatasetError, StartError
from service.jobs.embedded.pool import Pool
from service.settings import Settings
from service.statistics import catalog as catalogs
from service.statistics.catalog import Catalog, Changes

log = logging.getLogger(__name__)


class Edition(NamedTuple):
    """A dataset, the engine on it, and the statistics that passed their checks on it."""

    dataset: Dataset
    engine: Engine
    catalog: Catalog


class Reload(NamedTuple):
    """What a reload found; `dataset` tells whether another table serves now, `fault` why another one does not."""

    dataset: bool
    changes: Changes
    faults: list[str]


class Library:
    """The current edition. Only the event loop changes it; loading happens in a thread beside."""

    def __init__(self, settings: Settings) -> None:
        """Load; raises StartError when there is no usable table, or no usable statistic."""
        self._settings = settings
        self._spool = Spool(settings)
        self._loading = asyncio.Lock()
        self._retiring: dict[asyncio.Task[None], Engine] = {}
        self._signature = datasets.signature(settings)
        self.fault: DatasetError | None = None
        self.edition = self._load_all(None)
        self._tell_dataset()
        self._tell_catalog()
        if not self.catalog.statistics:
            self.close()
            raise StartError(self._why_empty())

    @property
    def dataset(self) -> Dataset:
        """The table that serves."""
        return self.edition.dataset

    @property
    def engine(self) -> Engine:
        """Where its statistics run."""
        return self.edition.engine

    @property
    def catalog(self) -> Catalog:
        """The statistics that serve."""
        return self.edition.catalog

    async def reload(self, pool: Pool, *, table: bool = True) -> Reload:
        """Take up changed files; what is broken leaves its last good version serving, and so does a broken table.

        Jobs under way end with the version that they began with. Without `table` only SQL files are looked at.
        It goes on to its end when whoever asked for it goes away.
        """
        return await asyncio.shield(asyncio.ensure_future(self._reload(pool, table=table)))

    async def _reload(self, pool: Pool, *, table: bool) -> Reload:
        async with self._loading:
            old = self.edition
            signature = datasets.signature(self._settings)
            if table and signature != self._signature:
                await self._reload_dataset(pool)
                self._signature = signature
            if self.edition is old:
                catalog = await asyncio.to_thread(self._load_catalog, old.engine, old.catalog)
                self.edition = old._replace(catalog=catalog)
            found = Reload(
                self.dataset is not old.dataset,
                catalogs.changes(old.catalog, self.catalog),
                [fault.reason for fault in (*self.catalog.faults, *([self.fault] if self.fault else []))],
            )
            if any(found.changes) or self.catalog.faults != old.catalog.faults:
                self._tell_catalog()
            return found

    def _why_empty(self) -> str:
        folder = self._settings.path(self._settings.catalog.folder)
        if not folder.is_dir():
            return f"{folder}: there is no such folder; mend folder in [catalog]"
        if self.catalog.faults:
            return f"no statistic works with {self.dataset.facts.source}: {self.catalog.faults[0].reason}"
        return f"{folder}: holds no .sql file; mend folder in [catalog]"

    async def _reload_dataset(self, pool: Pool) -> None:
        old = self.edition
        try:
            self.edition = await asyncio.to_thread(self._load_all, old)
        except DatasetError as error:
            self.fault = error
            log.error("%s; dataset %s keeps serving", error.reason, old.dataset.facts.version)
            return
        self.fault = None
        self._tell_dataset()
        task = asyncio.ensure_future(self._retire(old, pool))
        self._retiring[task] = old.engine

    async def _retire(self, edition: Edition, pool: Pool) -> None:
        await pool.released(edition.engine)
        edition.engine.close()
        self._retiring = {task: engine for task, engine in self._retiring.items() if engine is not edition.engine}
        log.info("dataset %s is freed: its last job has ended", edition.dataset.facts.version)

    def _load_all(self, old: Edition | None) -> Edition:
        source = locate(self._settings)
        if old and source.sample and not old.dataset.facts.sample:
            raise DatasetError(f"{old.dataset.facts.source} is gone; put it back, or start anew for the sample")
        dataset = datasets.load_source(source, self._settings)
        engine = DuckDBEngine(dataset, self._spool)
        try:
            catalog = self._load_catalog(engine, old.catalog if old else None, moved=True)
            if old:
                _refuse_losses(dataset.facts.source, old.catalog, catalog)
            return Edition(dataset, engine, catalog)
        except BaseException:
            engine.close()
            raise

    def _load_catalog(self, engine: Engine, previous: Catalog | None, *, moved: bool = False) -> Catalog:
        folder = self._settings.path(self._settings.catalog.folder)
        return catalogs.load(folder, engine, previous, moved=moved)

    def _tell_dataset(self) -> None:
        facts = self.dataset.facts
        years = f"years {facts.years[0]} to {facts.years[-1]}"
        log.info("dataset %s: %d rows, %s, from %s", facts.version, facts.rows, years, facts.source)
        if facts.sample:
            log.warning("THIS IS A MODELLED SAMPLE, not the CDC's table; `python run.py fetch` gets the real one")

    def _tell_catalog(self) -> None:
        for fault in self.catalog.faults:
            kept = "; its last good version keeps serving" if fault.fields["name"] in self.catalog.statistics else ""
            log.error("%s%s", fault.reason, kept)
        log.info("statistics: %s", ", ".join(self.catalog.statistics))

    def close(self) -> None:
        """Free every table; the pool must be closed by then."""
        for engine in (*self._retiring.values(), self.engine):
            engine.close()


def _refuse_losses(source: str, old: Catalog, new: Catalog) -> None:
    """A table that statistics stop working with is not the one they were written for."""
    lost = [fault for fault in new.faults if fault.fields["name"] in old.statistics.keys() - new.statistics.keys()]
    if lost:
        raise DatasetError(f"{source}: {len(lost)} statistics do not work with this table; {lost[0].reason}")
