"""The places of the table, each with its tile on the map, and which end of a question's values is better."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from service.dataset import reference_tables

NATIONAL = "US"


class Place(NamedTuple):
    """`row` and `column` of the tile count from 1; National has a corner to itself."""

    name: str
    code: str
    row: int
    column: int
    type: str


@cache
def places() -> Mapping[str, Place]:
    """Every place by its name."""
    return {
        each["LocationDesc"]: Place(
            name=each["LocationDesc"],
            code=each["LocationAbbr"],
            row=int(each["grid_row"] or 1),
            column=int(each["grid_column"] or 1),
            type=each["type"],
        )
        for each in reference_tables.read(reference_tables.LOCATIONS)
    }


def is_national(name: object) -> bool:
    """Whether this is the whole country, which takes no part in rankings."""
    place = places().get(str(name))
    return place is not None and place.code == NATIONAL


def is_state(name: object) -> bool:
    """Whether this is one of the 50 states or DC, which are ranked."""
    place = places().get(str(name))
    return place is not None and place.type == "state"


@cache
def better_ends() -> Mapping[str, str]:
    """`higher` or `lower` by question and by its code, where one is better than the other."""
    known = [each for each in reference_tables.read(reference_tables.QUESTIONS) if each["better"]]
    return {each[name]: each["better"] for name in ("Question", "QuestionID") for each in known}
