"""A statistic as a DuckDB table macro, for the shell: the same SQL, with the arguments written into it as literals.

A macro's parameter `question` and a column `Question` are the same name to DuckDB, which takes one for the other
without an error. So the macro's own SQL names no column: it makes a text of the statistic's SQL for `query()`, in
which no parameter is replaced. Literals, unlike subqueries, may stand wherever a bound value may: in `limit $n`,
`in $states`, `quantile_cont(x, $share)`, `range($n)`, and within a lambda.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from service.statistics.choice_type import OneOf
from service.statistics.number_type import INT64, Number
from service.statistics.parameter_types import Boolean, Date, ListOf, Text, Type
from service.statistics.parameters import Parameter
from service.statistics.statistic import Statistic

TOKEN = re.compile(
    r"[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/"
    r"|\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$|(?P<end>;)|\$(?P<name>[A-Za-z_][A-Za-z0-9_]*)",
    re.DOTALL,
)
"""Strings, quoted names and comments, in which a `$name` is none; the statement's end; and the `$name`s."""


def macro(statistic: Statistic) -> str:
    """The statement that creates the macro; its parameters are the statistic's, required ones first."""
    parameters = sorted(statistic.parameters.values(), key=lambda parameter: not parameter.required)
    declared = ", ".join(_declared(parameter) for parameter in parameters)
    pieces = " || ".join(_pieces(statistic))
    # In full: a statistic may be named `query` too.
    return f'create macro "{statistic.name}"({declared}) as table from system.main.query({pieces})'


def finder(kind: OneOf) -> str:
    """The statement that creates the macro which finds a choice's value, as text, by the value or its code."""
    found = ", ".join(f"{text(name)}: {text(str(value))}" for name, value in kind.by_name.items())
    folded = r"lower(trim(regexp_replace(given::varchar, '\s+', ' ', 'g')))"
    return f"create macro {finder_name(kind)}(given) as element_at(map {{{found}}}, {folded})[1]"


def finder_name(kind: OneOf) -> str:
    """The name of that macro."""
    return f'"choice of {kind.column}, {kind.code}"' if kind.code else f'"choice of {kind.column}"'


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


def _pieces(statistic: Statistic) -> Iterator[str]:
    """Expressions whose texts, one behind the other, are the SQL with its arguments."""
    begun = 0
    for match in TOKEN.finditer(statistic.sql):
        if match["name"] or match["end"]:
            yield text(statistic.sql[begun : match.start()])
            begun = match.end()
        if match["name"]:
            yield _bound(statistic.parameters[match["name"].lower()])
    yield text(statistic.sql[begun:])


def _bound(parameter: Parameter) -> str:
    """An expression for the SQL of what the API would bind; null only where the API takes it."""
    given = f'"{parameter.name}"'
    missing = _error(text(f"{parameter.name} is missing"), parameter.type)
    null = text(f"cast(null as {_sql_type(parameter.type)})") if parameter.default is None else missing
    return f"(case when {given} is null then {null} else {_sql_of(parameter.type, given)} end)"


def _sql_of(kind: Type, given: str) -> str:
    if isinstance(kind, ListOf):
        # A single value is a list of one, as in the API.
        as_list = f"case when typeof({given}) like '%]' then to_json({given}) else json_array({given}) end"
        null = _error(text("a list takes no null"), kind.type)
        item = f"case when item is null then {null} else {_sql_of(kind.type, 'item')} end"
        each = f"list_transform(cast({as_list} as varchar[]), lambda item: {item})"
        return f"('cast([' || array_to_string({each}, ', ') || '] as {_sql_type(kind)})')"
    if isinstance(kind, OneOf):
        unknown = _error(f"{text(f'no value of {kind.column}: ')} || {given}::varchar", kind)
        return f"coalesce({_cast(f'{finder_name(kind)}({given})', kind)}, {unknown})"
    if isinstance(kind, Number):
        unusable = _error(f"{given}::varchar || {text(f' is outside {kind.span()}')}", kind)
        usable = _usable(kind, f"try_cast({given} as double)")
        return f"case when {usable} then {_cast(f'{given}::varchar', kind)} else {unusable} end"
    return _cast(f"{given}::varchar", kind)


def _usable(kind: Number, number: str) -> str:
    least, most = INT64 if kind.whole else (None, None)
    low, high = (least if kind.low is None else kind.low), (most if kind.high is None else kind.high)
    bounds = [f"{number} >= {low}"] * (low is not None) + [f"{number} <= {high}"] * (high is not None)
    return " and ".join([f"isfinite({number})", *bounds, *[f"{number} = floor({number})"] * kind.whole])


def _cast(expression: str, kind: Type) -> str:
    return f"('cast(' || {_quoted(expression)} || ' as {_sql_type(kind)})')"


def _quoted(expression: str) -> str:
    return f"chr(39) || replace({expression}, chr(39), chr(39) || chr(39)) || chr(39)"


def _error(reason: str, kind: Type) -> str:
    """Raised by the SQL that comes of it, since DuckDB takes one that is raised here for null."""
    return f"('cast(error(' || {_quoted(f'({reason})')} || ') as {_sql_type(kind)})')"


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
    (OneOf, lambda kind: {int: "bigint", float: "double"}.get(type(kind.specimen()), "varchar")),
    (ListOf, lambda kind: f"{_sql_type(kind.type)}[]"),
]


def _sql_type(kind: Type) -> str:
    return next(name(kind) for known, name in SQL_TYPES if isinstance(kind, known))
