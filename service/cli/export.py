"""Write the table as a DuckDB file for other tools, or as Parquet, which the service can serve from."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from service.dataset.export import write_duckdb, write_parquet
from service.dataset.source import locate
from service.engine.macros import macros
from service.errors import StartError
from service.formats.file_name import SAMPLE
from service.runtime.lifespan import opened_edition
from service.settings import Settings

EXAMPLE = "export health.parquet"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "file", type=Path, help="a new .duckdb or .parquet file, or a new folder for several of Parquet"
    )


def run(settings: Settings, options: argparse.Namespace) -> int:
    file = named(settings, options.file)
    writers = {".duckdb": write_snapshot, ".parquet": write_parquet, "": write_parquet}
    if file.suffix not in writers:
        raise StartError(f"{file}: the name must end in .duckdb or .parquet, or be that of a folder")
    writers[file.suffix](settings, file)
    sys.stdout.write(f"{file}: written\n")
    return 0


def named(settings: Settings, file: Path) -> Path:
    """The name that was asked for; of the sample one that says so."""
    is_loud = file.name.startswith(SAMPLE) or settings.engine.storage == "parquet" or not locate(settings).sample
    return file if is_loud else file.with_name(f"{SAMPLE}_{file.name}")


def write_snapshot(settings: Settings, file: Path) -> None:
    """The table as a DuckDB file, with the statistics as macros."""
    with opened_edition(settings) as edition:
        created = macros(edition.catalog.statistics.values())
    write_duckdb(settings, file, created)
