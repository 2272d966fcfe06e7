"""The loaded table: what SQL can reach, and the choices in its columns."""

from __future__ import annotations

from pathlib import Path

import duckdb
import pytest

from service.dataset import Dataset
from service.dataset.choices import Choice
from tests.dataset.small_table import loaded


@pytest.mark.parametrize(
    "sql",
    [
        "from read_csv('/etc/hostname')",
        "copy health to 'stolen.csv'",
        "attach 'other.db'",
        "install httpfs",
        "load 'evil.duckdb_extension'",
        "set enable_external_access = true",
        "set lock_configuration = false",
    ],
)
def test_sql_reaches_nothing_but_the_table(dataset: Dataset, sql: str) -> None:
    """SQL reaches no file, no extension and no setting."""
    cursor = dataset.cursor()
    with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException, duckdb.IOException)):
        cursor.execute(sql)
    cursor.close()


def test_choices_come_with_codes(dataset: Dataset) -> None:
    """A column's values come in order, each with its code."""
    states = dataset.choices("LocationDesc", "LocationAbbr")
    assert len(states) == 55
    assert states[0] == Choice("Alabama", "AL")


def test_choices_of_an_unknown_column_are_refused(dataset: Dataset) -> None:
    """Only names of the table's own columns reach SQL."""
    with pytest.raises(ValueError, match="the table has no column"):
        dataset.choices('LocationDesc" from health; --')


@pytest.mark.real
def test_the_real_table_has_its_known_rows_and_hash(real_csv: Path) -> None:
    """The CDC's table of 2011 to 2021 has the rows and the hash that are known of it."""
    with loaded(real_csv) as dataset:
        facts = dataset.facts
    assert (facts.rows, facts.years) == (88629, list(range(2011, 2022)))
    assert facts.sha256 == "5d6756e27c7144ffac6b46b48ab14a04b79dcdebb5c394b5c67515a9883b40be"
