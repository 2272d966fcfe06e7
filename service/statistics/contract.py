"""The contract of a statistic: what one SQL file must hold, and the statistic that it declares."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import Any, TypeVar

import msgspec

from service.answers.shapes import make_shape
from service.charts.registry import parse_charts
from service.dataset.choices import Choices
from service.engine.macros import reserved_names
from service.engine.protocol import Interrupted, Prepared, Session, SqlFault
from service.engine.result import Column
from service.errors import ServiceError, StatisticFault, Unusable
from service.formats.answer_options import AnswerOptions
from service.statistics import header
from service.statistics.header import Declaration, Header
from service.statistics.parameter_types import make_type
from service.statistics.parameters import REQUIRED, Parameter, parse_arguments
from service.statistics.statistic import Statistic

T = TypeVar("T")

RESERVED = frozenset(
    "start status results get_results jobs num_jobs graceful_shutdown dataset statistics choices reload docs".split()
)
"""Names below /api/ that are routes already, so no statistic can have them."""
TAKEN = frozenset(AnswerOptions.__struct_fields__) | {"help", "explain"}
"""Options of a URL, and of `run.py ask` alone, so no parameter can have their names."""
EXAMPLE_SECONDS = 10.0
"""How long an example may take where its file has no `time limit`."""


def read(path: Path, choices: Choices, session: Session, known: Statistic | None = None) -> Statistic:
    """The statistic of one file, or the known one when the file says the same.

    Raises StatisticFault with file and line when it breaks the contract.
    """
    file = f"{path.parent.name}/{path.name}".removeprefix("/")
    if path.suffix != ".sql":
        raise StatisticFault(file, 1, "is not a .sql file; the name of a statistic's file ends in .sql")
    check_name(file, path.stem)
    sql = _text_of(file, path)
    return known if known and known.sql == sql else declared(file, sql, choices, session)


def declared(file: str, sql: str, choices: Choices, session: Session) -> Statistic:
    """The statistic that a file's text declares. Its examples are not looked at: they never decide whether it serves.

    Raises StatisticFault when it breaks the contract, or does not fit the table.
    """
    try:
        return _declared(file, sql, choices, session)
    except SqlFault as error:
        fault = StatisticFault(file, error.line, str(error))
    raise fault  # out here, so that it does not keep the other with its frames


def _declared(file: str, sql: str, choices: Choices, session: Session) -> Statistic:
    head = header.parse(sql)
    parameters = {name: _parameter(found, choices) for name, found in head.parameters.items()}
    prepared = _prepared(PurePath(file).stem, sql, head, session)
    columns = _columns(prepared, parameters, session)
    names = [column.name for column in columns]
    shape = _read_key(head, "returns", lambda text: make_shape(text, names)) or make_shape("rows", names)
    _read_key(head, "chart", lambda text: parse_charts(text, names))
    return Statistic(
        name=prepared.name,
        file=file,
        sql=sql,
        hash=hashlib.sha256(sql.encode()).hexdigest()[:12],
        summary=head.summary,
        prose=head.prose,
        parameters=parameters,
        returns=head.value("returns") or "rows",
        shape=shape,
        columns=columns,
        examples=tuple(_examples(head)),
        title=head.value("title"),
        unit=head.value("unit"),
        chart=head.value("chart"),
        methods=head.values("method"),
        time_limit=_read_key(head, "time limit", _seconds),
        tags=tuple(tag.strip() for tag in (head.value("tags") or "").split(",") if tag.strip()),
    )


def check_name(file: str, name: str) -> None:
    """Raise StatisticFault unless the name is a free endpoint."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        what = f"{name!r} cannot be the name of an endpoint; use lower case, digits and _, as in states_mean"
        raise StatisticFault(file, 1, what)
    if name in RESERVED:
        raise StatisticFault(file, 1, f"/api/{name} is a route of the service; give the file another name")
    if name in reserved_names():
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


@contextmanager
def _fault_at(line: int, what: str) -> Iterator[None]:
    """A ValueError within is a fault of this line."""
    try:
        yield
    except ValueError as error:
        raise SqlFault(line, f"{what}: {error}") from None


def _read_key(head: Header, key: str, reader: Callable[[str], T]) -> T | None:
    """What a reader makes of a key's text, if the header has the key."""
    line = head.first(key)
    if line is None:
        return None
    with _fault_at(line.number, key):
        return reader(line.text)


