"""A SELECT of DuckDB's as Spark's, by sqlglot.

sqlglot passes over some differences without a word, also at its strictest level. So only what was tried is translated,
and everything else is refused. sql/README.md lists it, under "Portable SQL".
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from sqlglot import ErrorLevel, exp
from sqlglot.errors import UnsupportedError

from service.dataset.figures import ORDERED
from service.dataset.table import KEYS
from service.engine.protocol import Unsupported

PORTABLE = frozenset(
    {
        *(exp.Select, exp.From, exp.Table, exp.TableAlias, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order),
        *(exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Union, exp.Subquery, exp.Tuple, exp.In),
        *(exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Placeholder, exp.Literal, exp.Null, exp.Boolean),
        *(exp.Paren, exp.And, exp.Or, exp.Not, exp.Is, exp.Between, exp.Case, exp.If, exp.Like),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
        *(exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.DPipe, exp.Cast, exp.DataType),
        *(exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Round, exp.Sqrt, exp.Pow, exp.Exp, exp.Ln),
        *(exp.Lower, exp.Upper, exp.Array, exp.ArrayContains, exp.Filter, exp.Window, exp.RowNumber, exp.Rank),
        *(exp.Max, exp.Min, exp.Sum, exp.Avg, exp.Count, exp.ArrayAgg, exp.PercentileCont, exp.StddevSamp),
    }
)
"""What may stand in a block."""
RENAMED = {"printf": "format_string"}
"""Functions that sqlglot does not know, and their names on Spark."""
TYPES = frozenset({exp.DType.INT, exp.DType.BIGINT, exp.DType.DOUBLE, exp.DType.TEXT, exp.DType.BOOLEAN})
"""To which a value may be cast."""
ELSEWHERE = "compute it in a SELECT that reads the rows of this one"


def to_spark(tree: exp.Query, line: Callable[[int], int]) -> str:
    """Raises Unsupported; `line` gives that of a place in the text of the tree."""
    for node in tree.walk():
        fault = _fault(node)
        if fault:
            raise Unsupported(line(_place(node)), f"on a cluster {fault}")
    try:
        mended = tree.transform(lambda node: MENDS.get(type(node), _as_it_is)(node))
        return mended.sql(dialect="spark", unsupported_level=ErrorLevel.RAISE, comments=False)
    except UnsupportedError as error:
        raise Unsupported(line(0), f"on a cluster {error}; {ELSEWHERE}") from None


def _fault(node: exp.Expr) -> str | None:
    if isinstance(node, exp.Anonymous) and node.name.lower() in RENAMED:
        return None
    if type(node) not in PORTABLE:
        what = f"{node.name or node.sql_name()}()" if isinstance(node, exp.Func) else f"{node.key.upper()}"
        return f"{what} may give something else; {ELSEWHERE}"
    return CHECKS[type(node)](node) if type(node) in CHECKS else None


def _place(node: exp.Expr) -> int:
    return next((int(each.meta["start"]) for each in node.walk() if "start" in each.meta), 0)


def _join(node: exp.Expr) -> str | None:
    method = node.text("method") or node.args.get("method")
    return f"a {method} join does not run; {ELSEWHERE}" if method else None


def _in(node: exp.Expr) -> str | None:
    return "`x in $list` does not run; write list_contains($list, x)" if node.args.get("field") else None


def _distinct(node: exp.Expr) -> str | None:
    return f"`distinct on` does not run; {ELSEWHERE}" if node.args.get("on") else None


def _union(node: exp.Expr) -> str | None:
    return "`union by name` does not run; write the columns in the same order" if node.args.get("by_name") else None


def _group(node: exp.Expr) -> str | None:
    return "`group by all` may not run; name the columns" if node.args.get("all") else None


def _division(node: exp.Expr) -> str | None:
    by = node.expression.unnest()
    safe = isinstance(by, exp.Nullif) or (isinstance(by, exp.Literal) and float(by.name) != 0)
    return None if safe else "a division by zero is an error; divide by nullif(…, 0)"


def _cast(node: exp.Expr) -> str | None:
    return None if node.args["to"].this in TYPES else f"a cast to {node.args['to']} may give something else"


def _in_order(node: exp.Expr) -> str | None:
    """There the words are plain text, which has the alphabet's order."""
    value, select = node.this, node.find_ancestor(exp.Select)
    named = {each.alias_or_name: each.unalias() for each in select.expressions} if select else {}
    if isinstance(value, exp.Literal) and select:
        value = select.expressions[int(value.name) - 1].unalias()
    if isinstance(value, exp.Column):
        value = named.get(value.name, value)
    is_word = isinstance(value, exp.Column) and value.name in ORDERED
    return f"{value.name} has another order; {ELSEWHERE}" if is_word else None


def _list(node: exp.Expr) -> str | None:
    """Spark's collect_list leaves nulls out, and knows no order."""
    order = node.find(exp.Order)
    value = _listed(node)
    ordered = order.expressions[0] if order and len(order.expressions) == 1 else None
    if order and (ordered is None or ordered.this != value or ordered.args.get("desc")):
        return "a list is in the order of its own values; write list(x order by x)"
    of_rows = isinstance(value, exp.Column) and value.name in KEYS
    return None if of_rows else f"a list leaves nulls out; list one of {', '.join(KEYS)}, or {ELSEWHERE}"


def _listed(node: exp.Expr) -> exp.Expr:
    value = node.this.this if isinstance(node.this, exp.Order) else node.this
    found: exp.Expr = value.expressions[0] if isinstance(value, exp.Distinct) else value
    return found


CHECKS: Mapping[type[exp.Expr], Callable[[exp.Expr], str | None]] = {
    exp.Join: _join,
    exp.In: _in,
    exp.Distinct: _distinct,
    exp.Union: _union,
    exp.Group: _group,
    exp.Div: _division,
    exp.Cast: _cast,
    exp.Ordered: _in_order,
    exp.Max: _in_order,
    exp.Min: _in_order,
    exp.ArrayAgg: _list,
}
"""What is wrong with a node of a portable kind."""


def _as_it_is(node: exp.Expr) -> exp.Expr:
    return node


def _sorted_list(node: exp.Expr) -> exp.Expr:
    """A list, perhaps of some rows only; its order would be dropped without a word."""
    array = node.this if isinstance(node, exp.Filter) else node
    if not isinstance(array, exp.ArrayAgg):
        return node
    name = "collect_set" if array.find(exp.Distinct) else "collect_list"
    collected: exp.Expr = exp.Anonymous(this=name, expressions=[_listed(array)])
    if isinstance(node, exp.Filter):
        collected = exp.Filter(this=collected, expression=node.expression)
    return exp.Anonymous(this="sort_array", expressions=[collected]) if array.find(exp.Order) else collected


def _double(node: exp.Expr) -> exp.Expr:
    """A number with a point is a DECIMAL, whose quotients Spark rounds."""
    return exp.cast(node, "double") if not node.is_string and "." in node.name else node


def _renamed(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this=RENAMED.get(node.name.lower(), node.name), expressions=node.expressions)


def _percentile(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="percentile", expressions=[node.this, node.expression])


MENDS: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.ArrayAgg: _sorted_list,
    exp.Filter: _sorted_list,
    exp.Literal: _double,
    exp.Anonymous: _renamed,
    exp.PercentileCont: _percentile,
}
"""What sqlglot would write wrongly."""
