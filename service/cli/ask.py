"""Answer a statistic without a server."""

from __future__ import annotations

import argparse
import asyncio
import logging
import sys
from contextlib import closing

from rich.table import Table

from service.answers.answer import Answer
from service.charts.picture_options import PictureOptions
from service.cli.output import show
from service.engine.spool import Spool
from service.errors import ServiceError, StartError
from service.formats.format_options import PLAIN, Options
from service.formats.registry import FORMATS, Format
from service.jobs.protocol import JobStore
from service.jobs.query import Query
from service.runtime.editions import SAMPLE_WARNING, Editions
from service.runtime.lifespan import Service, lifespan, standalone
from service.settings import Settings
from service.statistics.catalog import files
from service.statistics.parameters import read_arguments
from service.statistics.statistic import Statistic
from service.suggest import hint

EXAMPLE = "ask state_mean --question Q036 --state OH"
PATIENCE = 3600.0
"""Seconds of one wait; after it the next one begins."""
SCALE = 2.0
"""Of a PNG, for screens of today."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("statistic", nargs="?", help="`ask STATISTIC --help` shows its parameters")


def run(settings: Settings, options: argparse.Namespace) -> int:
    # The log is the server's: without this, Python writes every file's faults to the standard error.
    logging.getLogger("service").addHandler(logging.NullHandler())
    with standalone(settings) as own:
        asyncio.run(_ask(own, options))
    return 0


async def _ask(settings: Settings, options: argparse.Namespace) -> None:
    with closing(Editions(settings, Spool(settings), only=_name(settings, options.statistic))) as editions:
        await _ask_of(settings, editions, options)


async def _ask_of(settings: Settings, editions: Editions, options: argparse.Namespace) -> None:
    edition = editions.current
    if edition.engine.facts.sample:
        sys.stderr.write(f"{SAMPLE_WARNING}\n")
    [statistic] = edition.catalog.statistics.values()
    async with lifespan(settings, editions) as service:
        given = _parser(statistic).parse_args(options.rest)
        texts = {name: getattr(given, name) for name in statistic.parameters if getattr(given, name)}
        query = edition.query(statistic, read_arguments(statistic.parameters, texts))
        if given.explain:
            with closing(edition.engine.session()) as session:
                prepared = session.prepare(statistic.name, statistic.sql)
                sys.stdout.write(session.explain(prepared, query.arguments) + "\n")
            return
        answer = await _answer(service.jobs, query)
        said = filter(None, (answer.provenance.conclusion, *answer.provenance.notes))
        sys.stderr.writelines(f"{text}\n" for text in said)
        if given.format == "table":
            _write_table(answer)
        else:
            await _write(service, answer, FORMATS[given.format])


def _name(settings: Settings, name: str | None) -> str:
    """The name, which a file has; raises StartError before a table is loaded for nothing."""
    folder = settings.path(settings.catalog.folder)
    try:
        names = [path.stem for path in files(folder)]
    except OSError as error:
        raise StartError(f"{folder}: {error.strerror}; correct folder in [catalog]") from None
    if name is None:
        raise StartError(f"name a statistic to ask: {', '.join(names)}")
    if name not in names:
        raise StartError(f"there is no statistic {name!r}{hint(name, names)} (there are: {', '.join(names)})")
    return name


async def _answer(jobs: JobStore, query: Query) -> Answer:
    job = await jobs.begin(query)
    while not job.finished:
        job = await jobs.ended(job, PATIENCE)
    answer = await jobs.answer(job)
    if answer is None:
        raise job.error or ServiceError(f"{job.statistic} gave no answer")
    return answer


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
        default = "" if parameter.required else f" (default: {parameter.default})"
        parser.add_argument(
            f"--{parameter.name}", action="append", metavar=parameter.declared, help=f"{parameter.description}{default}"
        )
    parser.add_argument("--format", choices=["table", *FORMATS], default="table", help="default: %(default)s")
    parser.add_argument("--explain", action="store_true", help="DuckDB's plan and timings in place of the answer")
    return parser


async def _write(service: Service, answer: Answer, format_: Format) -> None:
    if format_.drawn:
        picture = PictureOptions(scale=SCALE)
        rendering = await service.renderings.get(answer, format_, Options(picture=picture))
        sys.stdout.buffer.write(rendering.body)
        return
    for piece in format_.render(answer, PLAIN):
        sys.stdout.buffer.write(piece)


def _write_table(answer: Answer) -> None:
    table = Table(*answer.result.names)
    for row in answer.result.rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    show(table)
