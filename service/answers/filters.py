"""Conditions on the rows of a result, in PostgREST's grammar: `value=gte.30`, `or=(state.eq.Ohio,value.lt.20)`.

Nothing of a request becomes SQL: names are looked up among the columns, and values are converted to their column's type
and handed to Arrow.
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Mapping, Sequence
from functools import reduce
from typing import Any

import pyarrow as pa

from service.engine import arrow_compute as pc
from service.errors import BadRequest
from service.suggest import hint

Operation = Callable[[Any, Any], Any]
"""Of two expressions of Arrow's, or an expression and a value; gives another."""

COMPARE: Mapping[str, Operation] = {
    "eq": operator.eq,
    "neq": operator.ne,
    "gt": operator.gt,
    "gte": operator.ge,
    "lt": operator.lt,
    "lte": operator.le,
}
PATTERNS = {"like": False, "ilike": True}
"""Whether the case is ignored; for columns of text, * stands for any letters."""
IS: Mapping[str, Callable[[Any], Any]] = {
    "null": lambda column: column.is_null(),
    "not_null": lambda column: column.is_valid(),
    "true": lambda column: (column == pa.scalar(True)) & column.is_valid(),
    "false": lambda column: (column == pa.scalar(False)) & column.is_valid(),
}
OPERATORS = (*COMPARE, *PATTERNS, "in", "is")
MOST_CONDITIONS = 100
"""Each is tried on every row; `in` is one, however many values it has."""
QUOTED = re.compile(r"\"(?:[^\"\\]|\\.)*+(?:\"|\Z)", re.DOTALL)
PARTS = re.compile(r"[,()]|\"(?:[^\"\\]|\\.)*+\"|[^,()\"]+|(?P<open>\".*)", re.DOTALL)
"""Both look at each letter once: what opens a quote and never closes it goes to the end."""
GROUPS: Mapping[str, Operation] = {"and": operator.and_, "or": operator.or_}


def condition_of(schema: pa.Schema, filters: Mapping[str, Sequence[str]]) -> pc.Expression | None:
    """Of all the parameters of a query together; None without any. Raises BadRequest, naming the parameter."""
    pairs = [(name, text) for name, texts in filters.items() for text in texts]
    count = sum(_count(text) if is_group(name) else 1 for name, text in pairs)
    if count > MOST_CONDITIONS:
        name = pairs[-1][0]
        reason = f"{name}: there are {count} conditions, and {MOST_CONDITIONS} are allowed; in.(…) takes many values"
        raise BadRequest(reason, parameter=name)
    conditions = [_filter(schema, name, text) for name, text in pairs]
    return reduce(operator.and_, conditions) if conditions else None


def field_of(schema: pa.Schema, name: str, parameter: str) -> pa.Field:
    require_column(schema.names, name, parameter)
    return schema.field(name)


def require_column(columns: Sequence[str], name: str, parameter: str) -> None:
    """Raise BadRequest for a name that is not among the columns; `parameter` is that of the query which has it."""
    if name not in columns:
        what = "is neither an option nor a column" if name == parameter else "is not a column"
        reason = f"{parameter}: {name[:60]!r} {what} of the answer{hint(name, columns)}"
        raise BadRequest(reason, parameter=parameter, allowed=list(columns))


def is_group(name: str) -> bool:
    """Whether it is the name of conditions that are joined: `or`, `not.and` …"""
    return name.removeprefix("not.") in GROUPS


def _filter(schema: pa.Schema, name: str, text: str) -> pc.Expression:
    """A parameter of the query: `value=gte.30`, `value=not.is.null`, `or=(state.eq.Ohio,value.lt.20)`."""
    negated, kind = name.startswith("not."), name.removeprefix("not.")
    if is_group(name) and schema.get_field_index(name) < 0:
        return _group(schema, name, kind, text, negated=negated)
    return _condition(schema, name, name, text)


def _group(schema: pa.Schema, parameter: str, kind: str, text: str, *, negated: bool) -> pc.Expression:
    if not (text.startswith("(") and text.endswith(")")):
        reason = f"{parameter}: {text[:60]!r} cannot be read; write it as (COLUMN.OPERATOR.VALUE,…)"
        raise BadRequest(reason, parameter=parameter)
    found = reduce(GROUPS[kind], [_member(schema, parameter, part) for part in _split(parameter, text[1:-1])])
    return ~found if negated else found


