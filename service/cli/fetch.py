"""Download the CDC's table to where the service finds it."""

from __future__ import annotations

import argparse
import os
from pathlib import Path

from rich.console import Console

from service.dataset import Dataset, load_source
from service.dataset.download import Access, fetch
from service.dataset.download.client import CA_BUNDLES, TOKEN
from service.dataset.reference_tables import CODES, known_codes
from service.dataset.source import CDC, Source, fetched
from service.errors import DatasetError
from service.settings import Settings

EXAMPLE = "fetch"
LEAST_ROWS = 50_000
"""The CDC's table of 2011 to 2021 has 88,629 rows, and grows by survey years."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--url", default=CDC, help="where the CSV is (default: %(default)s)")
    parser.add_argument(
        "--ca-bundle", type=Path, metavar="FILE", help=f"PEM certificates to trust (default: {', '.join(CA_BUNDLES)})"
    )
    parser.epilog = f"Goes through HTTPS_PROXY, HTTP_PROXY and NO_PROXY; {TOKEN} may hold an app token of data.cdc.gov."


def run(settings: Settings, options: argparse.Namespace) -> int:
    console = Console()
    target = fetched(settings)

    def check(file: Path) -> str:
        dataset = load_source(Source(file, sample=False), settings)
        try:
            check_whole(file, dataset)
        finally:
            dataset.close()
        return f"{dataset.facts.rows:,} rows, survey years {dataset.facts.years[0]} to {dataset.facts.years[-1]}"

    access = Access(token=os.environ.get(TOKEN, "").strip(), ca_bundle=options.ca_bundle)
    found = fetch(options.url, target, check, console=console, access=access)
    console.print(f"{target}: {found}; it is used from the next start on")
    return 0


def check_whole(file: Path, dataset: Dataset) -> None:
    """Raise DatasetError for a table that lacks what every edition has: the wrong one, or a part of it."""
    for column in CODES:
        there = {choice.value for choice in dataset.choices(column)}
        absent = [code for code in known_codes(column) if code not in there]
        if absent:
            raise DatasetError(f"{file}: column {column} lacks {', '.join(absent)}")
    if dataset.facts.rows < LEAST_ROWS:
        raise DatasetError(f"{file}: has {dataset.facts.rows:,} rows, but must have at least {LEAST_ROWS:,}")
