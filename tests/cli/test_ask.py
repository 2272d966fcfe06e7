"""`run.py ask`: the same answers as over HTTP, as tables, texts and files."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys

import pytest

from tests.cli.conftest import Shell, records
from tests.process import ROOT
from tests.tables import Table


@pytest.mark.parametrize("name", ["state_mean", "compare_states", "change_between_years", "questions", "ranking"])
def test_ask_equals_the_api(shell: Shell, small: Table, name: str) -> None:
    """Texts, codes, lists, numbers and defaults give the same figures on the command line."""
    example = dict(small.catalog.statistics[name].examples[0])
    options = [
        text
        for parameter, value in example.items()
        for item in (value if isinstance(value, list) else [value])
        for text in (f"--{parameter}", str(item))
    ]
    asked = shell.run("ask", name, *options, "--format", "records")
    assert json.loads(asked.output)["data"] == records(small, name, example)


def test_ask_writes_any_form(shell: Shell, small: Table) -> None:
    """CSV has the same columns and as many rows."""
    done = shell.run("ask", "coverage", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(done.output)))
    expected = records(small, "coverage", {})
    assert (len(rows), list(rows[0])) == (len(expected), list(expected[0]))


def test_ask_prints_tables_json_and_plans(shell: Shell) -> None:
    """Plain text for a pipe, the API's JSON, and DuckDB's plan with timings."""
    asked = ("ask", "state_mean", "--question", "q036", "--state", "oh")
    assert shell.run(*asked).output.startswith("state\tmean\nOhio\t3")
    shown = shell.run(*asked, "--format", "json").output
    assert json.loads(shown)["data"].keys() == {"Ohio"}
    assert shown.endswith("}\n")
    assert "Total Time" in shell.run(*asked, "--explain").output


def test_conclusion_and_notes_are_beside_the_table(author: Shell) -> None:
    """On the standard error, so that a pipe gets the rows alone."""
    noted = author.folder / "sql" / "noted.sql"
    noted.write_text(
        "-- Noted.\nselect 1 as one, 'Two are left out.' as note, 'It is one.' as conclusion", encoding="utf-8"
    )
    done = author.run("ask", "noted")
    noted.unlink()
    assert (done.output, done.errors) == ("one\n1\n", "It is one.\nTwo are left out.\n")


def test_piped_cells_are_as_they_are(author: Shell) -> None:
    """Tabs between them and no quoting, so that `cut` and `grep` find them; a cell is one line."""
    broken = author.folder / "sql" / "broken.sql"
    broken.write_text("-- Broken.\nselect b b b", encoding="utf-8")
    done = author.run("check", str(broken))
    assert 'syntax error at or near "b"' in done.output
    broken.write_text("-- Odd.\nselect 'a\tb\n\"c\"' as odd, 1 as one", encoding="utf-8")
    asked = author.run("ask", "broken")
    broken.unlink()
    assert asked.output == 'odd\tone\na b "c"\t1\n'


@pytest.mark.skipif(os.name == "nt", reason="Windows has no pseudo-terminals")
@pytest.mark.long
def test_a_terminal_shows_texts_as_they_are(author: Shell) -> None:
    """In the table for a person, what looks like markup or an emoji's name is text."""
    import pty  # noqa: PLC0415 - not there on Windows

    odd = author.folder / "sql" / "odd.sql"
    odd.write_text("-- Odd.\nselect '[bold]x[/bold] :smile: [/]' as odd", encoding="utf-8")
    reader, writer = pty.openpty()
    command = [sys.executable, "run.py", "--config", str(author.folder / "config.toml"), "ask", "odd"]
    subprocess.run(command, cwd=ROOT, stdout=writer, check=True, timeout=60)
    odd.unlink()
    os.close(writer)
    shown = os.read(reader, 10_000).decode()
    os.close(reader)
    assert "[bold]x[/bold] :smile: [/]" in shown


def test_ask_tells_the_faults_of_its_own_file_alone(author: Shell) -> None:
    """Once, and those of other files not at all."""
    broken = author.folder / "sql" / "broken.sql"
    broken.write_text("-- Broken.\nselec 1", encoding="utf-8")
    (author.folder / "sql" / "fine.sql").write_text("-- Fine.\nselect 1 as one", encoding="utf-8")
    fine, asked = author.run("ask", "fine"), author.run("ask", "broken")
    broken.unlink()
    assert (fine.output, fine.errors) == ("one\n1\n", "")
    assert (asked.code, asked.errors.count("Parser Error")) == (2, 1)


def test_ask_needs_no_database(shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    """It joins no replicas, though the service does: what it is asked is nobody else's job."""
    monkeypatch.setenv("HEALTH_JOBS_STORE", "postgresql")
    monkeypatch.setenv("HEALTH_JOBS_URL", "postgresql://nobody@127.0.0.1:1/nowhere")
    done = shell.run("ask", "questions")
    assert (done.code, done.errors) == (0, "")
