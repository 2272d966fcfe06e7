"""Commands as they are typed, and the same table beside them."""

from __future__ import annotations

import io
import subprocess
import sys
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from bench.service import WITHOUT_NUMPY
from service.cli import main
from tests.conftest import settings_for, table_on
from tests.process import ROOT
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
        """In this process, which saves the seconds that a new one takes to import everything."""
        output, errors = (io.TextIOWrapper(io.BytesIO(), encoding="utf-8", newline="") for _ in range(2))
        with redirect_stdout(output), redirect_stderr(errors):
            try:
                code = main(["--config", str(self.folder / "config.toml"), *arguments])
            except SystemExit as end:
                code = int(end.code or 0)
        return Done(code, _all_of(output), _all_of(errors))

    def spawn(self, *arguments: str) -> Done:
        """In a process of its own, as a person does."""
        command = [sys.executable, *WITHOUT_NUMPY, "--config", str(self.folder / "config.toml"), *arguments]
        done = subprocess.run(command, cwd=ROOT, text=True, capture_output=True, check=False, timeout=60)
        return Done(done.returncode, done.stdout, done.stderr)


def _all_of(text: io.TextIOWrapper) -> str:
    text.seek(0)
    return text.read()


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
