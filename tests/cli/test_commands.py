"""The author's commands: new, check, ask, shell and export, as they are typed."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb
import pytest

from service.cli import COMMANDS, main
from tests.conftest import settings_for, table_on
from tests.process import ROOT, RUN
from tests.tables import Table

EXAMPLES = [
    pytest.param(path.stem, number, id=f"{path.stem} {number}")
    for path in sorted((ROOT / "sql").glob("*.sql"))
    for number in range(path.read_text(encoding="utf-8").count("\n-- example:"))
]


class Done(NamedTuple):
    """What a command printed, and its exit code."""

    code: int
    output: str
    errors: str


class Shell(NamedTuple):
    """A place to run commands in, with a folder of SQL files of one's own."""

    folder: Path

    def run(self, *arguments: str) -> Done:
        command = [sys.executable, *RUN, "--config", str(self.folder / "config.toml"), *arguments]
        done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False, timeout=60)
        return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def shell(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    folder = tmp_path_factory.mktemp("workshop")
    (folder / "sql").mkdir()
    settings = f'[dataset]\ncsv = "{small_csv}"\n[catalog]\nfolder = "{ROOT / "sql"}"\n'
    (folder / "config.toml").write_text(settings, encoding="utf-8")
    return Shell(folder)


@pytest.fixture(scope="module")
def author(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Shell:
    """The same with an empty folder of SQL files."""
    folder = tmp_path_factory.mktemp("author")
    (folder / "sql").mkdir()
    (folder / "config.toml").write_text(f'[dataset]\ncsv = "{small_csv}"\n', encoding="utf-8")
    return Shell(folder)


@pytest.fixture(scope="module")
def snapshot(shell: Shell) -> Path:
    """The table and the macros as a file."""
    done = shell.run("export", str(shell.folder / "health.duckdb"))
    assert done.code == 0, done
    return shell.folder / "health.duckdb"


@pytest.fixture(scope="module")
def small(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """The same table in this process."""
    with table_on(settings_for(tmp_path_factory.mktemp("small"), dataset_csv=small_csv)) as table:
        yield table


def records(table: Table, name: str, example: dict[str, Any]) -> list[dict[str, Any]]:
    """What the service answers, as records."""
    result = table.answer(name, **example).result
    return [dict(zip(result.names, row, strict=True)) for row in result.rows()]


def literal(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    return f"'{value}'" if isinstance(value, str) else str(value)


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_every_macro_equals_the_api(snapshot: Path, small: Table, name: str, number: int) -> None:
    """Each example gives the same rows in the shell's DuckDB, in the same order."""
    example = dict(small.catalog.statistics[name].examples[number])
    call = ", ".join(f"{parameter} := {literal(value)}" for parameter, value in example.items())
    command = [
        str(Path(sys.executable).parent / "duckdb"),
        "-readonly",
        "-json",
        str(snapshot),
        "-c",
        f"from {name}({call})",
    ]
    done = subprocess.run(command, text=True, capture_output=True, check=True)
    expected = records(small, name, example)
    found = json.loads(done.stdout)
    assert len(found) == len(expected)
    for row, other in zip(found, expected, strict=True):
        assert row == {key: pytest.approx(value, abs=1e-9) for key, value in other.items()}


@pytest.mark.parametrize(("name", "number"), EXAMPLES)
def test_ask_equals_the_api(
    shell: Shell, small: Table, capsysbinary: pytest.CaptureFixture[bytes], name: str, number: int
) -> None:
    """Each example gives the same figures on the command line."""
    example = dict(small.catalog.statistics[name].examples[number])
    options = [
        text
        for parameter, value in example.items()
        for item in (value if isinstance(value, list) else [value])
        for text in (f"--{parameter}", str(item))
    ]
    assert main(["--config", str(shell.folder / "config.toml"), "ask", name, *options, "--format", "records"]) == 0
    assert json.loads(capsysbinary.readouterr().out)["data"] == records(small, name, example)


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
    assert json.loads(shell.run(*asked, "--format", "json").output)["data"].keys() == {"Ohio"}
    assert "Total Time" in shell.run(*asked, "--explain").output


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ask"], 2, "name a statistic to ask: best5"),
        (["ask", "bets5"], 2, "name a statistic to ask: best5"),
        (["ask", "best5"], 1, "question is missing"),
        (["ask", "best5", "--question", "Q999"], 1, "'Q999' is none of the 9 values"),
        (["ask", "best5", "--question", "Q036", "--since", "x"], 1, "since: 'x' is not a whole number in 2011..2100"),
        (["ask", "best5", "--qestion", "Q036"], 2, "unrecognized arguments: --qestion"),
        (["ask", "trend", "--question", "Q018", "--until", "2012"], 1, "no data for question"),
        (["ask", "trend", "--question", "Q018", "--until", "2012"], 1, "state = null, segment = null"),
        (["check", "nope.sql"], 1, ""),
        (["ask", "$help"], 2, "name a statistic to ask: best5"),
        (["new", "Bad-Name"], 2, "cannot be the name of an endpoint"),
        (["new", "jobs"], 2, "is a route of the service"),
        (["new", "best5"], 2, "exists already"),
        (["export", "health.xls"], 2, "must end in .duckdb or .parquet"),
        (["fly"], 2, "invalid choice: 'fly'"),
        (["check", "--fast"], 2, "unrecognized arguments: --fast"),
    ],
)
def test_a_slip_is_explained(shell: Shell, arguments: list[str], code: int, message: str) -> None:
    """The exit code tells CI, the message tells the person, and there is no traceback."""
    done = shell.run(*arguments)
    assert done.code == code
    assert message in done.errors
    assert "Traceback" not in done.errors


@pytest.mark.parametrize(
    "command",
    [[], ["serve"], ["fetch"], ["check"], ["new"], ["ask"], ["ask", "best5"], ["shell"], ["export"], ["backup"]],
)
def test_help_shows_an_example(shell: Shell, command: list[str]) -> None:
    """Of the whole and of each command."""
    done = shell.run(*command, "--help")
    assert (done.code, "Example: python run.py" in " ".join(done.output.split())) == (0, True)


def test_help_imports_no_part_of_the_service() -> None:
    """So that it comes at once: neither the table's libraries nor the server's."""
    code = "import sys; from service.cli import COMMANDS, main\ntry: main(['--help'])\nfinally: print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, text=True, capture_output=True, check=True)
    imported = set(done.stdout.splitlines()[-1].split())
    assert imported & {"duckdb", "pyarrow", "aiohttp", "vl_convert", "numpy", "service.api", "service.cli.ask"} == set()


def test_every_command_has_a_file() -> None:
    """And every file that is a command is in the table."""
    files = {file.stem for file in (ROOT / "service" / "cli").glob("*.py") if "\nEXAMPLE = " in file.read_text("utf-8")}
    assert files == set(COMMANDS)


def test_a_new_file_passes_its_check(author: Shell) -> None:
    """What `new` writes is a statistic."""
    assert author.run("new", "mine").code == 0
    done = author.run("check")
    assert (done.code, done.errors) == (0, "")
    assert done.output.splitlines()[1].endswith("\tgood")


def test_check_tells_what_is_no_file_of_a_statistic(author: Shell) -> None:
    """A file that is not there is named as it was typed, and only a .sql file is one."""
    (author.folder / "notes.txt").write_text("-- Notes.\nselect 1 as one", encoding="utf-8")
    done = author.run("check", "nope.sql", str(author.folder / "notes.txt"))
    assert done.code == 1
    missing, text = (line.split("\t")[-1] for line in done.output.splitlines()[1:])
    assert missing == "nope.sql:1: cannot be read: No such file or directory"
    assert text.endswith("/notes.txt:1: is not a .sql file; the name of a statistic's file ends in .sql")


def test_check_tells_an_example_without_rows(author: Shell) -> None:
    """The exit code tells whoever writes the file, since the example shows nothing."""
    empty = author.folder / "sql" / "empty.sql"
    text = '-- Empty.\n-- $from_year integer: year\n-- example: {"from_year": 2100}\n'
    empty.write_text(f"{text}select YearStart from health where YearStart > $from_year", encoding="utf-8")
    done = author.run("check", str(empty))
    empty.unlink()
    assert (done.code, "sql/empty.sql:3: example: gives no rows" in done.output) == (1, True)


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


def test_check_tells_faults(author: Shell) -> None:
    """A fault has its line, the other files their result, and the exit code is 1."""
    broken = author.folder / "sql" / "broken.sql"
    broken.write_text("-- Broken.\nselec 1", encoding="utf-8")
    done = author.run("check", str(broken))
    broken.unlink()
    assert done.code == 1
    assert "sql/broken.sql:2: Parser Error" in done.output


def test_the_shell_runs_sql(shell: Shell, small_csv: Path) -> None:
    """Further arguments go to `duckdb`; texts are VARCHAR; the table and its macros are there."""
    rows = len(small_csv.read_text(encoding="utf-8").splitlines()) - 1
    done = shell.run("shell", "-csv", "-c", "select typeof(Question), count(*) from health group by all")
    assert (done.code, done.output.splitlines()[1]) == (0, f"VARCHAR,{rows}")


@pytest.mark.parametrize("sql", ["drop table health", "insert into states values ('a', 'b', 1, 1)"])
def test_the_shell_cannot_write(shell: Shell, sql: str) -> None:
    """The copy is read-only, and goes with the shell."""
    done = shell.run("shell", "-c", sql)
    assert done.code != 0
    assert "read-only" in done.errors
    assert list((shell.folder / "var" / "tmp").glob("*")) == []


@pytest.mark.parametrize(("table", "count"), [("states", 55), ("strata", 28), ("questions", 9)])
def test_the_shell_has_the_reference_tables(snapshot: Path, table: str, count: int) -> None:
    """What is known of places, strata and questions can be joined there too."""
    with duckdb.connect(str(snapshot), read_only=True) as connection:
        assert connection.sql(f"select count(*) from {table}").fetchall() == [(count,)]


def test_a_reader_may_see_enough(shell: Shell) -> None:
    """`ask … | head` ends quietly."""
    command = [sys.executable, "run.py", "--config", str(shell.folder / "config.toml"), "ask", "mean_by_category"]
    asked = [*command, "--question", "Q036", "--format", "ndjson"]
    with subprocess.Popen(asked, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdout
        assert process.stderr
        process.stdout.read(10)
        process.stdout.close()
        assert (process.stderr.read(), process.wait(timeout=60)) == (b"", 0)


def test_the_shell_refuses_unknown_choices(shell: Shell) -> None:
    """A macro does not answer with nothing where the API refuses."""
    done = shell.run("shell", "-c", "from state_mean(question := 'Q036', state := 'Ohoi')")
    assert "no value of LocationDesc: Ohoi" in done.errors


def test_a_tried_query_pastes_into_a_file(shell: Shell, author: Shell) -> None:
    """What runs in the shell runs in a file unchanged but for the `$name`s, and back."""
    sql = (ROOT / "sql" / "states_mean.sql").read_text(encoding="utf-8")
    for name, value in {"$question": "'Percent of adults who engage in no leisure-time physical activity'"}.items():
        sql = sql.replace(f"= {name}", f"= {value}")
    sql = sql.replace("between $since and $until", "between 2011 and 2100")
    typed = shell.run("shell", "-csv", "-c", sql).output
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
