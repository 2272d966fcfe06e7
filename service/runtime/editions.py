"""Editions: a table with the catalog that was checked on it. A reload swaps both at once."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any, NamedTuple

from service.dataset.source import folder_of
from service.engine.opening import open_engine, signature
from service.engine.protocol import Engine
from service.engine.spool import Spool
from service.errors import DatasetError, StartError, without_folders
from service.jobs.query import Query, fit, make_query
from service.settings import Settings
from service.statistics import catalog as catalogs
from service.statistics.catalog import Catalog, Changes
from service.statistics.statistic import Statistic
from service.threads import in_loading_thread

log = logging.getLogger(__name__)

SAMPLE_WARNING = "THIS IS A MODELLED SAMPLE, not the CDC's table; `python run.py fetch` gets the real one"

Released = Callable[[Engine], Awaitable[None]]
"""Returns when nothing needs the engine any more."""


class Edition(NamedTuple):
    """An engine on a table, and the statistics that passed their checks on it."""

    engine: Engine
    catalog: Catalog

    def query(self, statistic: Statistic, given: Mapping[str, Any]) -> Query:
        """The query of a statistic with arguments as JSON's types; raises BadRequest."""
        return make_query(self.engine, statistic, given)


class Seen(NamedTuple):
    """Signatures of the files as they were just before they were last loaded."""

    files: object
    table: object


class Reload(NamedTuple):
    """What a reload found; `dataset`: whether another table serves now."""

    dataset: bool
    changes: Changes
    faults: list[str]


