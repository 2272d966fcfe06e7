"""What all commands share: their help, and how they answer slips."""

from __future__ import annotations

import subprocess
import sys

import pytest

from service.cli import COMMANDS
from tests.cli.conftest import Shell
from tests.process import ROOT


@pytest.mark.parametrize(
    ("arguments", "code", "message"),
    [
        (["ask"], 2, "name a statistic to ask: age_adjusted, best5"),
        (["ask", "bets5"], 2, "there is no statistic 'bets5'; did you mean 'best5'?"),
        (["ask", "best5"], 1, "question is missing"),
        (["ask", "best5", "--question", "Q999"], 1, "'Q999' is none of the 9 values"),
        (["ask", "best5", "--question", "Q036", "--since", "x"], 1, "since: 'x' is not a whole number in 2011..2100"),
        (["ask", "best5", "--qestion", "Q036"], 2, "unrecognized arguments: --qestion"),
        (["ask", "trend", "--question", "Q018", "--until", "2012"], 1, "nothing is published for question"),
        (["ask", "trend", "--question", "Q018", "--until", "2012"], 1, "state = null, segment = null"),
        (["check", "nope.sql"], 1, ""),
        (["ask", "$help"], 2, "there is no statistic '$help' (there are: age_adjusted, best5"),
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
