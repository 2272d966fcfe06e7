"""Commands about the table: fetch it, export it, and open a shell on it."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from service.cli.opened import opened
from service.dataset import Dataset, load_source
from service.dataset.download import fetch
from service.dataset.export import write_duckdb, write_parquet
from service.dataset.reference import CODES, known_codes
from service.dataset.source import Source, fetched, scratch_folder
from service.engine.macros import macros
from service.errors import DatasetError, StartError
from service.settings import Settings

LEAST_ROWS = 50_000
"""The CDC's table of 2011 to 2021 has 88,629 rows, and grows by survey years."""


def fetch_table(settings: Settings, options: argparse.Namespace) -> int:
    """Download the CDC's table to where the service finds it."""
    console = Console()
    target = fetched(settings)

    def check(file: Path) -> str:
        dataset = load_source(Source(file, sample=False), settings)
        try:
            check_whole(file, dataset)
        finally:
            dataset.close()
        return f"{dataset.facts.rows:,} rows, survey years {dataset.facts.years[0]} to {dataset.facts.years[-1]}"

    found = fetch(options.url, target, check, console=console)
    console.print(f"{target}: {found}; it is used from the next start on")
    return 0


def check_whole(file: Path, dataset: Dataset) -> None:
    """Raise DatasetError for a table that lacks what every edition has: the wrong one, or a part of it."""
    for column in CODES:
        there = {value for value, _ in dataset.choices(column)}
        absent = [code for code in known_codes(column) if code not in there]
        if absent:
            raise DatasetError(f"{file}: column {column} lacks {', '.join(absent)}")
    if dataset.facts.rows < LEAST_ROWS:
        raise DatasetError(f"{file}: has {dataset.facts.rows:,} rows, but must have at least {LEAST_ROWS:,}")


def export(settings: Settings, options: argparse.Namespace) -> int:
    """Write the table as a DuckDB or Parquet file."""
    file: Path = options.file
    writers = {".duckdb": _write_snapshot, ".parquet": write_parquet}
    if file.suffix not in writers:
        raise StartError(f"{file}: the name must end in .duckdb or .parquet, which tells the format")
    writers[file.suffix](settings, file)
    sys.stdout.write(f"{file}: written\n")
    return 0


def shell(settings: Settings, options: argparse.Namespace) -> int:
    """Run the `duckdb` command on a read-only copy, so that nothing it does reaches the service."""
    beside = Path(sys.executable).with_name("duckdb")
    command = str(beside) if beside.exists() else shutil.which("duckdb")
    if command is None:
        raise StartError("there is no `duckdb` command; `make install` puts it into venv/bin")
    folder = scratch_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as scratch:
        file = Path(scratch) / "health.duckdb"
        _write_snapshot(settings, file)
        # Ctrl-C is for the query in the shell, not for us who wait for its end.
        signal.signal(signal.SIGINT, lambda *_: None)
        return subprocess.run([command, "-readonly", str(file), *options.rest], check=False).returncode  # noqa: S603


def _write_snapshot(settings: Settings, file: Path) -> None:
    with opened(settings) as (_, catalog, _facts):
        created = macros(catalog.statistics.values())
    write_duckdb(settings, file, created)