class Editions:
    """The current edition. Only the event loop changes it; loading happens in a thread."""

    def __init__(self, settings: Settings, spool: Spool, *, only: str | None = None) -> None:
        """Load, for a single question `only` the statistic of that name.

        Raises StartError when there is no usable table, or no usable statistic.
        """
        self._settings = settings
        self._spool = spool
        self._only = only
        self._loading = asyncio.Lock()
        self._retiring: dict[asyncio.Task[None], Engine] = {}
        self._uses: Counter[Engine] = Counter()
        self._use_ended = asyncio.Event()
        self.seen = self._look()
        self.fault: DatasetError | None = None
        """Why the table on disk does not serve, without its folder, since clients see this."""
        self.current = self._load(None)
        self._log_dataset()
        self._log_catalog()
        if not self.current.catalog.statistics:
            self.close()
            raise StartError(self._why_empty())

    def query(self, name: str, given: Mapping[str, Any]) -> Query:
        """A query of the current edition; raises NotFound and BadRequest."""
        return self.current.query(self.current.catalog.find(name), given)

    def fits(self) -> dict[str, str]:
        """By statistic: what its jobs fit on the current edition."""
        engine, catalog = self.current
        return {name: fit(engine, statistic) for name, statistic in catalog.statistics.items()}

    @contextmanager
    def using(self) -> Iterator[Edition]:
        """The current edition, for work that is not a job: its table is not freed while the context lasts."""
        edition = self.current
        self._uses[edition.engine] += 1
        try:
            yield edition
        finally:
            self._uses[edition.engine] -= 1
            self._use_ended.set()

    async def reload(self, released: Released, *, table: bool = True) -> Reload:
        """Load changed files; where one is broken, also the table, its last good version keeps serving.

        Running jobs end with the version that they began with. Without `table` only SQL files are looked at. The reload
        is completed even if its caller goes away.
        """
        return await asyncio.shield(asyncio.ensure_future(self._reload(released, table=table)))

    async def _reload(self, released: Released, *, table: bool) -> Reload:
        async with self._loading:
            old = self.current
            before, now = self.seen, await in_loading_thread(self._look)
            self.seen = now if table else now._replace(table=before.table)
            if table and now.table != before.table:
                await self._reload_dataset(released)
            if self.current is old:
                catalog = await in_loading_thread(self._load_catalog, old.engine, old.catalog)
                self.current = old._replace(catalog=catalog)
            catalog = self.current.catalog
            found = Reload(
                dataset=self.current.engine is not old.engine,
                changes=catalogs.changes(old.catalog, catalog),
                faults=[fault.reason for fault in (*catalog.faults, *([self.fault] if self.fault else []))],
            )
            if any(found.changes) or catalog.faults != old.catalog.faults:
                self._log_catalog()
            return found

    def _why_empty(self) -> str:
        folder, catalog = self._settings.path(self._settings.catalog.folder), self.current.catalog
        if not folder.is_dir():
            return f"{folder}: there is no such folder; correct folder in [catalog]"
        if self._only:
            return "\n".join(fault.reason for fault in catalog.faults)
        if catalog.faults:
            return f"no statistic works with {self.current.engine.facts.file}: {catalog.faults[0].reason}"
        return f"{folder}: holds no .sql file; correct folder in [catalog]"

    async def _reload_dataset(self, released: Released) -> None:
        old = self.current
        try:
            self.current = await in_loading_thread(self._load, old)
        except DatasetError as error:
            self.fault = DatasetError(without_folders(error.reason.replace(f"{folder_of(self._settings)}/", "")))
            log.error("%s; dataset %s keeps serving", error.reason, old.engine.facts.version)
            return
        self.fault = None
        self._log_dataset()
        retiring = asyncio.ensure_future(self._retire(old.engine, released))
        self._retiring[retiring] = old.engine
        retiring.add_done_callback(self._retiring.pop)

    async def _retire(self, engine: Engine, released: Released) -> None:
        await released(engine)
        while self._uses[engine]:
            self._use_ended.clear()
            await self._use_ended.wait()
        del self._uses[engine]
        engine.close()
        log.info("dataset %s is freed: its last job has ended", engine.facts.version)

    def _look(self) -> Seen:
        folder = self._settings.path(self._settings.catalog.folder)
        return Seen(files=catalogs.signature(folder), table=signature(self._settings))

    def _load(self, old: Edition | None) -> Edition:
        engine = open_engine(self._settings, self._spool)
        try:
            if old and engine.facts.sample and not old.engine.facts.sample:
                raise DatasetError(f"{old.engine.facts.file} is gone; put it back, or restart for the sample")
            catalog = self._load_catalog(engine, old.catalog if old else None, moved=True)
            if old:
                _refuse_losses(engine.facts.file, old.catalog, catalog)
            return Edition(engine, catalog)
        except BaseException:
            engine.close()
            raise

    def _load_catalog(self, engine: Engine, previous: Catalog | None, *, moved: bool = False) -> Catalog:
        folder = self._settings.path(self._settings.catalog.folder)
        return catalogs.load(folder, engine, previous, moved=moved, only=self._only)

    def _log_dataset(self) -> None:
        facts = self.current.engine.facts
        years = f"years {facts.years[0]} to {facts.years[-1]}"
        log.info("dataset %s: %d rows, %s, from %s", facts.version, facts.rows, years, facts.file)
        if facts.sample:
            log.warning(SAMPLE_WARNING)

    def _log_catalog(self) -> None:
        catalog = self.current.catalog
        for fault in catalog.faults:
            kept = "; its last good version keeps serving" if fault.fields["name"] in catalog.statistics else ""
            log.error("%s%s", fault.reason, kept)
        log.info("statistics: %s", ", ".join(catalog.statistics))

    def close(self) -> None:
        """Free every table; nothing may be running on them any more."""
        for engine in (*self._retiring.values(), self.current.engine):
            engine.close()


def _refuse_losses(source: str, old: Catalog, new: Catalog) -> None:
    """A table that statistics stop working with is not the one they were written for."""
    lost = [fault for fault in new.faults if fault.fields["name"] in old.statistics.keys() - new.statistics.keys()]
    if lost:
        raise DatasetError(f"{source}: {len(lost)} statistics do not work with this table; {lost[0].reason}")
