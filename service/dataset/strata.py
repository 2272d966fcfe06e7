"""The order of segments: ages, education and incomes from low to high, as data/strata.csv lists them."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache

from service.dataset import reference_tables

SEGMENT = "Stratification1"


def place_of_segment(segment: str) -> int:
    """Counted from 0; unknown segments come last."""
    return _places().get(segment, len(_places()))


@cache
def _places() -> Mapping[str, int]:
    listed = [row[SEGMENT] for row in reference_tables.read(reference_tables.STRATA)]
    return {name: index for index, each in enumerate(listed) for name in reference_tables.aliases_of(SEGMENT, each)}
