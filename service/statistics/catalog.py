"""sql/ → statistics; a file that has become faulty leaves its last good version serving."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from service.dataset.choices import Choices
from service.engine.duckdb_engine import Session
from service.errors import StatisticFault
from service.statistics import contract
from service.statistics.statistic import Statistic


class Catalog(NamedTuple):
    """All statistics by name, and the faults of the files that break the contract."""

    statistics: Mapping[str, Statistic]
    faults: tuple[StatisticFault, ...] = ()


class Changes(NamedTuple):
    """Names of statistics, from one catalog to the next."""

    added: list[str]
    changed: list[str]
    removed: list[str]


def load(
    folder: Path, session: Session, choices: Choices, previous: Catalog | None = None, *, moved: bool = False
) -> Catalog:
    """Every `.sql` file of a folder; a fault in one keeps no other from serving.

    With a previous catalog a file with a fault keeps its last good version, and unchanged files are not checked
    again, unless the dataset is another one (`moved`), on which the last good version is checked too.
    """
    known = previous.statistics if previous else {}
    statistics = {}
    faults = []
    for path in sorted(folder.glob("*.sql")):
        try:
            statistics[path.stem] = contract.read(path, session, choices, None if moved else known.get(path.stem))
        except StatisticFault as fault:
            faults.append(fault)
            if path.stem in known:
                with suppress(StatisticFault):
                    last = known[path.stem]
                    statistics[path.stem] = contract.again(last, session, choices) if moved else last
    return Catalog(statistics, tuple(faults))


def changes(old: Catalog, new: Catalog) -> Changes:
    """What is different, by the hash of the files."""
    before, after = old.statistics, new.statistics
    return Changes(
        added=[name for name in after if name not in before],
        changed=[name for name in after if name in before and after[name].hash != before[name].hash],
        removed=[name for name in before if name not in after],
    )
