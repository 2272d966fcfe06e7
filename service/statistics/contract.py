"""The contract of a statistic: what one SQL file must hold, and the statistic that it declares."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import msgspec

from service.answers.shapes import make_shape
from service.charts import parse_chart
from service.dataset.choices import Choices
from service.engine.duckdb_engine import Interrupted, Session, SqlFault, words
from service.engine.result import Column
from service.errors import BadRequest, ServiceError, StatisticFault, Unusable
from service.statistics import header
from service.statistics.header import Declaration, Header, Line
from service.statistics.parameter_types import ListOf, make_type
from service.statistics.parameters import REQUIRED, Parameter, parse_arguments
from service.statistics.statistic import Statistic

RESERVED = frozenset(
    "start status results get_results jobs num_jobs graceful_shutdown dataset statistics choices reload docs".split()
)
"""Names below /api/ that are routes already, so no statistic can have them."""
TAKEN = frozenset("format wait fresh meta bom limit offset width theme scale chart mark help explain".split())
"""Names in a URL or of `run.py ask` that choose the form of an answer, so no parameter can have them."""
PATIENCE = 10.0
"""Seconds that an example may take where its file has no `time limit`; else one file could stop every reload."""


def read(path: Path, session: Session, choices: Choices, known: Statistic | None = None) -> Statistic:
    """The statistic of one file, or the known one when the file says the same.

    Raises StatisticFault with file and line when it breaks the contract.
    """
    file = f"{path.parent.name}/{path.name}".removeprefix("/")
    if path.suffix != ".sql":
        raise StatisticFault(file, 1, "is no .sql file; a statistic's name ends in .sql")
    check_name(file, path.stem)
    sql = _text_of(file, path)
    if known and known.sql == sql:
        return known
    return _checked(file, path.stem, sql, session, choices)


def again(statistic: Statistic, session: Session, choices: Choices) -> Statistic:
    """A statistic checked on another table; raises StatisticFault when it does not fit that one."""
    return _checked(statistic.file, statistic.name, statistic.sql, session, choices)


def _checked(file: str, name: str, sql: str, session: Session, choices: Choices) -> Statistic:
    head = header.parse(file, sql)
    parameters = {declared.name: _parameter(file, declared, choices) for declared in head.parameters}
    _check_sql(file, sql, head, session)
    examples = [_example(file, line, parameters) for line in head.fields.get("example", [])]
    columns = _columns(file, sql, parameters, examples, session)
    names = [column.name.casefold() for column in columns]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice:
        raise StatisticFault(file, 1, f"two columns are named {twice}; give each a name of its own with `as`")
    returns = head.first("returns") or Line(1, "rows")
    try:
        shape = make_shape(returns.text, [column.name for column in columns])
    except ValueError as error:
        raise StatisticFault(file, returns.number, f"returns: {error}") from None
    statistic = Statistic(
        name=name,
        file=file,
        sql=sql,
        hash=hashlib.sha256(sql.encode()).hexdigest()[:12],
        summary=head.summary,
        prose=head.prose,
        parameters=parameters,
        returns=returns.text,
        shape=shape,
        columns=columns,
        examples=tuple(examples),
        title=_text(head, "title"),
        unit=_text(head, "unit"),
        chart=_chart(file, head, columns),
        time_limit=_time_limit(file, head),
        tags=tuple(tag.strip() for tag in (_text(head, "tags") or "").split(",") if tag.strip()),
    )
    session.limit(statistic.time_limit or PATIENCE)
    try:
        lines = zip(head.fields.get("example", []), examples, strict=True)
        doubts = [doubt for line, example in lines for doubt in _run_example(line, example, statistic, session)]
    finally:
        session.limit(0)
    return replace(statistic, doubts=tuple(doubts))


def check_name(file: str, name: str) -> None:
    """Raise StatisticFault unless the name is a free endpoint."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        raise StatisticFault(
            file, 1, f"{name!r} is no endpoint's name; use lower case, digits and _, as in states_mean"
        )
    if name in RESERVED:
        raise StatisticFault(file, 1, f"/api/{name} is a route of the service; give the file another name")
    if name in words():
        what = f"`from {name}(…)` means something of DuckDB's own, so {name} cannot be a macro of the shell"
        raise StatisticFault(file, 1, f"{what}; give the file another name, as in {name}_by_state")


