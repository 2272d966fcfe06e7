"""The sample rewritten as other editions of the CDC's table, and as extracts of it."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from service.runtime.lifespan import opened_edition
from tests.conftest import read_frame, settings_for
from tests.tables import Table

Row = dict[str, str]
Rewrite = Callable[[Row], Row | None]

Q044 = (
    "Percent of adults who meet the aerobic guideline and engage in muscle-strengthening activities on 2 or more days "
    "a week"
)
Q045 = "Percent of adults who meet the high aerobic guideline, 300 minutes a week"
WORDINGS = {"Q044": Q044, "Q045": Q045}
RENAMED = {"Gender": "Sex", "GEN": "SEX", "Total": "Overall"}
"""Names of columns, categories and strata, and codes, that the current edition has others for."""


def current(row: Row) -> Row:
    """As the current edition has it: other names for a category and for all adults, and two questions worded anew."""
    renamed = {RENAMED.get(name, name): RENAMED.get(value, value) for name, value in row.items()}
    return renamed | {"Question": WORDINGS.get(row["QuestionID"], row["Question"])}


def both(row: Row) -> Row:
    """To 2016 as the older edition has it, then as the current one does; the columns are those of both."""
    columns = dict.fromkeys([*row, *current(row)], "")
    return columns | (row if row["YearStart"] <= "2016" else current(row))


def where(**values: str) -> Rewrite:
    """Only rows with these values."""
    return lambda row: row if all(row[column] == value for column, value in values.items()) else None


def states_only(row: Row) -> Row | None:
    return None if row["LocationAbbr"] == "US" else row


def without(column: str, year: str) -> Rewrite:
    """A year without a column."""
    return lambda row: {name: row[name] for name in row if name != column} if row["YearStart"] == year else None


def rewritten(source: Path, target: Path, rewrite: Rewrite) -> Path:
    """The table at `source`, each row as `rewrite` has it, or left out where it has none."""
    with source.open(encoding="utf-8", newline="") as lines, target.open("w", encoding="utf-8", newline="") as file:
        rows = [row for row in map(rewrite, csv.DictReader(lines)) if row is not None]
        writer = csv.DictWriter(file, rows[0], lineterminator="\n")
        writer.writeheader()
        writer.writerows(rows)
    return target


@contextmanager
def table_of(csv: Path) -> Iterator[Table]:
    """The table of a file, with the statistics of sql/."""
    folder = csv.parent / f"{csv.stem}-settings"
    folder.mkdir(exist_ok=True)
    settings = settings_for(folder, dataset_csv=csv)
    with opened_edition(settings) as edition, closing(edition.engine.session()) as session:
        yield Table(edition, session, read_frame(csv))
