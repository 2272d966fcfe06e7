"""Say what a file is, and what the statistics can do with it."""

from __future__ import annotations

import argparse
import logging
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from msgspec import Struct
from rich.table import Table

from service.cli.output import show
from service.dataset.comparison import Comparison, compare
from service.dataset.inspection import Content, Writing, content_of, for_file, writing_of
from service.encoding import encode_line
from service.engine.protocol import Engine, Interrupted
from service.errors import DatasetError, ServiceError, StatisticFault
from service.runtime.lifespan import opened_edition
from service.settings import Settings
from service.statistics import catalog, contract
from service.statistics.parameters import parse_arguments
from service.statistics.trial import EXAMPLE_SECONDS

EXAMPLE = "inspect newest.csv.gz --against data/brfss.csv"
SHOWN = 10
"""Rows of each change, unless asked otherwise."""


class Use(Struct, frozen=True):
    """What a statistic can do with the table: why it does not serve, else the rows or the fault of each example."""

    statistic: str
    fault: str | None
    examples: list[int | str]


class Report(Struct, frozen=True):
    """All that is said of a file; what a fault keeps from being known is None."""

    file: str
    writing: Writing
    fault: str | None = None
    content: Content | None = None
    statistics: list[Use] | None = None
    against: Comparison | None = None


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("file", type=Path, help="a table as the service reads it")
    parser.add_argument("--against", type=Path, metavar="OLD", help="another file, whose values are compared")
    parser.add_argument("--rows", type=int, default=SHOWN, help="rows to show of each change (default: %(default)s)")
    parser.add_argument("--json", action="store_true", help="everything as JSON")


def run(settings: Settings, options: argparse.Namespace) -> int:
    """The exit code is 1 when the file cannot be loaded, and 2 when it cannot even be read."""
    logging.getLogger("service").addHandler(logging.NullHandler())  # what the log would say is in the report
    report = _report(settings, options)
    if options.json:
        sys.stdout.buffer.write(encode_line(report))
    else:
        for table in _tables(report):
            show(table)
    return 1 if report.fault else 0


def _report(settings: Settings, options: argparse.Namespace) -> Report:
    for file in filter(None, (options.file, options.against)):
        if not file.is_file():
            raise DatasetError(f"{file}: there is no such file")
    own = for_file(settings, options.file)
    writing = writing_of(options.file, own)
    try:
        with opened_edition(own) as edition:
            content = content_of(edition.engine.facts, edition.engine.choices, settings)
            statistics = list(_uses(edition.engine, own))
    except DatasetError as error:
        return Report(file=str(options.file), writing=writing, fault=error.reason)
    against = compare(own, for_file(settings, options.against), options.rows) if options.against else None
    return Report(file=str(options.file), writing=writing, content=content, statistics=statistics, against=against)


def _uses(engine: Engine, settings: Settings) -> Iterator[Use]:
    """Every file of the catalog, run on the examples that it has."""
    with closing(engine.session()) as session:
        for file in catalog.files(settings.path(settings.catalog.folder)):
            try:
                statistic = contract.read(file, engine.choices, session)
            except StatisticFault as fault:
                yield Use(statistic=file.stem, fault="; ".join(fault.reasons()), examples=[])
                continue
            examples: list[int | str] = []
            prepared = session.prepare(statistic.name, statistic.sql)
            for given in statistic.examples:
                try:
                    arguments = parse_arguments(statistic.parameters, given)
                    seconds = statistic.time_limit or EXAMPLE_SECONDS
                    examples.append(len(session.run(prepared, arguments, seconds).rows()))
                except (ServiceError, Interrupted) as error:
                    examples.append(getattr(error, "reason", "took too long"))
            yield Use(statistic=statistic.name, fault=None, examples=examples)


def _tables(report: Report) -> Iterator[Table]:
    facts = Table("what", "is")
    for name, value in _facts(report):
        facts.add_row(name, value)
    yield facts
    if report.statistics is not None:
        uses = Table("statistic", "rows of its examples", "fault")
        for use in report.statistics:
            uses.add_row(use.statistic, "; ".join(map(str, use.examples)), use.fault or "")
        yield uses
    if report.against is not None:
        changes = Table("change", "year", "place", "question", "stratum", "before", "after")
        for each in report.against.first:
            cells = (each.change, each.year, each.place, each.question, each.stratum, each.before, each.after)
            changes.add_row(*("" if cell is None else str(cell) for cell in cells))
        yield changes


def _facts(report: Report) -> Iterator[tuple[str, str]]:
    writing, content, against = report.writing, report.content, report.against
    renamed = [f"{written} is {name}" for name, written in writing.matched.items() if written != name]
    yield "file", report.file
    yield "format", ", ".join(filter(None, (writing.format, writing.encoding, _separated(writing.separator))))
    yield "shape", f"{writing.rows:,} rows, {writing.columns} columns"
    yield "columns of the CDC's", f"{len(writing.matched)}" + (f" ({', '.join(renamed)})" if renamed else "")
    yield "it lacks", ", ".join(writing.lacking)
    yield "other columns", ", ".join(writing.others)
    if report.fault:
        yield "it does not load", report.fault
    if content:
        yield "version", content.version
        yield "rows that count", f"{content.rows:,}"
        yield "years", ", ".join(map(str, content.years))
        yield "places", f"{len(content.places)}: {', '.join(content.places)}"
        yield "questions", ", ".join(content.questions)
        for odd in content.odd:
            refused = f'; THE SERVICE REFUSES IT: [dataset] {odd.refused_by} is "refuse"' if odd.refused_by else ""
            yield odd.check, f"{odd.text} (the first: {odd.place}){refused}"
    if against:
        yield (
            "values",
            ", ".join(f"{count:,} {name}" for name, count in (*against.counts.items(), ("same", against.same))),
        )


def _separated(separator: str) -> str:
    return f"cells between {'tabs' if separator == chr(9) else separator}" if separator else ""
