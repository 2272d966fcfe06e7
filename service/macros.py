"""A statistic as a DuckDB table macro, for the shell: the same SQL, with the arguments bound in front of it.

A macro's parameter `question` and a column `Question` are the same name to DuckDB, and one is taken for the other
without an error. So there are two macros: the outer one has the parameters' names, and no SQL in which they could be
taken for a column; the inner one has the SQL, and parameters with names that no column has.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from service.choices import OneOf
from service.number import Number
from service.parameter_types import Boolean, Date, ListOf, Text, Type
from service.parameters import Parameter
from service.statistic import Statistic

TOKEN = re.compile(r"'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/|\$(?P<name>[a-z_][a-z0-9_]*)", re.DOTALL)
"""Strings, quoted names and comments, in which a `$name` is none, and the `$name`s."""


def macros(statistic: Statistic) -> tuple[str, str]:
    """The statements that create the inner and the outer macro; the outer has the statistic's name and defaults."""
    parameters = sorted(statistic.parameters.values(), key=lambda parameter: not parameter.required)
    given = ", ".join(f'"given {p.name}"' for p in parameters)
    bound = ", ".join(f'{_bound(p.type, f"given {p.name}")} as "bound {p.name}"' for p in parameters)
    arguments = f'with "given" as (select {given}), "bound" as (select {bound} from "given") ' if parameters else ""
    declared = ", ".join(_declared(parameter) for parameter in parameters)
    passed = ", ".join(f'"{p.name}"' for p in parameters)
    inner = f'"sql of {statistic.name}"'
    return (
        f"create macro {inner}({given}) as table {arguments}select * from (\n{_with_bound(statistic.sql)}\n)",
        f'create macro "{statistic.name}"({declared}) as table from {inner}({passed})',
    )


def _declared(parameter: Parameter) -> str:
    name = f'"{parameter.name}"'
    return name if parameter.required else f"{name} := {_literal(parameter.default)}"


def _literal(value: object) -> str:
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    return "'" + str(value).replace("'", "''") + "'"


def _bound(kind: Type, given: str) -> str:
    """The argument as the API would bind it: in its type, a choice found by value or code."""
    if isinstance(kind, ListOf) and isinstance(kind.type, OneOf):
        found = _choice(kind.type, "item")
        items = f'select unnest("{given}") as item, generate_subscripts("{given}", 1) as position'
        return f"(select list({found} order by position) from ({items}))"
    if isinstance(kind, OneOf):
        return _choice(kind, given)
    return f'cast("{given}" as {_sql_type(kind)})'


def _choice(kind: OneOf, given: str) -> str:
    """The value that is given by itself or by its code; one that is unknown is an error, as it is in the API."""
    text = f'lower(trim(cast("{given}" as varchar)))'
    found = (
        "(select value from choices "
        f"where column_name = '{_of(kind)}' and (lower(value) = {text} or lower(code) = {text}) "
        f"order by lower(value) <> {text} limit 1)"
    )
    unknown = f"""error('no value of {kind.column}: ' || cast("{given}" as varchar))"""
    return f'case when "{given}" is null then null else coalesce({found}, {unknown}) end'


def _of(kind: OneOf) -> str:
    return key(kind).replace("'", "''")


def key(kind: OneOf) -> str:
    """Which rows of the snapshot's table `choices` are a type's."""
    return f"{kind.column}, {kind.code}" if kind.code else kind.column


def one_ofs(statistic: Statistic) -> list[OneOf]:
    """The choices of a statistic's parameters, those of lists too."""
    types = [parameter.type for parameter in statistic.parameters.values()]
    items = [kind.type if isinstance(kind, ListOf) else kind for kind in types]
    return [kind for kind in items if isinstance(kind, OneOf)]


SQL_TYPES: list[tuple[type, Callable[..., str]]] = [
    (Text, lambda kind: "varchar"),
    (Boolean, lambda kind: "boolean"),
    (Date, lambda kind: "date"),
    (Number, lambda kind: "bigint" if kind.whole else "double"),
    (ListOf, lambda kind: f"{_sql_type(kind.type)}[]"),
]


def _sql_type(kind: Type) -> str:
    return next(name(kind) for known, name in SQL_TYPES if isinstance(kind, known))


def _with_bound(sql: str) -> str:
    def bind(match: re.Match[str]) -> str:
        return f'(select "bound {match["name"]}" from "bound")' if match["name"] else match[0]

    return TOKEN.sub(bind, sql.strip().rstrip(";"))
