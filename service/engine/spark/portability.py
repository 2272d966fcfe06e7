"""What of DuckDB's SQL is known to give the same on a cluster.

sqlglot passes over some differences without a word, also at its strictest level. So only what was tried is taken, and
everything else is refused. sql/README.md lists it, under "Portable SQL".
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

from sqlglot import exp

from service.dataset.figures import ORDERED
from service.dataset.reading import numbers
from service.dataset.table import KEYS

PORTABLE = frozenset(
    {
        *(exp.Select, exp.From, exp.Table, exp.TableAlias, exp.Join, exp.Where, exp.Group, exp.Having, exp.Order),
        *(exp.Ordered, exp.Limit, exp.Offset, exp.Distinct, exp.Union, exp.Subquery, exp.Tuple, exp.In),
        *(exp.Alias, exp.Column, exp.Identifier, exp.Star, exp.Placeholder, exp.Literal, exp.Null, exp.Boolean),
        *(exp.Paren, exp.And, exp.Or, exp.Not, exp.Is, exp.Between, exp.Case, exp.If),
        *(exp.EQ, exp.NEQ, exp.GT, exp.GTE, exp.LT, exp.LTE, exp.NullSafeEQ, exp.NullSafeNEQ),
        *(exp.Neg, exp.Add, exp.Sub, exp.Mul, exp.Div, exp.Cast, exp.DataType),
        *(exp.Coalesce, exp.Nullif, exp.Greatest, exp.Least, exp.Abs, exp.Round, exp.Sqrt, exp.Pow, exp.Exp),
        *(exp.Array, exp.ArrayContains, exp.Filter, exp.Window, exp.RowNumber, exp.Rank),
        *(exp.Max, exp.Min, exp.Sum, exp.Avg, exp.Count, exp.ArrayAgg, exp.PercentileCont, exp.StddevSamp),
    }
)
"""What may stand in a block."""
ORDERING = frozenset(
    {exp.Ordered, exp.Max, exp.Min, exp.Greatest, exp.Least, exp.Between, exp.GT, exp.GTE, exp.LT, exp.LTE}
)
"""What depends on the order of values."""
NUMBERS = (*numbers.NUMBERS, "Standard_Error")
RENAMED = {"printf": "format_string"}
"""Functions that sqlglot does not know, and their names on Spark."""
ELSEWHERE = "compute it in a SELECT that reads the rows of this one"


def words_of(trees: Sequence[exp.Query]) -> frozenset[str]:
    """Columns whose words have an order of their own, and what is named after them, in lower case."""
    words = set(map(str.lower, ORDERED))
    before = 0
    while len(words) > before:
        before = len(words)
        named = [alias for tree in trees for alias in tree.find_all(exp.Alias)]
        words |= {alias.alias.lower() for alias in named if _names(alias.this, words)}
    return frozenset(words)


def _names(node: exp.Expr, words: Collection[str]) -> str:
    """The first of these columns that an expression gives: not as a text, and not counted."""
    if isinstance(node, exp.Cast | exp.Count | exp.EQ | exp.NEQ | exp.Is):
        return ""
    if isinstance(node, exp.Column):
        return node.name if node.name.lower() in words else ""
    return next(filter(None, (_names(child, words) for child in node.iter_expressions())), "")


def fault_of(node: exp.Expr, words: Collection[str]) -> str | None:
    """Why a node is not known to give the same on a cluster; `words` are what `words_of` gives."""
    if isinstance(node, exp.Anonymous) and node.name.lower() in RENAMED:
        return None
    if type(node) not in PORTABLE:
        what = f"{node.name or node.sql_name()}()" if isinstance(node, exp.Func) else f"{node.key.upper()}"
        return f"{what} may give something else; {ELSEWHERE}"
    if type(node) in ORDERING:
        return _in_order(node, words)
    return CHECKS[type(node)](node) if type(node) in CHECKS else None


def _is_among(node: exp.Expr, columns: Iterable[str]) -> bool:
    """Whether it is one of these columns, in any case."""
    return isinstance(node, exp.Column) and node.name.lower() in map(str.lower, columns)


def _join(node: exp.Expr) -> str | None:
    method = node.text("method") or node.args.get("method")
    if method:
        return f"a {method} join does not run; {ELSEWHERE}"
    select = node.find_ancestor(exp.Select)
    if node.args.get("using") and select and any(isinstance(each, exp.Star) for each in select.expressions):
        return "a join with `using` gives the columns of * in another order; name them"
    return None


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
    never_zero = isinstance(by, exp.Literal) and not by.is_string and float(by.name) != 0
    safe = never_zero or (isinstance(by, exp.Nullif) and by.expression == exp.Literal.number(0))
    return None if safe else "a division by zero is an error; divide by nullif(…, 0)"


def _cast(node: exp.Expr) -> str | None:
    """To whole numbers Spark cuts, and DuckDB rounds; large and tiny numbers are other texts."""
    kind, value = node.args["to"].this, node.this
    of_text = isinstance(value, exp.Column) and not _is_among(value, NUMBERS)
    safe = kind == exp.DType.DOUBLE or (kind == exp.DType.TEXT and of_text)
    what = f"{value.sql('duckdb')} to {node.args['to'].sql('duckdb')}"
    return None if safe else f"a cast of {what} may give something else"


def _in_order(node: exp.Expr, words: Collection[str]) -> str | None:
    """There the words are plain text, which has the alphabet's order."""
    values = [_numbered(node)] if isinstance(node, exp.Ordered) else list(node.iter_expressions())
    found = next(filter(None, (_names(value, words) for value in values)), "")
    return f"{found} has another order; {ELSEWHERE}" if found else None


def _numbered(node: exp.Ordered) -> exp.Expr:
    """What it orders by, which may be the number of a column."""
    value: exp.Expr = node.this
    query = node.find_ancestor(exp.Query)
    if isinstance(value, exp.Literal) and value.is_int and query and int(value.name) <= len(query.selects):
        value = query.selects[int(value.name) - 1].unalias()
    return value


def _list(node: exp.Expr) -> str | None:
    """Spark's collect_list leaves nulls out, and knows no order."""
    order = node.find(exp.Order)
    value = listed(node)
    ordered = order.expressions[0] if order and len(order.expressions) == 1 else None
    if order and (ordered is None or ordered.this != value or ordered.args.get("desc")):
        return "a list is in the order of its own values; write list(x order by x)"
    select = node.find_ancestor(exp.Select)
    outer = select is not None and any(join.side for join in select.args.get("joins") or ())
    if _is_among(value, KEYS) and not outer:
        return None
    return f"a list leaves nulls out; list one of {', '.join(KEYS)}, or {ELSEWHERE}"


def listed(node: exp.Expr) -> exp.Expr:
    """Of what a list is, without its order and `distinct`."""
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
    exp.ArrayAgg: _list,
}
"""What is wrong with a node of a portable kind."""
