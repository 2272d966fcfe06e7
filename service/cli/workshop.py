"""Commands for the author: begin a file, check it, and try it."""

from __future__ import annotations

import argparse
import asyncio
import sys
import time

from rich.console import Console
from rich.table import Table

from service import dataset as datasets
from service.answers.answer import Answer, key_of, make_answer
from service.charts.renderer import Renderer
from service.cli.opened import opened
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.spool import Spool
from service.errors import StartError, StatisticFault
from service.formats import FORMATS, Format
from service.formats.options import PLAIN
from service.settings import Settings
from service.statistics import contract
from service.statistics.parameters import REQUIRED, parse_arguments, read_arguments
from service.statistics.statistic import Statistic

TEMPLATE = """\
-- Mean value of a question in every state, lowest first.
--
-- The first line says what the statistic answers; here is room for what a reader should know of it. Below stand the
-- parameters, `$name TYPE = DEFAULT: description`, and the keys; sql/README.md has all types and keys.
--
-- $question choice(Question, QuestionID): the survey question, word for word or by its code
-- $since integer(2011..2100) = 2011: first survey year to count
-- returns: {state: mean}
-- unit: percent of adults
-- chart: map
-- example: {"question": "Q036"}
select
    LocationDesc as state,
    avg(Data_Value) as mean
from health
where
    Question = $question
    and YearStart >= $since
group by LocationDesc
order by
    mean nulls last,
    state
"""


def check(settings: Settings, options: argparse.Namespace) -> int:
    """Check files as at the start and run their examples; 1 when one has a fault."""
    files = options.files or sorted(settings.path(settings.catalog.folder).glob("*.sql"))
    engine = DuckDBEngine(datasets.load(settings), Spool(settings))
    session = engine.session()
    table = Table("file", "examples", "ms", "result")
    faults = 0
    try:
        for file in files:
            begun = time.perf_counter()
            try:
                statistic = contract.read(file, engine.choices, session)
                warnings = contract.check_examples(statistic, session)
                examples, result = str(len(statistic.examples)), "; ".join(warnings) or "good"
                faults += bool(warnings)
            except StatisticFault as fault:
                examples, result, faults = "", fault.reason, faults + 1
            table.add_row(str(file), examples, f"{(time.perf_counter() - begun) * 1000:.0f}", result)
    finally:
        engine.close()
    _show(table)
    return 1 if faults or not files else 0


def new(settings: Settings, options: argparse.Namespace) -> int:
    """Write a file that passes its check."""
    folder = settings.path(settings.catalog.folder)
    file = folder / f"{options.name}.sql"
    contract.check_name(f"{folder.name}/{file.name}", options.name)
    try:
        with file.open("x", encoding="utf-8") as opened_file:
            opened_file.write(TEMPLATE)
    except FileExistsError:
        raise StartError(f"{file}: exists already; choose another name") from None
    except OSError as error:
        raise StartError(f"{file}: cannot be written: {error.strerror}") from None
    sys.stdout.write(f"{file}: written; change it, then `python run.py check {file}`\n")
    return 0


def ask(settings: Settings, options: argparse.Namespace) -> int:
    """Answer one statistic on standard output."""
    with opened(settings) as (session, catalog, facts):
        statistic = catalog.statistics.get(options.statistic)
        if statistic is None:
            faults = [fault.reason for fault in catalog.faults if fault.fields["name"] == options.statistic]
            raise StartError(faults[0] if faults else f"name a statistic to ask: {', '.join(catalog.statistics)}")
        given = _parser(statistic).parse_args(options.rest)
        arguments = parse_arguments(
            statistic.parameters, read_arguments(statistic.parameters, _given(statistic, given))
        )
        prepared = session.prepare(statistic.name, statistic.sql)
        if given.explain:
            sys.stdout.write(session.explain(prepared, arguments) + "\n")
            return 0
        result = session.run(prepared, arguments)
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
    renderer = Renderer(settings.charts)
    try:
        return await renderer.render(spec, form, 2)
    finally:
        await renderer.close()


def _write_table(answer: Answer) -> None:
    table = Table(*answer.result.names)
    for row in answer.result.rows():
        table.add_row(*("" if value is None else str(value) for value in row))
    _show(table)


def _show(table: Table) -> None:
    """A table for a person; for a pipe the same cells with tabs between them."""
    if sys.stdout.isatty():
        Console(markup=False, emoji=False).print(table)
        return
    cells = zip(*(column.cells for column in table.columns), strict=True)
    for row in ([column.header for column in table.columns], *cells):
        # A cell is one line without tabs, whatever it holds, so that `cut` and `awk` find the others.
        sys.stdout.write("\t".join(" ".join(str(cell).splitlines()).replace("\t", " ") for cell in row) + "\n")
