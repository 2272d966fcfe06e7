"""What only trying a statistic on the table at hand tells: no reason not to serve it, but to look at it again."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import msgspec

from service.dataset.choices import Choices
from service.encoding import encode
from service.engine.protocol import Interrupted, Session
from service.errors import ServiceError, Unusable
from service.statistics import header
from service.statistics.comparisons import doubtful_comparisons
from service.statistics.contract import in_quotes, json_or_text
from service.statistics.header import Header
from service.statistics.parameters import parse_arguments
from service.statistics.statistic import Statistic

EXAMPLE_SECONDS = 10.0
"""How long an example may take where its file has no `time limit`."""
Doubt = tuple[int, str]
"""A line and what is wrong there."""


def doubts(statistic: Statistic, choices: Choices, session: Session) -> list[str]:
    """What is wrong, with the table at hand, with the SQL, the defaults and the examples: `file:line: …` each."""
    head = header.parse(statistic.sql)
    found = [
        *_defaults(statistic, head),
        *(_examples(statistic, head, session) if "example" in head.fields else _samples(statistic, session)),
        *doubtful_comparisons(statistic, choices, session),
        *_quoted(statistic, head, session),
    ]
    return [f"{statistic.file}:{line}: {reason}" for line, reason in sorted(found)]


def _defaults(statistic: Statistic, head: Header) -> Iterator[Doubt]:
    for found in head.parameters.values():
        value = None if found.default is None else json_or_text(found.default)
        try:
            if value is not None:
                statistic.parameters[found.name].type.parse(value)
        except Unusable as error:
            yield found.line, f"${found.name}: the default: {error}"


def _examples(statistic: Statistic, head: Header, session: Session) -> Iterator[Doubt]:
    for line in head.fields.get("example", []):
        try:
            given = msgspec.json.decode(line.text, type=dict[str, Any])
            arguments = parse_arguments(statistic.parameters, given)
        except msgspec.DecodeError as error:
            yield line.number, f'example: {error}; write a JSON object as {{"name": 1}}'
        except ServiceError as error:
            yield line.number, f"example: {error.reason}"
        else:
            reason = _fault(statistic, arguments, session, rows=True)
            if reason:
                yield line.number, f"example: {reason}"


def _samples(statistic: Statistic, session: Session) -> Iterator[Doubt]:
    """Without an example, whether it runs at all, for values that are allowed; there need be no rows for them."""
    arguments = {name: parameter.sample() for name, parameter in statistic.parameters.items()}
    reason = _fault(statistic, arguments, session, rows=False)
    if reason:
        yield 1, f"there is no example, and with {encode(arguments).decode()} it fails: {reason}"


def _fault(statistic: Statistic, arguments: dict[str, Any], session: Session, *, rows: bool) -> str | None:
    """Why the arguments have no answer; None when they have one."""
    seconds = statistic.time_limit or EXAMPLE_SECONDS
    try:
        found = session.run(session.prepare(statistic.name, statistic.sql), arguments, seconds).rows()
        if rows and not found:
            return "gives no rows on this table; choose arguments that have an answer"
        statistic.shape(found)
    except Interrupted:
        return f"ran for more than {seconds:g} s; make it faster, or give it a longer `time limit`"
    except ServiceError as error:
        return error.reason
    return None


def _quoted(statistic: Statistic, head: Header, session: Session) -> Iterator[Doubt]:
    """A parameter that the SQL uses, and has in quotes elsewhere."""
    prepared = session.prepare(statistic.name, statistic.sql)
    for name in statistic.parameters:
        found = session.unread(prepared, name, head.length)
        if found and found.text[1:-1] == f"${name}":
            yield found.line, in_quotes(name, found)
