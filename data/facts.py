"""Derive the reference tables from the CDC's table: `python -m data.facts CSV` (needs requirements-dev.txt).

What cannot be derived (a question's better end, a place's tile on the map) stands in the tables already and is kept.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pandas as pd

FOLDER = Path(__file__).parent
SUPPRESSED = 25
"""Stands for the size of a sample too small to publish, which is below 50."""


def read(csv: Path) -> pd.DataFrame:
    """The table; only an empty field is missing."""
    return pd.read_csv(csv, keep_default_na=False, na_values=[""], low_memory=False).rename(columns=str.strip)


def gaps(table: pd.DataFrame) -> pd.DataFrame:
    """Each question's survey years, with the places that have no row, one row and no stratum, or nothing published."""
    places = set(table.LocationAbbr)
    rows = []
    for (question, year), asked in table.groupby(["QuestionID", "YearStart"]):
        bare = set(asked.LocationAbbr[asked.StratificationID1.isna()])
        absent = places - set(asked.LocationAbbr)
        silent = set(asked.LocationAbbr) - set(asked.LocationAbbr[asked.Data_Value.notna()]) - bare
        rows.append((question, year, *(" ".join(sorted(group)) for group in (absent, bare, silent))))
    return pd.DataFrame(rows, columns=["QuestionID", "YearStart", "absent", "unstratified", "unpublished"])


def levels(table: pd.DataFrame) -> pd.DataFrame:
    """For each question, in percent: a place's overall mean, a stratum's and a year's mean distance from it."""
    published = table.dropna(subset=["Data_Value", "StratificationID1"])
    overall = published[published.StratificationID1 == "OVERALL"]
    place = overall.groupby(["QuestionID", "LocationAbbr"]).Data_Value.mean()
    keys = ["QuestionID", "LocationAbbr", "YearStart"]
    beside = published.merge(overall[[*keys, "Data_Value"]], on=keys, suffixes=("", "_overall"))
    beside["distance"] = beside.Data_Value - beside.Data_Value_overall
    stratum = beside.groupby(["QuestionID", "StratificationID1"]).distance.mean()
    moved = overall.set_index(["QuestionID", "LocationAbbr"]).assign(level=place)
    moved["distance"] = moved.Data_Value - moved.level
    year = moved.reset_index().groupby(["QuestionID", "YearStart"]).distance.mean()
    kinds = {"place": place, "stratum": stratum, "year": year}
    parts = [
        means.rename_axis(["question", "id"])
        .rename("level")
        .reset_index()
        .assign(kind=kind, id=lambda f: f.id.astype(str))
        for kind, means in kinds.items()
    ]
    return pd.concat(parts)[["question", "kind", "id", "level"]].round({"level": 1})


def sizes(table: pd.DataFrame) -> pd.DataFrame:
    """The usual size of a sample, to two digits: a row for each place, a column for each stratum.

    Surveys of which a place published nothing are left out: gaps.csv has them, and they say nothing of the size.
    """
    surveys = table.groupby(["QuestionID", "LocationAbbr", "YearStart"])
    known = table[surveys.Data_Value.transform("count") > 0].dropna(subset=["StratificationID1"])
    filled = known.assign(Sample_Size=known.Sample_Size.fillna(SUPPRESSED))
    usual = filled.pivot_table(
        index="LocationAbbr", columns="StratificationID1", values="Sample_Size", aggfunc="median"
    )
    return usual.map(lambda size: int(float(f"{size:.2g}")))


def main() -> None:
    """Write gaps.csv, levels.csv and sizes.csv."""
    table = read(Path(sys.argv[1]))
    gaps(table).to_csv(FOLDER / "gaps.csv", index=False)
    levels(table).to_csv(FOLDER / "levels.csv", index=False)
    sizes(table).to_csv(FOLDER / "sizes.csv")


if __name__ == "__main__":
    main()
