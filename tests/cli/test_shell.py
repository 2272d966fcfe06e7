"""`run.py shell` and `export`: the table and the statistics in DuckDB and in other tools."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from service.cli.export import named
from service.engine.notes import KINDS
from tests.cli.conftest import EXAMPLES, Shell, literal, records
from tests.conftest import settings_for
from tests.process import ROOT
from tests.tables import Table

pytestmark = pytest.mark.long


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_every_macro_equals_the_api(snapshot: Path, small: Table, name: str, number: int) -> None:
    """Each example gives the same rows in a DuckDB of one's own, in the same order."""
    example = dict(small.catalog.statistics[name].examples[number])
    call = ", ".join(f"{parameter} := {literal(value)}" for parameter, value in example.items())
    with duckdb.connect(snapshot, read_only=True) as connection:
        rows = connection.execute(f"from {name}({call})").fetchall()
        names = [column for column, *_ in connection.description or ()]
    found = [dict(zip(names, row, strict=True)) for row in rows]
    expected = records(small, name, example)
    assert len(found) == len(expected)
    for row, other in zip(found, expected, strict=True):
        own = {key: value for key, value in row.items() if key not in KINDS}  # columns of the shell, not of the answer
        assert own == {key: pytest.approx(value, abs=1e-9) for key, value in other.items()}


def test_the_shell_runs_sql(shell: Shell, small_csv: Path) -> None:
    """Further arguments go to `duckdb`; texts are VARCHAR; the table and its macros are there."""
    rows = len(small_csv.read_text(encoding="utf-8").splitlines()) - 1
    done = shell.spawn("shell", "-csv", "-c", "select typeof(Question), count(*) from health group by all")
    assert (done.code, done.output.splitlines()[1]) == (0, f"VARCHAR,{rows}")


@pytest.mark.parametrize("sql", ["drop table health", "insert into states select * from states"])
def test_the_shell_cannot_write(shell: Shell, sql: str) -> None:
    """The copy is read-only, and goes with the shell."""
    done = shell.spawn("shell", "-c", sql)
    assert done.code != 0
    assert "read-only" in done.errors
    assert list((shell.folder / "var" / "tmp").glob("*")) == []


@pytest.mark.parametrize(
    ("table", "count"), [("states", 55), ("strata", 28), ("questions", 9), ("question_overlaps", 23)]
)
def test_the_shell_has_the_reference_tables(snapshot: Path, table: str, count: int) -> None:
    """What is known of places, strata and questions can be joined there too."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        assert connection.sql(f"select count(*) from {table}").fetchall() == [(count,)]


def test_a_reader_may_see_enough(shell: Shell) -> None:
    """`ask … | head` ends with the answer's note and no more."""
    command = [sys.executable, "run.py", "--config", str(shell.folder / "config.toml"), "ask", "mean_by_category"]
    asked = [*command, "--question", "Q036", "--format", "ndjson"]
    with subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(10)
        process.stdout.close()
        [note] = process.stderr.read().splitlines()
        assert (note.startswith(b"Over "), process.wait(timeout=60)) == (True, 0)


def test_the_shell_refuses_unknown_choices(shell: Shell) -> None:
    """A macro does not answer with nothing where the API refuses."""
    done = shell.spawn("shell", "-c", "from state_mean(question := 'Q036', state := 'Ohoi')")
    assert "no value of LocationDesc: Ohoi" in done.errors


def test_a_tried_query_pastes_into_a_file(shell: Shell, author: Shell) -> None:
    """What runs in the shell runs in a file unchanged but for the `$name`s, and back."""
    sql = (ROOT / "sql" / "states_mean.sql").read_text(encoding="utf-8")
    for name, value in {"$question": "'Percent of adults who engage in no leisure-time physical activity'"}.items():
        sql = sql.replace(f"= {name}", f"= {value}")
    sql = sql.replace("between $since and $until", "between 2011 and 2100")
    typed = shell.spawn("shell", "-csv", "-c", sql).output
    asked = shell.run("ask", "states_mean", "--question", "Q047", "--format", "csv").output
    assert [row.split(",")[0] for row in typed.splitlines()] == [row.split(",")[0] for row in asked.splitlines()]


def test_parquet_has_the_same_rows(shell: Shell, snapshot: Path) -> None:
    """The Parquet export is read back by another reader, equal to the DuckDB one; neither is overwritten."""
    file = shell.folder / "health.parquet"
    assert shell.run("export", str(file)).code == 0
    with duckdb.connect() as connection:
        connection.execute(f"attach '{snapshot}' as other (read_only)")
        same = f"select count(*) from (from '{file}' except from other.health)"
        assert connection.sql(same).fetchall() == [(0,)]
        counts = f"select (select count(*) from '{file}') - (select count(*) from other.health)"
        assert connection.sql(counts).fetchall() == [(0,)]
    done = shell.run("export", str(file))
    assert (done.code, "already exists" in done.errors) == (2, True)


def test_a_folder_is_served_from(shell: Shell, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is exported without a suffix answers in place of the table; so does what is exported from that."""
    expected = shell.run("ask", "best5", "--question", "Q036", "--format", "csv").output
    monkeypatch.setenv("HEALTH_SERVER_VAR", str(tmp_path / "var"))
    for target in ("one", "two.parquet"):
        done = shell.run("export", str(tmp_path / target))
        assert (done.code, done.output) == (0, f"{tmp_path / target}: written\n")
        monkeypatch.setenv("HEALTH_DATASET_SOURCE", str(tmp_path / target))
        monkeypatch.setenv("HEALTH_ENGINE_STORAGE", "parquet")
        asked = shell.run("ask", "best5", "--question", "Q036", "--format", "csv").output
        assert without_version(asked) == without_version(expected)


def without_version(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def test_an_export_of_the_sample_is_named_as_one(tmp_path: Path) -> None:
    """Whatever name was asked for, so that nobody takes it for the CDC's table."""
    settings = settings_for(tmp_path)
    assert named(settings, tmp_path / "health.parquet") == tmp_path / "SAMPLE_health.parquet"
    assert named(settings, tmp_path / "SAMPLE_health.parquet") == tmp_path / "SAMPLE_health.parquet"
