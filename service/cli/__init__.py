"""What run.py can do: a file a command, imported only when it is asked for."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import NamedTuple

from service.errors import ServiceError, StartError
from service.settings import load_settings


class Command(NamedTuple):
    """A command, whose module of the same name has EXAMPLE, add_arguments(parser) and run(settings, options)."""

    summary: str
    forwards: bool = False
    """Arguments that are not its own are for somebody else, and stand in options.rest."""


COMMANDS = {
    "serve": Command("serve over HTTP (the default)"),
    "fetch": Command("download the CDC's table"),
    "inspect": Command("say what a file is, what the statistics can do with it, and how it differs from another"),
    "check": Command("check SQL files as at the start, and run their examples"),
    "new": Command("write a commented SQL file to begin with"),
    "ask": Command("answer a statistic without a server", forwards=True),
    "shell": Command("open a DuckDB shell on a copy of the table; more arguments go to `duckdb`", forwards=True),
    "export": Command("write the table for other tools"),
    "backup": Command("copy the journal to a new file, also while the service runs"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; the exit code: 0 good, 1 a fault found, 2 it could not start, 130 Ctrl-C."""
    try:
        return _run(arguments)
    except ServiceError as error:
        sys.stderr.write(f"{error.reason}\n")
        return 2 if isinstance(error, StartError) else 1
    except BrokenPipeError:  # as in `run.py ask coverage | head`: who reads has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        return 130
    except RuntimeError as error:
        if str(error) != "Query interrupted":  # what DuckDB makes of Ctrl-C
            raise
        return 130


def _run(arguments: Sequence[str] | None) -> int:
    chosen, rest = _parser().parse_known_args(arguments)
    name = chosen.command or "serve"
    module = import_module(f"service.cli.{name}")
    options = _options(name, module, rest)
    return int(module.run(load_settings(chosen.config), options))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="run.py",
        description="Answers questions about the health of US states. Without a command it serves.",
        epilog="Example: python run.py ask state_mean --question Q036 --state OH",
    )
    parser.add_argument("--config", type=Path, metavar="FILE", help="settings (default: config.toml beside run.py)")
    commands = parser.add_subparsers(title="commands", dest="command")
    for name, command in COMMANDS.items():
        commands.add_parser(name, help=command.summary, add_help=False)
    return parser


def _options(name: str, module: ModuleType, arguments: list[str]) -> argparse.Namespace:
    summary, forwards = COMMANDS[name]
    parser = argparse.ArgumentParser(
        prog=f"run.py {name}",
        description=f"{summary[0].upper()}{summary[1:]}. Example: python run.py {module.EXAMPLE}",
        add_help=not forwards,
    )
    module.add_arguments(parser)
    if not forwards:
        return parser.parse_args(arguments)
    if arguments[:1] in (["-h"], ["--help"]):
        parser.print_help()
        parser.exit()
    options, rest = parser.parse_known_args(arguments)
    options.rest = rest
    return options
