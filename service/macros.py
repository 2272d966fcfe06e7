"""A statistic as a DuckDB table macro, for the shell: the same SQL, with the arguments bound in front of it.

A macro's parameter `question` and a column `Question` are the same name to DuckDB, which takes one for the other
without an error. So the macro's own SQL names no column: it makes a text of the statistic's SQL for `query()`, in
which no parameter is replaced, and puts the arguments in front as one JSON value, in a CTE that has no FROM.
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


def macro(statistic: Statistic) -> str:
    """The statement that creates the macro; its parameters are the statistic's, required ones first."""
    parameters = sorted(statistic.parameters.values(), key=lambda parameter: not parameter.required)
    declared = ", ".join(_declared(parameter) for parameter in parameters)
    if not parameters:
        return f'create macro "{statistic.name}"() as table from query({text(statistic.sql)})'
    given = ", ".join(f'{text(p.name)}: "{p.name}"' for p in parameters)
    bound = ", ".join(f'{_bound(p.type, p.name)} as "bound {p.name}"' for p in parameters)
    after = f"::json as given), bound as (select {bound} from given) select * from (\n{_with_bound(statistic.sql)}\n)"
    json = f"'''' || replace(to_json({{{given}}})::varchar, '''', '''''') || ''''"
    return (
        f'create macro "{statistic.name}"({declared}) as table '
        f"from query('with given as (select ' || {json} || {text(after)})"
    )


def text(value: str) -> str:
    """A text as SQL's literal."""
    return "'" + value.replace("'", "''") + "'"


def _declared(parameter: Parameter) -> str:
    name = f'"{parameter.name}"'
    return name if parameter.required else f"{name} := {_literal(parameter.default)}"


def _literal(value: object) -> str:
    if isinstance(value, list):
        return f"[{', '.join(map(_literal, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    return text(str(value))


def _bound(kind: Type, name: str) -> str:
    """The argument as the API would bind it: in its type, a choice found by its value or code."""
    given = f"(given->>'$.{name}')"
    if isinstance(kind, OneOf):
        return _choice(kind, given)
    if isinstance(kind, ListOf):
        items = f"from_json(given->'$.{name}', '[\"VARCHAR\"]')"
        item = _choice(kind.type, "item") if isinstance(kind.type, OneOf) else f"cast(item as {_sql_type(kind.type)})"
        unnested = f"select unnest({items}) as item, generate_subscripts({items}, 1) as position"
        return f"(select list({item} order by position) from ({unnested}))"
    return f"cast({given} as {_sql_type(kind)})"


def _choice(kind: OneOf, given: str) -> str:
    """The value that is given by itself or by its code; one that is unknown is an error, as it is in the API."""
    wanted = f"lower(trim({given}))"
    found = (
        f"(select value from choices where column_name = {text(key(kind))} "
        f"and (lower(value) = {wanted} or lower(code) = {wanted}) order by (lower(value) = {wanted}) desc limit 1)"
    )
    unknown = f"error({text(f'no value of {kind.column}: ')} || {given})"
    return f"case when {given} is null then null else coalesce({found}, {unknown}) end"


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
]


def _sql_type(kind: Type) -> str:
    return next(name(kind) for known, name in SQL_TYPES if isinstance(kind, known))


def _with_bound(sql: str) -> str:
    def bind(match: re.Match[str]) -> str:
        return f'(select "bound {match["name"]}" from bound)' if match["name"] else match[0]

    return TOKEN.sub(bind, sql.strip().rstrip(";"))
