"""Copy the journal while the service runs."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from service.errors import StartError
from service.jobs.embedded.journal.backup import back_up
from service.settings import Settings

EXAMPLE = "backup jobs-monday.sqlite3"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, metavar="FILE", help="a new file; name it in [jobs] journal to start from it"
    )
    parser.epilog = (
        "Every job that was acknowledged before is in it, with its answer. Only long answers are not: they lie in "
        "[results] folder, and where that is missing their jobs run again."
    )


def run(settings: Settings, options: argparse.Namespace) -> int:
    if settings.journal is None:
        elsewhere = "jobs are in PostgreSQL, whose own tools make backups"
        nowhere = "[jobs] journal is empty, so jobs are kept in memory only"
        raise StartError(f"there is no journal: {nowhere if settings.jobs.store == 'embedded' else elsewhere}")
    file: Path = options.file
    jobs = back_up(settings.journal, file)
    sys.stdout.write(f"{file}: written, {jobs:,} job{'s' * (jobs != 1)}, {file.stat().st_size:,} bytes\n")
    return 0