def _parameter(found: Declaration, choices: Choices) -> Parameter:
    with _fault_at(found.line, f"${found.name}"):
        if found.name in TAKEN:
            raise ValueError(f"{found.name} is an option of the service's own; take another name")
        kind = make_type(found.type, choices)
    default = REQUIRED if found.default is None else _json_or_text(found.default)
    if default is not REQUIRED and default is not None:
        with _fault_at(found.line, f"${found.name}: the default"):
            default = kind.parse_default(default)
    return Parameter(name=found.name, type=kind, declared=found.type, default=default, description=found.description)


def _json_or_text(text: str) -> Any:
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _prepared(name: str, sql: str, head: Header, session: Session) -> Prepared:
    """The SQL, which uses what the header declares and nothing else."""
    prepared = session.prepare(name, sql)
    for used in sorted(prepared.parameters - head.parameters.keys()):
        fix = f"add `-- ${used} TYPE: description`" if used.isidentifier() else "write $name for it and declare it"
        if used != used.lower():
            fix = f"names are in lower case, so write ${used.lower()}"
        raise SqlFault(_line_of(sql, used), f"${used} is used but not declared; {fix}")
    for found in head.parameters.values():
        if found.name not in prepared.parameters:
            raise SqlFault(found.line, f"${found.name} is declared but the SQL does not use it; remove this line")
    return prepared


def _line_of(sql: str, name: str) -> int:
    found = re.search(rf"^(?!--).*(?:\${re.escape(name)}\b|\?)", sql, re.MULTILINE)
    return sql[: found.start()].count("\n") + 1 if found else 1


def _columns(prepared: Prepared, parameters: Mapping[str, Parameter], session: Session) -> tuple[Column, ...]:
    """The columns, for a sample value of each required parameter: null where the table has none."""
    columns = session.columns(prepared, {name: parameter.sample() for name, parameter in parameters.items()})
    names = [column.name.casefold() for column in columns]
    for name in names:
        if names.count(name) > 1:
            raise SqlFault(1, f"two columns are named {name}; give each a name of its own with `as`")
    return columns


def _seconds(text: str) -> float:
    seconds = re.fullmatch(r"(\d+(?:\.\d+)?) s", text)
    if seconds is None or float(seconds[1]) == 0:
        raise ValueError(f"{text!r} is not a time; write it as `time limit: 5 s`")
    return float(seconds[1])


def _examples(head: Header) -> Iterator[dict[str, Any]]:
    for text in head.values("example"):
        with suppress(msgspec.DecodeError):
            yield msgspec.json.decode(text, type=dict[str, Any])


def check_examples(statistic: Statistic, session: Session) -> list[str]:
    """What is wrong, with the table at hand, with the examples and defaults of a statistic: `file:line: …` each."""
    head = header.parse(statistic.sql)
    faults = []
    for found in head.parameters.values():
        value = None if found.default is None else _json_or_text(found.default)
        try:
            if value is not None:
                statistic.parameters[found.name].type.parse(value)
        except Unusable as error:
            faults.append((found.line, f"${found.name}: the default: {error}"))
    for line in head.fields.get("example", []):
        reason = _example_fault(line.text, statistic, session)
        if reason:
            faults.append((line.number, f"example: {reason}"))
    return [f"{statistic.file}:{number}: {reason}" for number, reason in faults]


def _example_fault(text: str, statistic: Statistic, session: Session) -> str | None:
    """Why an example does not show what the statistic answers; None when it does."""
    seconds = statistic.time_limit or EXAMPLE_SECONDS
    try:
        arguments = parse_arguments(statistic.parameters, msgspec.json.decode(text, type=dict[str, Any]))
        rows = session.run(session.prepare(statistic.name, statistic.sql), arguments, seconds).rows()
        if not rows:
            return "gives no rows on this table; choose arguments that have an answer"
        statistic.shape(rows)
    except msgspec.DecodeError as error:
        return f'{error}; write a JSON object as {{"name": 1}}'
    except Interrupted:
        return f"ran for more than {seconds:g} s; make it faster, or give it a longer `time limit`"
    except ServiceError as error:
        return error.reason
    return None
