"""sql/ → statistics; a file that has become faulty leaves its last good version serving."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from service.engine.protocol import Engine
from service.errors import NotFound, StatisticFault
from service.statistics import contract
from service.statistics.statistic import Statistic
from service.suggest import hint, nearest


class Catalog(NamedTuple):
    """All statistics by name, and the faults of the files that break the contract."""

    statistics: Mapping[str, Statistic]
    faults: tuple[StatisticFault, ...] = ()

    def find(self, name: str) -> Statistic:
        """The statistic of a name; raises NotFound with the nearest name."""
        if name in self.statistics:
            return self.statistics[name]
        raise NotFound(
            f"there is no statistic {name!r}{hint(name, self.statistics)} (GET /api/statistics lists them)",
            allowed=list(self.statistics),
            did_you_mean=nearest(name, self.statistics),
        )


class Changes(NamedTuple):
    """Names of statistics, from one catalog to the next."""

    added: list[str]
    changed: list[str]
    removed: list[str]


def files(folder: Path) -> list[Path]:
    """The files of statistics; hidden ones are what editors and file systems leave. Raises OSError."""
    return sorted(path for path in folder.iterdir() if path.suffix == ".sql" and not path.name.startswith("."))


def signature(folder: Path) -> object:
    """A value that changes when a file does, or what its path leads to; None while the folder cannot be read."""
    try:
        return [(path.name, _state(path)) for path in files(folder)]
    except OSError:
        return None


def _state(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:
        return None
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev


def load(folder: Path, engine: Engine, previous: Catalog | None = None, *, moved: bool = False) -> Catalog:
    """Every `.sql` file of a folder; a fault in one keeps no other from serving.

    A file with a fault keeps its last good version, from the previous catalog, and so do all when the folder cannot be
    read. Unchanged files are not checked again,
    unless the table is another one (`moved`), on which a last good version is checked too.
    """
    known = previous.statistics if previous else {}
    statistics = {}
    faults = []
    with closing(engine.session()) as session:
        for path in _there_or(known, folder):
            last = known.get(path.stem)
            try:
                statistics[path.stem] = contract.read(path, engine.choices, session, None if moved else last)
            except StatisticFault as fault:
                faults.append(fault)
                if last:
                    with suppress(StatisticFault):
                        again = contract.declared(last.file, last.sql, engine.choices, session) if moved else last
                        statistics[path.stem] = again
    return Catalog(statistics, tuple(faults))


def _there_or(known: Mapping[str, Statistic], folder: Path) -> list[Path]:
    """The files; where the folder is gone, as while another is put in its place, those that are missed."""
    try:
        return files(folder)
    except OSError:
        return [folder / f"{name}.sql" for name in known]


def changes(old: Catalog, new: Catalog) -> Changes:
    """What is different, by the hash of the files."""
    before, after = old.statistics, new.statistics
    return Changes(
        added=[name for name in after if name not in before],
        changed=[name for name in after if name in before and after[name].hash != before[name].hash],
        removed=[name for name in before if name not in after],
    )
