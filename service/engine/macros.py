"""Statistics as DuckDB table macros, for the shell: the same SQL, with the arguments written into it as literals.

A macro's parameter `question` and a column `Question` are the same name to DuckDB, which takes one for the other
without an error. So the macro's own SQL names no column: it makes a text of the statistic's SQL for `query()`, in
which no parameter is replaced. Literals, unlike subqueries, may stand wherever a bound value may: in `limit $n`,
`in $states`, `quantile_cont(x, $share)`, `range($n)`, and within a lambda.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Protocol

from service.engine.functions import FUNCTIONS

TOKEN = re.compile(
    r"[eE]'(?:[^'\\]|\\.|'')*'|'(?:[^']|'')*'|\"(?:[^\"]|\"\")*\"|--[^\n]*|/\*.*?\*/"
    r"|\$(?P<tag>[A-Za-z_]*)\$.*?\$(?P=tag)\$|(?P<end>;)|\$(?P<name>[A-Za-z_][A-Za-z0-9_]*)",
    re.DOTALL,
)
"""Strings, quoted names and comments, in which a `$name` is not a parameter; the statement's end; and parameters."""


class MacroType(Protocol):
    """What a macro needs to know of a parameter's type."""

    @property
    def sql_type(self) -> str:
        """DuckDB's name of the type that is bound."""

    def sql_literal(self, given: str) -> str:
        """An SQL expression for the text of the literal to bind; `given` is the expression of a value, never null."""

    def helper_macros(self) -> Mapping[str, str]:
        """Macros that this expression calls: name → the statement that creates it."""


class MacroParameter(Protocol):
    """A parameter of a macro; `default` counts only where it is not required."""

    @property
    def name(self) -> str: ...
    @property
    def type(self) -> MacroType: ...
    @property
    def required(self) -> bool: ...
    @property
    def default(self) -> Any: ...


class MacroStatistic(Protocol):
    """SQL with a name and parameters."""

    @property
    def name(self) -> str: ...
    @property
    def sql(self) -> str: ...
    @property
    def parameters(self) -> Mapping[str, MacroParameter]: ...


def macros(statistics: Iterable[MacroStatistic]) -> list[str]:
    """The statements that create a macro for each statistic, after the functions and helpers that they call."""
    statistics = list(statistics)
    types = [parameter.type for statistic in statistics for parameter in statistic.parameters.values()]
    helpers = {name: sql for kind in types for name, sql in kind.helper_macros().items()}
    return [*FUNCTIONS.values(), *helpers.values(), *map(_macro, statistics)]


def _macro(statistic: MacroStatistic) -> str:
    # SQL's rule: parameters without a default come first.
    parameters = sorted(statistic.parameters.values(), key=lambda parameter: not parameter.required)
    declared = ", ".join(map(_declared, parameters))
    pieces = " || ".join(_pieces(statistic))
    # `query` by its full name, since a statistic may be named `query` too.
    return f'create macro "{statistic.name}"({declared}) as table from system.main.query({pieces})'


def _declared(parameter: MacroParameter) -> str:
    name = f'"{parameter.name}"'
    return name if parameter.required else f"{name} := {literal(parameter.default)}"


def _pieces(statistic: MacroStatistic) -> Iterator[str]:
    """Expressions whose texts, one behind the other, are the SQL with its arguments."""
    start = 0
    for match in TOKEN.finditer(statistic.sql):
        if match["name"] or match["end"]:
            yield literal(statistic.sql[start : match.start()])
            start = match.end()
        if match["name"]:
            yield _bound(statistic.parameters[match["name"].lower()])
    yield literal(statistic.sql[start:])


def _bound(parameter: MacroParameter) -> str:
    """An expression for the literal of what the API would bind; null only where the API takes it."""
    given, kind = f'"{parameter.name}"', parameter.type
    if parameter.default is None:
        null = literal(f"cast(null as {kind.sql_type})")
    else:
        null = error_literal(literal(f"{parameter.name} is missing"), kind.sql_type)
    return f"(case when {given} is null then {null} else {kind.sql_literal(given)} end)"


def literal(value: object) -> str:
    """A value of Python's as an SQL literal; what SQL has no literal for is a text."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    if isinstance(value, int | float):
        return repr(value)
    return "'" + str(value).replace("'", "''") + "'"


def cast_literal(expression: str, sql_type: str) -> str:
    """An expression for the literal of a type; `expression` gives its value as text."""
    return f"('cast(' || {_quoted(expression)} || ' as {sql_type})')"


def error_literal(reason: str, sql_type: str) -> str:
    """An expression for SQL that fails with the text of the expression `reason`.

    It must not fail by itself, since DuckDB takes an error within the arguments of `query()` for null.
    """
    return f"('cast(error(' || {_quoted(f'({reason})')} || ') as {sql_type})')"


def _quoted(expression: str) -> str:
    return f"chr(39) || replace({expression}, chr(39), chr(39) || chr(39)) || chr(39)"
