"""The loaded tables in a file: the same facts, rows and warnings as from the table's own file, or none."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import duckdb
import pytest

from service.dataset import Dataset, snapshot
from service.dataset.snapshot import Snapshot
from service.dataset.source import Source
from tests.conftest import settings_for
from tests.dataset.small_table import ROWS, SMALL, loaded


@pytest.fixture
def csv(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A table that is large enough for a snapshot, with a row that is there twice."""
    monkeypatch.setattr(snapshot, "LEAST_ROWS", 1)
    file = tmp_path / "table.csv"
    file.write_text(f"{SMALL}{ROWS[0]}\n", encoding="utf-8")
    return file


def snapshots(csv: Path) -> list[Path]:
    return sorted((csv.parent / "settings" / "var" / "cache").iterdir())


def snapshot_of(csv: Path, **variables: object) -> Snapshot:
    return Snapshot(settings_for(csv.parent / "settings", dataset_csv=csv, **variables), Source(csv, sample=False))


def tables(connection: duckdb.DuckDBPyConnection) -> dict[str, object]:
    """Columns, types and rows of each, in their order."""
    names = connection.execute("select table_name from duckdb_tables() order by 1").fetchall()
    return {
        name: (connection.execute(f"describe {name}").fetchall(), connection.execute(f"from {name}").fetchall())
        for (name,) in names
    }


def tables_of(dataset: Dataset) -> dict[str, object]:
    with closing(dataset.cursor()) as cursor:
        return tables(cursor)


def test_a_snapshot_has_what_was_loaded(csv: Path) -> None:
    """Every table with its types and the order of its rows, and the facts."""
    with loaded(csv) as dataset, duckdb.connect() as connection:
        kept = snapshot_of(csv).restore(connection)
        assert kept is not None
        assert (tables(connection), kept.facts) == (tables_of(dataset), dataset.facts)


def test_a_snapshot_has_the_choices(csv: Path) -> None:
    """With values of the same types, codes and other names, so that the second start does not look for them."""
    with loaded(csv) as first, duckdb.connect() as connection:
        kept = snapshot_of(csv).restore(connection)
        assert kept is not None
        known = {(each.column, each.code): each.choices for each in kept.choices}
        assert {("Question", "QuestionID"), ("LocationDesc", "LocationAbbr"), ("YearStart", None)} <= known.keys()
        assert known == {key: first.choices(*key) for key in known}
    with loaded(csv) as second:
        assert {key: second.choices(*key) for key in known} == known


def test_the_second_start_warns_as_the_first(csv: Path, caplog: pytest.LogCaptureFixture) -> None:
    """What the checks found is logged, and in the facts, whichever way the table came."""
    with loaded(csv) as first:
        warned, facts = caplog.messages, first.facts
    caplog.clear()
    with loaded(csv) as second:
        assert second.facts == facts
    assert caplog.messages == warned
    assert any(message.startswith(f"{csv}:") for message in warned)


def test_another_content_or_reading_is_read_anew(csv: Path) -> None:
    """A snapshot is of one content, read with the same settings; of all only the newest two stay."""
    with loaded(csv):
        assert len(snapshots(csv)) == 1
    assert snapshot_of(csv, dataset_limits="refuse").restore(duckdb.connect()) is None
    for year in (2012, 2013):
        csv.write_text(SMALL.replace("2011", str(year)), encoding="utf-8")
        with loaded(csv) as dataset:
            assert dataset.facts.years == [year, 2020, 2030]
    assert len(snapshots(csv)) == 2


@pytest.mark.parametrize("at", [0, 5000, 100_000, -1])
def test_a_damaged_snapshot_is_made_anew(csv: Path, caplog: pytest.LogCaptureFixture, at: int) -> None:
    """Whichever byte is wrong, or missing, the table is read from its own file, and the log says so."""
    with loaded(csv) as dataset:
        expected = tables_of(dataset)
    [file] = snapshots(csv)
    content = bytearray(file.read_bytes())
    content[at:] = content[at + 1 :] if at == -1 else bytes(len(content) - at)
    file.write_bytes(content)
    caplog.clear()
    with loaded(csv) as dataset:
        assert tables_of(dataset) == expected
    assert "cannot be used, so the table is read anew" in caplog.text
    assert snapshot_of(csv).restore(duckdb.connect()) is not None


def test_a_folder_that_takes_no_snapshot_keeps_no_table_from_loading(
    csv: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The log says where none can be kept."""
    (csv.parent / "settings" / "var").mkdir(parents=True)
    (csv.parent / "settings" / "var" / "cache").write_text("a file", encoding="utf-8")
    with loaded(csv) as dataset:
        assert dataset.facts.rows == 3
    assert "no snapshot of the table can be kept there" in caplog.text
