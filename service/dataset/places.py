"""What pictures know of the world: each place's tile on the map, and which end of a question is better."""

from __future__ import annotations

import csv
from collections.abc import Mapping
from functools import cache
from typing import NamedTuple

from service.settings import ROOT

NATIONAL = "US"


class Place(NamedTuple):
    """A place with its abbreviation; `row` and `column` count from 1, and National stands apart in a corner."""

    name: str
    code: str
    row: int
    column: int


@cache
def places() -> Mapping[str, Place]:
    """Every place by its name."""
    with (ROOT / "data" / "locations.csv").open(encoding="utf-8", newline="") as file:
        found = [
            Place(
                each["LocationDesc"],
                each["LocationAbbr"],
                int(each["grid_row"] or 1),
                int(each["grid_column"] or 1),
            )
            for each in csv.DictReader(file)
        ]
    return {place.name: place for place in found}


def is_national(name: object) -> bool:
    """Whether it is the whole country, which takes no part in rankings."""
    place = places().get(str(name))
    return place is not None and place.code == NATIONAL


@cache
def better() -> Mapping[str, str]:
    """By question: `higher` or `lower`."""
    with (ROOT / "data" / "questions.csv").open(encoding="utf-8", newline="") as file:
        return {each["Question"]: each["better"] for each in csv.DictReader(file) if each["better"]}
