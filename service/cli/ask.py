"""Answer a statistic without a server."""

from __future__ import annotations

import argparse
import asyncio
import sys

from rich.table import Table

from service.answers.answer import Answer, key_of, make_answer
from service.charts.renderer import Artist
from service.cli.opened import opened
from service.cli.output import show
from service.errors import StartError
from service.formats import FORMATS, Format
from service.formats.options import PLAIN
from service.settings import Settings
from service.statistics.parameters import REQUIRED, parse_arguments, read_arguments
from service.statistics.statistic import Statistic

EXAMPLE = "ask state_mean --question Q036 --state OH"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("statistic", nargs="?", help="`ask STATISTIC --help` shows its parameters")


def run(settings: Settings, options: argparse.Namespace) -> int:
    with opened(settings) as (session, catalog, facts):
        statistic = catalog.statistics.get(options.statistic)
        if statistic is None:
            faults = [fault.reason for fault in catalog.faults if fault.fields["name"] == options.statistic]
            raise StartError(faults[0] if faults else f"name a statistic to ask: {', '.join(catalog.statistics)}")
        given = _parser(statistic).parse_args(options.rest)
        arguments = parse_arguments(
            statistic.parameters, read_arguments(statistic.parameters, _given(statistic, given))
        )
        if given.explain:
            sys.stdout.write(session.explain(statistic.sql, arguments) + "\n")
            return 0
        result = session.run(statistic.name, statistic.sql, arguments)
        answer = make_answer(key_of(statistic, arguments, facts), statistic, arguments, facts, result)
        if given.format == "table":
            _write_table(answer)
        else:
            _write_form(settings, answer, FORMATS[given.format])
    return 0


def _parser(statistic: Statistic) -> argparse.ArgumentParser:
    example = " ".join(
        f"--{name} {item!r}"
        for name, value in (statistic.examples[0] if statistic.examples else {}).items()
        for item in (value if isinstance(value, list) else [value])
    )
    parser = argparse.ArgumentParser(
        prog=f"run.py ask {statistic.name}",
        description=f"{statistic.summary} Example: python run.py ask {statistic.name} {example}",
    )
    for parameter in statistic.parameters.values():
        default = "" if parameter.default is REQUIRED else f" (default: {parameter.default})"
        parser.add_argument(
            f"--{parameter.name}", action="append", metavar=parameter.declared, help=f"{parameter.description}{default}"
        )
    parser.add_argument("--format", choices=["table", *FORMATS], default="table", help="default: %(default)s")
    parser.add_argument("--explain", action="store_true", help="DuckDB's plan and timings in place of the answer")
    return parser


def _given(statistic: Statistic, options: argparse.Namespace) -> dict[str, list[str]]:
    return {name: getattr(options, name) for name in statistic.parameters if getattr(options, name)}


def _write_form(settings: Settings, answer: Answer, form: Format) -> None:
    pieces = form.render(answer, PLAIN)
    if form.drawn:
        pieces = iter([asyncio.run(_drawn(settings, b"".join(pieces), form.name))])
    for piece in pieces:
        sys.stdout.buffer.write(piece)
    if form.name in {"json", "records", "vegalite"}:
        sys.stdout.buffer.write(b"\n")


async def _drawn(settings: Settings, spec: bytes, form: str) -> bytes:
    artist = Artist(settings.charts)
    try:
        return await artist.draw(spec, form, 2)
    finally:
        await artist.close()


def _write_table(answer: Answer) -> None:
    table = Table(*answer.result.names)
    for row in answer.result.rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    show(table)
