"""The contract of a statistic: what one SQL file must hold, and the statistic that it declares."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path, PurePath
from typing import Any, TypeVar

import msgspec

from service.answers.shapes import make_shape
from service.charts.registry import parse_charts
from service.dataset.choices import Choices
from service.engine.protocol import Prepared, Session, SqlFault, Unread
from service.engine.reserved_names import RESERVED_NAMES
from service.engine.result import Column
from service.errors import StatisticFault
from service.formats.answer_options import AnswerOptions
from service.statistics import header
from service.statistics.header import Declaration, Header
from service.statistics.parameter_types import make_type
from service.statistics.parameters import REQUIRED, Parameter
from service.statistics.statistic import Statistic
from service.suggest import nearest

T = TypeVar("T")

RESERVED = frozenset(
    "start status results get_results jobs num_jobs graceful_shutdown dataset statistics choices reload docs".split()
)
"""Names below /api/ that are routes already, so no statistic can have them."""
TAKEN = frozenset(AnswerOptions.__struct_fields__) | {"help", "explain"}
"""Options of a URL, and of `run.py ask` alone, so no parameter can have their names."""
WORD = re.compile(r"\w+")


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

    Raises StatisticFault, with all that can be found at once, when it breaks the contract or does not fit the table.
    """
    head = header.parse(sql)
    faults = list(head.faults)
    parameters = dict(_parameters(head, choices, faults))
    prepared = columns = None
    with _noting(faults):
        prepared = session.prepare(PurePath(file).stem, sql)
        faults += _names(prepared, head, parameters, session)
        columns = _columns(prepared, parameters, session)
    names = [column.name for column in columns or ()]
    # What names columns is read without them too, for the faults that it has by itself.
    shape = _read_key(head, "returns", lambda text: make_shape(text, names or WORD.findall(text)), faults)
    _read_key(head, "chart", lambda text: parse_charts(text, names or WORD.findall(text)), faults)
    time_limit = _read_key(head, "time limit", _seconds, faults)
    if faults or prepared is None or columns is None:
        raise _joined(file, faults)
    return Statistic(
        name=prepared.name,
        file=file,
        sql=sql,
        hash=hashlib.sha256(sql.encode()).hexdigest()[:12],
        summary=head.summary,
        prose=head.prose,
        parameters=parameters,
        returns=head.value("returns") or "rows",
        shape=shape or make_shape("rows", names),
        columns=columns,
        examples=tuple(_examples(head)),
        title=head.value("title"),
        unit=head.value("unit"),
        chart=head.value("chart"),
        methods=head.values("method"),
        time_limit=time_limit,
        tags=tuple(tag.strip() for tag in (head.value("tags") or "").split(",") if tag.strip()),
    )


@contextmanager
def _noting(faults: list[SqlFault]) -> Iterator[None]:
    """A fault within is added to the others: a new one, since that which was raised keeps its frames."""
    try:
        yield
    except SqlFault as fault:
        faults.append(type(fault)(fault.line, str(fault)))


def _joined(file: str, faults: Iterable[SqlFault]) -> StatisticFault:
    """The first fault of a file, which has the others."""
    found = sorted(faults, key=lambda fault: fault.line)
    first, *others = [StatisticFault(file, fault.line, str(fault), status=fault.status) for fault in found]
    first.others = others
    return first


def check_name(file: str, name: str) -> None:
    """Raise StatisticFault unless the name is a free endpoint."""
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name):
        what = f"{name!r} cannot be the name of an endpoint; use lower case, digits and _, as in states_mean"
        raise StatisticFault(file, 1, what)
    if name in RESERVED:
        raise StatisticFault(file, 1, f"/api/{name} is a route of the service; give the file another name")
    if name in RESERVED_NAMES:
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


def _read_key(head: Header, key: str, reader: Callable[[str], T], faults: list[SqlFault]) -> T | None:
    """What a reader makes of a key's text, if the header has the key."""
    line = head.first(key)
    if line is not None:
        with _noting(faults), _fault_at(line.number, key):
            return reader(line.text)
    return None


def _parameters(head: Header, choices: Choices, faults: list[SqlFault]) -> Iterator[tuple[str, Parameter]]:
    for name, found in head.parameters.items():
        with _noting(faults):
            yield name, _parameter(found, choices)


def _parameter(found: Declaration, choices: Choices) -> Parameter:
    with _fault_at(found.line, f"${found.name}"):
        if found.name in TAKEN:
            raise ValueError(f"{found.name} is an option of the service's own; take another name")
        kind = make_type(found.type, choices)
    default = REQUIRED if found.default is None else json_or_text(found.default)
    if default is not REQUIRED and default is not None:
        with _fault_at(found.line, f"${found.name}: the default"):
            default = kind.parse_default(default)
    return Parameter(name=found.name, type=kind, declared=found.type, default=default, description=found.description)


def json_or_text(text: str) -> Any:
    """A default as the header writes it."""
    try:
        return msgspec.json.decode(text)
    except msgspec.DecodeError:
        return text


def _names(prepared: Prepared, head: Header, parameters: Collection[str], session: Session) -> Iterator[SqlFault]:
    """The SQL uses what the header declares and nothing else; what is wrong in the header is not said again."""
    unused = set(parameters) - prepared.parameters
    for used in sorted(prepared.parameters - head.parameters.keys() - head.refused):
        meant = nearest(used.lower(), unused, similarity=75)
        unused.discard(meant or "")
        yield SqlFault(_line_of(prepared.sql, used), f"${used} is used but not declared; {_fix(used, meant)}")
    for name in sorted(unused):
        yield _unused(head.parameters[name], session.unread(prepared, name, head.length))


def _fix(used: str, meant: str | None) -> str:
    if used != used.lower():
        return f"names are in lower case, so write ${meant or used.lower()}"
    if not used.isidentifier():
        return "write $name for it and declare it"
    return f"did you mean ${meant}?" if meant else f"add `-- ${used} TYPE: description`"


def _unused(found: Declaration, unread: Unread | None) -> SqlFault:
    what = f"${found.name} is declared but the SQL does not use it"
    if unread is None:
        return SqlFault(found.line, f"{what}; remove this line")
    if unread.kind == "a comment":
        return SqlFault(found.line, f"{what}, but in a comment in line {unread.line}; remove this line")
    return SqlFault(unread.line, in_quotes(found.name, unread))


def in_quotes(name: str, unread: Unread) -> str:
    """How to get a parameter's value in place of a text that names it."""
    inside = unread.text[1:-1]
    parts = [part if part.startswith("$") else f"'{part}'" for part in re.split(r"(\$\w+)", inside) if part]
    fix = f"write {' || '.join(parts)}" if parts[1:] else f"remove the quotes: {inside}"
    return f"{unread.text} is {unread.kind}, not the value of ${name}; {fix}"


def _line_of(sql: str, name: str) -> int:
    found = re.search(rf"^(?!--).*(?:\${re.escape(name)}\b|\?)", sql, re.MULTILINE)
    return sql[: found.start()].count("\n") + 1 if found else 1


def _columns(prepared: Prepared, parameters: Mapping[str, Parameter], session: Session) -> tuple[Column, ...] | None:
    """The columns, for a sample value of each required parameter: null where there is none."""
    if not all(map(str.isidentifier, prepared.parameters)):
        return None
    samples = {name: parameters[name].sample() if name in parameters else None for name in prepared.parameters}
    columns = session.columns(prepared, samples)
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