def _text_of(file: str, path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError as error:
        before = error.object[: error.start].decode(errors="replace")
        last = before.rpartition("\n")[2]
        what = f"is not UTF-8: byte 0x{error.object[error.start]:02x} behind {last[-20:]!r}"
        raise StatisticFault(file, before.count("\n") + 1, f"{what}; save the file in that encoding") from None
    except OSError as error:
        raise StatisticFault(file, 1, f"cannot be read: {error.strerror}") from None


def _parameter(file: str, declared: Declaration, choices: Choices) -> Parameter:
    if declared.name in TAKEN:
        raise StatisticFault(
            file,
            declared.line,
            f"${declared.name}: {declared.name} is an option of the service's own; take another name",
        )
    try:
        kind = make_type(declared.type, choices)
    except ValueError as error:
        raise StatisticFault(file, declared.line, f"${declared.name}: {error}") from None
    default = REQUIRED
    if declared.default is not None:
        default = _json_or_text(declared.default)
        try:
            if isinstance(kind, ListOf) and isinstance(default, str) and "," in default:
                items = [msgspec.json.encode(kind.type.read(item.strip())).decode() for item in default.split(",")]
                raise Unusable(f"{default!r} is no list; write it as JSON: [{', '.join(items)}]")
            default = None if default is None else kind.parse(default)
        except Unusable as error:
            raise StatisticFault(file, declared.line, f"${declared.name}: the default: {error}") from None
    return Parameter(declared.name, kind, declared.type, default, declared.description)


def _json_or_text(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _check_sql(file: str, sql: str, head: Header, session: Session) -> None:
    try:
        used = session.parameters(sql)
    except SqlFault as fault:
        raise StatisticFault(file, fault.line, str(fault)) from None
    declared = {parameter.name: parameter.line for parameter in head.parameters}
    for name in sorted(used - declared.keys()):
        mend = f"add `-- ${name} TYPE: description`" if name.isidentifier() else "write $name for it and declare it"
        if name != name.lower():
            mend = f"names are in lower case, so write ${name.lower()}"
        raise StatisticFault(file, _line_of(sql, name), f"${name} is used but not declared; {mend}")
    for name, line in declared.items():
        if name not in used:
            raise StatisticFault(file, line, f"${name} is declared but the SQL does not use it; remove this line")


def _line_of(sql: str, name: str) -> int:
    found = re.search(rf"^(?!--).*(?:\${re.escape(name)}\b|\?)", sql, re.MULTILINE)
    return sql[: found.start()].count("\n") + 1 if found else 1


def _example(file: str, line: Line, parameters: Mapping[str, Parameter]) -> dict[str, Any]:
    """The arguments as they are written, once they are known to be usable."""
    try:
        example = msgspec.json.decode(line.text, type=dict[str, Any])
        parse_arguments(parameters, example)
    except msgspec.DecodeError as error:
        raise StatisticFault(file, line.number, f'example: {error}; write a JSON object as {{"name": 1}}') from None
    except BadRequest as error:
        raise StatisticFault(file, line.number, f"example: {error.reason}") from None
    return example


def _columns(
    file: str,
    sql: str,
    parameters: Mapping[str, Parameter],
    examples: list[dict[str, Any]],
    session: Session,
) -> tuple[Column, ...]:
    """The columns that DuckDB finds, by the first example or, without one, by an allowed value for each parameter."""
    given = (
        examples[0]
        if examples
        else {name: parameter.type.specimen() for name, parameter in parameters.items() if parameter.required}
    )
    try:
        return session.columns(sql, parse_arguments(parameters, given))
    except SqlFault as fault:
        raise StatisticFault(file, fault.line, str(fault)) from None


def _run_example(line: Line, example: Mapping[str, Any], statistic: Statistic, session: Session) -> Iterator[str]:
    """Run it; it is in doubt when it gives no row, which another edition of the table may well do."""
    try:
        arguments = parse_arguments(statistic.parameters, example)
        rows = session.run(statistic.name, statistic.sql, arguments).rows()
        if rows:
            statistic.shape(rows)
        else:
            mend = "choose arguments that have an answer, since it shows what the statistic answers"
            yield f"{statistic.file}:{line.number}: example: gives no rows on this table; {mend}"
    except Interrupted:
        seconds = statistic.time_limit or PATIENCE
        mend = "make it faster, or give it a longer `time limit`"
        raise StatisticFault(statistic.file, line.number, f"example: ran for more than {seconds:g} s; {mend}") from None
    except ServiceError as error:
        raise StatisticFault(statistic.file, line.number, f"example: {error.reason}") from None


def _text(head: Header, key: str) -> str | None:
    line = head.first(key)
    return line.text if line else None


def _time_limit(file: str, head: Header) -> float | None:
    line = head.first("time limit")
    if line is None:
        return None
    seconds = re.fullmatch(r"(\d+(?:\.\d+)?) s", line.text)
    if seconds is None or float(seconds[1]) == 0:
        raise StatisticFault(file, line.number, f"time limit: {line.text!r} is no time; write it as `time limit: 5 s`")
    return float(seconds[1])


def _chart(file: str, head: Header, columns: Sequence[Column]) -> str | None:
    line = head.first("chart")
    if line is None:
        return None
    try:
        parse_chart(line.text, [column.name for column in columns])
    except ValueError as error:
        raise StatisticFault(file, line.number, f"chart: {error}") from None
    return line.text
