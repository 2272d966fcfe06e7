"""What run.py can do."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from service import config
from service.api import server
from service.config import Settings
from service.dataset import load_source
from service.dataset.source import CDC, Source, fetched
from service.errors import StartError
from service.logs import logging_to


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0 for good, 2 for what kept it from starting, 130 for Ctrl-C."""
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(config.load(options.config), options))
    except StartError as error:
        sys.stderr.write(f"{error.reason}\n")
        return 2
    except KeyboardInterrupt:
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Answers questions about the health of US states. Without a command it serves.",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config.toml beside run.py)")
    parser.set_defaults(command=_serve)
    commands = parser.add_subparsers(title="commands")
    serve = commands.add_parser("serve", help="serve over HTTP (the default)")
    serve.set_defaults(command=_serve)
    get = commands.add_parser("fetch", help="download the CDC's table", description="Example: python run.py fetch")
    get.add_argument("--url", default=CDC, help="where the CSV is (default: %(default)s)")
    get.set_defaults(command=_fetch)
    return parser


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    with logging_to(settings):
        return server.run(settings)


def _fetch(settings: Settings, options: argparse.Namespace) -> int:
    from rich.console import Console  # noqa: PLC0415 - not loaded by a process that serves

    from service.fetch import fetch  # noqa: PLC0415

    console = Console()
    target = fetched(settings)

    def check(file: Path) -> str:
        dataset = load_source(Source(file, sample=False), settings)
        dataset.close()
        return f"{dataset.facts.rows:,} rows, survey years {dataset.facts.years[0]} to {dataset.facts.years[-1]}"

    found = fetch(options.url, target, check, console=console)
    console.print(f"{target}: {found}; it is used from the next start on")
    return 0
