"""The modelled sample: a table like the CDC's, made from rounded aggregates of it. `python -m data.sample FILE`

A value is its place's level, plus its stratum's and its year's distance from it, plus noise; the confidence limits
are those of a proportion in a cluster sample of the place's usual size. The same code makes the same bytes.
"""

from __future__ import annotations

import csv
import hashlib
import math
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import NamedTuple

FOLDER = Path(__file__).parent
TABLES = ("gaps", "levels", "locations", "questions", "sizes", "strata")
SEED = 2011
BREAKOUTS = ("Total", "Age(years)", "Education", "Gender", "Income", "Race/Ethnicity")
HEADER = (
    "YearStart,YearEnd,LocationAbbr,LocationDesc,Datasource,Class,Topic,Question,Data_Value_Unit,Data_Value_Type,"
    "Data_Value,Data_Value_Alt,Data_Value_Footnote_Symbol,Data_Value_Footnote,Low_Confidence_Limit,"
    "High_Confidence_Limit ,Sample_Size,Total,Age(years),Education,Gender,Income,Race/Ethnicity,GeoLocation,ClassID,"
    "TopicID,QuestionID,DataValueTypeID,LocationID,StratificationCategory1,Stratification1,"
    "StratificationCategoryId1,StratificationID1"
).split(",")
DATASOURCE = "Behavioral Risk Factor Surveillance System"
FOOTNOTE = "Data not available because sample size is insufficient."
SMALLEST_SAMPLE = 50
"""The CDC publishes no value of a smaller one."""
DESIGN_EFFECT = 1.9
"""How much wider than in a simple random sample the published confidence limits lie, as a ratio of variances."""
NOISE = 1.2
"""Percentage points, about a standard deviation."""

Fact = dict[str, str]
Cells = tuple[str, ...]


class Estimate(NamedTuple):
    """What a survey would publish: percent, its limits of 95% confidence, and the number of people asked."""

    value: float
    low: float
    high: float
    size: int


def version() -> str:
    """A hash of this generator and its facts: another version makes another sample."""
    parts = [Path(__file__), *(FOLDER / f"{name}.csv" for name in TABLES)]
    return hashlib.sha256(b"".join(part.read_bytes() for part in parts)).hexdigest()[:12]


def write(path: Path) -> None:
    """Write the sample as CSV; a file of this name is there whole or not at all."""
    partial = path.with_name(f"{path.name}.{os.getpid()}.part")
    try:
        with partial.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow(HEADER)
            writer.writerows(rows())
        partial.replace(path)
    finally:
        partial.unlink(missing_ok=True)


def rows() -> Iterator[Cells]:
    """Every row, in the order of question, year, place and stratum."""
    model = _Model()
    questions = {question["QuestionID"]: question for question in _read("questions")}
    for survey in _read("gaps"):
        question, year = questions[survey["QuestionID"]], survey["YearStart"]
        absent, unstratified, unpublished = (survey[gap].split() for gap in ("absent", "unstratified", "unpublished"))
        for place in model.places:
            if place["LocationAbbr"] in unstratified:
                yield _row(year, place, question, None, None)
            elif place["LocationAbbr"] in unpublished:
                yield from (_row(year, place, question, stratum, None) for stratum in model.strata)
            elif place["LocationAbbr"] not in absent:
                for stratum, estimate in model.estimates(question["QuestionID"], year, place["LocationAbbr"]):
                    yield _row(year, place, question, stratum, estimate)


class _Model:
    """The rounded aggregates, and the chance that makes estimates of them."""

    def __init__(self) -> None:
        self._chance = Random(SEED)
        self.places = _read("locations")
        self.strata = _read("strata")
        self._levels = {(row["question"], row["kind"], row["id"]): float(row["level"]) for row in _read("levels")}
        self._sizes = {row["LocationAbbr"]: row for row in _read("sizes")}

    def estimates(self, question: str, year: str, place: str) -> Iterator[tuple[Fact, Estimate | None]]:
        """Each stratum with its estimate; None where a sample is too small."""
        level = self._levels[question, "place", place] + self._levels[question, "year", year]
        for stratum in self.strata:
            key = stratum["StratificationID1"]
            distance = self._levels[question, "stratum", key]
            yield stratum, _estimate(self._chance, level + distance, int(self._sizes[place][key]))


def _read(name: str) -> list[Fact]:
    with (FOLDER / f"{name}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _estimate(chance: Random, level: float, usual_size: int) -> Estimate | None:
    """An estimate around a level; None when the sample is too small to publish."""
    # Sums of uniform numbers, since only random() is promised to stay the same in all versions of Python.
    size = round(usual_size * (0.75 + 0.5 * chance.random()))
    noise = NOISE * 2 * (chance.random() + chance.random() + chance.random() - 1.5)
    if size < SMALLEST_SAMPLE:
        return None
    value = round(min(max(level + noise, 1.0), 99.0), 1)
    half = 1.96 * math.sqrt(DESIGN_EFFECT * value * (100 - value) / size)
    return Estimate(value, round(max(value - half, 0.0), 1), round(min(value + half, 100.0), 1), size)


def _row(year: str, place: Fact, question: Fact, stratum: Fact | None, estimate: Estimate | None) -> Cells:
    """One row of the table; without a stratum as the CDC has some: nothing published, and no category."""
    name = stratum["Stratification1"] if stratum else ""
    column = stratum["column"] if stratum else ""
    figures: Cells = ("", "", "~", FOOTNOTE, "", "", "")
    if estimate:
        value, low, high, size = map(str, estimate)
        figures = (value, value, "", "", low, high, size)
    return (
        *(year, year, place["LocationAbbr"], place["LocationDesc"], DATASOURCE),
        *(question["Class"], question["Topic"], question["Question"], "", "Value"),
        *figures,
        *(name if breakout == column else "" for breakout in BREAKOUTS),
        *(place["GeoLocation"], question["ClassID"], question["TopicID"], question["QuestionID"], "VALUE"),
        *(place["LocationID"], stratum["StratificationCategory1"] if stratum else "", name),
        *((stratum["StratificationCategoryId1"], stratum["StratificationID1"]) if stratum else ("", "")),
    )


if __name__ == "__main__":
    write(Path(sys.argv[1]))
