"""Write the table for other tools, as a DuckDB or Parquet file."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from service.dataset.export import write_duckdb, write_parquet
from service.engine.macros import macros
from service.errors import StartError
from service.runtime.lifespan import opened_edition
from service.settings import Settings

EXAMPLE = "export health.parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a new .duckdb or .parquet file")


def run(settings: Settings, options: argparse.Namespace) -> int:
    file: Path = options.file
    writers = {".duckdb": write_snapshot, ".parquet": write_parquet}
    if file.suffix not in writers:
        raise StartError(f"{file}: the name must end in .duckdb or .parquet, which tells the format")
    writers[file.suffix](settings, file)
    sys.stdout.write(f"{file}: written\n")
    return 0


def write_snapshot(settings: Settings, file: Path) -> None:
    """The table as a DuckDB file, with the statistics as macros."""
    with opened_edition(settings) as edition:
        created = macros(edition.catalog.statistics.values())
    write_duckdb(settings, file, created)
