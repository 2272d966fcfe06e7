"""sql/ → statistics; a file that has become faulty leaves its last good version serving."""

from __future__ import annotations

import os
from collections.abc import Mapping
from contextlib import closing, suppress
from pathlib import Path
from typing import NamedTuple

from service.engine.protocol import Engine
from service.errors import NotFound, StatisticFault, without_frames
from service.statistics import contract
from service.statistics.statistic import Statistic
from service.suggest import hint, nearest


class Catalog(NamedTuple):
    """All statistics by name, and the faults of the files that break the contract."""

    statistics: Mapping[str, Statistic]
    faults: tuple[StatisticFault, ...] = ()

    def faults_of(self, name: str) -> list[str]:
        return [fault.reason for fault in self.faults if fault.fields["name"] == name]

    def find(self, name: str) -> Statistic:
        """The statistic of a name; raises NotFound with its fault or the nearest name."""
        if name in self.statistics:
            return self.statistics[name]
        faults = [fault for fault in self.faults if fault.fields["name"] == name]
        if faults:
            reasons = "; ".join(fault.reason for fault in faults)
            status = min(fault.status for fault in faults)
            raise NotFound(
                f"the statistic {name!r} does not serve: {reasons}", status=status, allowed=list(self.statistics)
            )
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
    """The files of statistics, by name; raises OSError."""
    return sorted(path for path in folder.iterdir() if _is_statistic(path.name))


def _is_statistic(name: str) -> bool:
    """Hidden files are what editors and file systems leave."""
    return name.endswith(".sql") and not name.startswith(".")


def signature(folder: Path) -> object:
    """A value that changes when a file does, or what its path leads to; None while the folder cannot be read."""
    try:
        with os.scandir(folder) as entries:
            return sorted((entry.name, *_state(entry)) for entry in entries if _is_statistic(entry.name))
    except OSError:
        return None


def _state(entry: os.DirEntry[str]) -> tuple[int, ...]:
    try:
        status = entry.stat()
    except OSError:  # a link that leads nowhere
        return ()
    return status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev


def load(
    folder: Path, engine: Engine, previous: Catalog | None = None, *, moved: bool = False, only: str | None = None
) -> Catalog:
    """Every `.sql` file of a folder, or `only` that of one statistic; a fault in one keeps no other from serving.

    A file with a fault keeps its last good version, from the previous catalog, and so do all when the folder is empty
    or cannot be read. Unchanged files are not checked again, unless the table is another one (`moved`), on which a last
    good version is checked too.
    """
    known = previous.statistics if previous else {}
    statistics = {}
    faults = []
    with closing(engine.session()) as session:
        for path in _there_or(known, folder):
            if only not in (None, path.stem):
                continue
            last = known.get(path.stem)
            try:
                statistics[path.stem] = contract.read(path, engine.choices, session, None if moved else last)
            except StatisticFault as fault:
                faults += [without_frames(fault), *fault.others]
                if last:
                    with suppress(StatisticFault):
                        again = contract.declared(last.file, last.sql, engine.choices, session) if moved else last
                        statistics[path.stem] = again
    return Catalog(statistics, tuple(faults))


def _there_or(known: Mapping[str, Statistic], folder: Path) -> list[Path]:
    """The files; where all are gone, as while another folder is put in this one's place, those that are missed."""
    found: list[Path] = []
    with suppress(OSError):
        found = files(folder)
    return found or [folder / f"{name}.sql" for name in known]


def changes(old: Catalog, new: Catalog) -> Changes:
    """What is different, by the hash of the files."""
    before, after = old.statistics, new.statistics
    return Changes(
        added=[name for name in after if name not in before],
        changed=[name for name in after if name in before and after[name].hash != before[name].hash],
        removed=[name for name in before if name not in after],
    )
