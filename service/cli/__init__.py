"""What run.py can do."""

from __future__ import annotations

import argparse
import logging
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from service.api import server
from service.cli import tables, workshop
from service.dataset.source import CDC
from service.errors import ServiceError, StartError
from service.logs import FILE_ONLY, logging_to
from service.settings import Settings, load_settings

log = logging.getLogger(__name__)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0 good, 1 a fault found, 2 it could not start, 130 Ctrl-C."""
    options, rest = _parser().parse_known_args(arguments)
    if rest and not options.passes_on:
        _parser().error(f"unknown arguments: {' '.join(rest)}")
    if rest[:1] in (["-h"], ["--help"]) and not getattr(options, "statistic", None):
        sys.stdout.write(options.format_help())
        return 0
    options.rest = rest
    try:
        return int(options.command(load_settings(options.config), options))
    except StartError as error:
        sys.stderr.write(f"{error.reason}\n")
        return 2
    except ServiceError as error:
        sys.stderr.write(f"{error.reason}\n")
        return 1
    except BrokenPipeError:  # as in `run.py ask coverage | head`: who reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # what DuckDB makes of Ctrl-C
            raise
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Answers questions about the health of US states. Without a command it serves.",
        epilog="Example: python run.py ask state_mean --question Q036 --state OH",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config.toml beside run.py)")
    parser.set_defaults(command=_serve, passes_on=False)
    _add_commands(parser.add_subparsers(title="commands"))
    return parser


def _add_commands(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    def add(name: str, command: object, summary: str, example: str, **settings: bool) -> argparse.ArgumentParser:
        description = f"{summary[0].upper()}{summary[1:]}. Example: python run.py {example}"
        added = commands.add_parser(name, help=summary, description=description, add_help=not settings)
        added.set_defaults(command=command, format_help=added.format_help, **settings)
        return added

    add("serve", _serve, "serve over HTTP (the default)", "serve")
    fetch = add("fetch", tables.fetch_table, "download the CDC's table", "fetch")
    fetch.add_argument("--url", default=CDC, help="where the CSV is (default: %(default)s)")
    check = add(
        "check", workshop.check, "check SQL files as at the start, and run their examples", "check sql/best5.sql"
    )
    check.add_argument("files", nargs="*", type=Path, metavar="FILE", help="default: every file of [catalog] folder")
    new = add("new", workshop.new, "write a commented SQL file to begin with", "new smokers_by_state")
    new.add_argument("name", help="its endpoint: lower case, digits and _")
    ask = add(
        "ask",
        workshop.ask,
        "answer a statistic without a server",
        "ask state_mean --question Q036 --state OH",
        passes_on=True,
    )
    ask.add_argument("statistic", nargs="?", help="`ask STATISTIC --help` shows its parameters")
    add(
        "shell",
        tables.shell,
        "open a DuckDB shell on a copy of the table; more arguments go to `duckdb`",
        "shell -c \"from best5(question := 'Q036')\"",
        passes_on=True,
    )
    export = add("export", tables.export, "write the table for other tools", "export health.parquet")
    export.add_argument("file", type=Path, help="a new .duckdb or .parquet file")


def _serve(settings: Settings, _: argparse.Namespace) -> int:
    with logging_to(settings):
        try:
            return server.run(settings)
        except StartError as error:
            log.error(error.reason, extra=FILE_ONLY)
            raise
