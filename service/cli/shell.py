"""Open a DuckDB shell on a copy of the table."""

from __future__ import annotations

import argparse
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from service.cli.export import write_snapshot
from service.dataset.source import scratch_folder
from service.errors import StartError
from service.settings import Settings

EXAMPLE = "shell -c \"from best5(question := 'Q036')\""


def add_arguments(_: argparse.ArgumentParser) -> None:
    """All of them go to `duckdb`."""


def run(settings: Settings, options: argparse.Namespace) -> int:
    """Run the `duckdb` command on a read-only copy, so that nothing it does reaches the service."""
    beside = Path(sys.executable).with_name("duckdb")
    command = str(beside) if beside.exists() else shutil.which("duckdb")
    if command is None:
        raise StartError("there is no `duckdb` command; `make install` puts it into venv/bin")
    folder = scratch_folder(settings)
    folder.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(dir=folder) as scratch:
        file = Path(scratch) / "health.duckdb"
        write_snapshot(settings, file)
        # Ctrl-C is for the query in the shell, not for us who wait for its end.
        signal.signal(signal.SIGINT, lambda *_: None)
        utc = ("-cmd", "set TimeZone = 'UTC'")  # as in the service
        return subprocess.run([command, "-readonly", *utc, str(file), *options.rest], check=False).returncode  # noqa: S603
