"""What a run must keep, for its exit code."""

from __future__ import annotations

from collections.abc import Iterable
from typing import NamedTuple

from rich.console import Console


class Bound(NamedTuple):
    """A figure, and the most that it may be."""

    what: str
    found: float
    most: float

    @property
    def kept(self) -> bool:
        return self.found <= self.most


def exit_code(console: Console, bounds: Iterable[Bound]) -> int:
    """0 when all are kept; each is a line."""
    for bound in (found := [*bounds]):
        kept = "kept  " if bound.kept else "BROKEN"
        console.print(f"{kept} {bound.what}: {bound.found:.4g}, at most {bound.most:.4g}")
    return 0 if all(bound.kept for bound in found) else 1


def percentile(values: Iterable[float], share: float) -> float:
    """The value that this share does not exceed."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]
