"""sql/ → statistics."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from service import contract
from service.choices import Choices
from service.engine import Session
from service.errors import StatisticFault
from service.statistic import Statistic


class Catalog:
    """All statistics by name, and the faults of the files that are none."""

    def __init__(self, statistics: Mapping[str, Statistic], faults: list[StatisticFault]) -> None:
        self.statistics = dict(sorted(statistics.items()))
        self.faults = faults


def load(folder: Path, session: Session, choices: Choices) -> Catalog:
    """Every `.sql` file of a folder; a file with a fault does not keep the others from serving."""
    statistics = {}
    faults = []
    for path in sorted(folder.glob("*.sql")):
        try:
            statistics[path.stem] = contract.read(path, session, choices)
        except StatisticFault as fault:
            faults.append(fault)
    return Catalog(statistics, faults)