def _count(text: str) -> int:
    """The conditions of a group, also of those in it."""
    without_quoted = QUOTED.sub("", text)
    return re.sub(r"\bin\.\([^()]*\)", "", without_quoted).count(",") + 1


def _member(schema: pa.Schema, parameter: str, text: str) -> pc.Expression:
    group = re.fullmatch(r"(not\.)?(and|or)(\(.*\))", text, re.DOTALL)
    if group:
        return _group(schema, parameter, group[2], group[3], negated=bool(group[1]))
    name, _, rest = text.partition(".")
    return _condition(schema, parameter, name, rest)


def _split(parameter: str, text: str) -> list[str]:
    """At the commas that are neither in quotes nor in parentheses."""
    found: list[list[str]] = [[]]
    depth, closed = 0, text.count("(") <= 20
    for part in PARTS.finditer(text):
        depth += {"(": 1, ")": -1}.get(part[0], 0)
        closed = closed and not part["open"]
        if part[0] == "," and not depth:
            found.append([])
        else:
            found[-1].append(part[0])
    if depth or [] in found or not closed:
        raise BadRequest(f"{parameter}: {text[:60]!r} cannot be read; close what it opens", parameter=parameter)
    return ["".join(parts) for parts in found]


def _condition(schema: pa.Schema, parameter: str, name: str, text: str) -> pc.Expression:
    field, negated = field_of(schema, name, parameter), text.startswith("not.")
    verb, dot, value = text.removeprefix("not.").partition(".")
    if verb not in OPERATORS or not dot:
        known = ", ".join(OPERATORS)
        reason = f"{parameter}: {text[:60]!r} cannot be read; write OPERATOR.VALUE, as in eq.Ohio (operators: {known})"
        raise BadRequest(reason, parameter=parameter, allowed=list(OPERATORS))
    found = _operation(field, parameter, verb, value.strip() if verb == "in" else value)
    return ~found if negated else found


def _operation(field: pa.Field, parameter: str, verb: str, value: str) -> pc.Expression:
    column = pc.field(field.name)
    if verb == "is":
        if value not in IS or (value in {"true", "false"} and not pa.types.is_boolean(field.type)):
            raise BadRequest(
                f"{parameter}: is.{value[:20]} is not for {field.name}", parameter=parameter, allowed=[*IS]
            )
        return IS[value](column)
    if verb in PATTERNS:
        return _pattern(field, parameter, verb, value)
    if verb == "in":
        if not (value.startswith("(") and value.endswith(")")):
            raise BadRequest(f"{parameter}: write the values of in as in.(Ohio,Utah)", parameter=parameter)
        values = [_scalar(field, parameter, _unquoted(part)) for part in _split(parameter, value[1:-1])]
        found = column.isin(pa.array([each.as_py() for each in values], field.type))
        # As in SQL a null is neither in a list nor not in it; Arrow says that it is not.
        return pc.if_else(column.is_valid(), found, pa.scalar(None, pa.bool_()))
    return COMPARE[verb](column, _scalar(field, parameter, _unquoted(value)))


def _pattern(field: pa.Field, parameter: str, name: str, value: str) -> pc.Expression:
    if not pa.types.is_string(field.type):
        raise BadRequest(f"{parameter}: {name} is for text, and {field.name} is not", parameter=parameter)
    return pc.match_like(pc.field(field.name), value.replace("*", "%"), ignore_case=PATTERNS[name])


def _unquoted(text: str) -> str:
    quoted = re.fullmatch(r'"((?:[^"\\]|\\.)*)"', text, re.DOTALL)
    return re.sub(r"\\(.)", r"\1", quoted[1]) if quoted else text


def _scalar(field: pa.Field, parameter: str, text: str) -> pa.Scalar:
    """The value in its column's type."""
    try:
        return pa.scalar(text).cast(field.type)
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        reason = f"{parameter}: {text[:60]!r} cannot be compared with {field.name}, which is of type {field.type}"
        raise BadRequest(reason, parameter=parameter) from None
