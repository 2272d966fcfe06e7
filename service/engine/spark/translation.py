"""A portable SELECT of DuckDB's as Spark's, by sqlglot."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

from sqlglot import ErrorLevel, exp
from sqlglot.errors import UnsupportedError

from service.engine.protocol import Unsupported
from service.engine.spark.portability import ELSEWHERE, RENAMED, fault_of, listed


def to_spark(tree: exp.Query, line: Callable[[int], int], words: Collection[str]) -> str:
    """Raises Unsupported. `line` gives that of a place in the text of the tree; `words` are what `words_of` gives."""
    for node in tree.walk():
        fault = fault_of(node, words)
        if fault:
            raise Unsupported(line(_place(node)), f"on a cluster {fault}")
    try:
        return _rewritten(tree).sql(dialect="spark", unsupported_level=ErrorLevel.RAISE, comments=False)
    except UnsupportedError as error:
        raise Unsupported(line(0), f"on a cluster {error}; {ELSEWHERE}") from None


def _place(node: exp.Expr) -> int:
    return next((int(each.meta["start"]) for each in node.walk() if "start" in each.meta), 0)


def _rewritten(tree: exp.Query) -> exp.Query:
    """From the leaves up, so that what is within another's arguments is rewritten too."""
    copy = tree.copy()
    for node in reversed(list(copy.walk(bfs=True))):
        if type(node) in REWRITES:
            node.replace(REWRITES[type(node)](node))
    return copy


def _collected(node: exp.Expr) -> exp.Expr:
    """A list, perhaps of some rows only, and null of none; its order would be dropped without a word."""
    if isinstance(node.parent, exp.Filter):
        return node  # together with that
    array = node.this if isinstance(node, exp.Filter) else node
    if not isinstance(array, exp.ArrayAgg):
        return node
    value = listed(array)
    name = "collect_set" if array.find(exp.Distinct) else "collect_list"
    found, counted = (
        exp.Filter(this=each, expression=node.expression.copy()) if isinstance(node, exp.Filter) else each
        for each in (exp.Anonymous(this=name, expressions=[value.copy()]), exp.Count(this=value.copy()))
    )
    if array.find(exp.Order):
        found = exp.Anonymous(this="sort_array", expressions=[found])
    return exp.Case(ifs=[exp.If(this=exp.GT(this=counted, expression=exp.Literal.number(0)), true=found)])


def _double(node: exp.Expr) -> exp.Expr:
    """A number with a point is a DECIMAL, whose quotients Spark rounds."""
    return exp.cast(node, "double") if not node.is_string and "." in node.name else node


def _format_string(node: exp.Expr) -> exp.Expr:
    """Which writes a null as a word, where printf gives null."""
    if node.name.lower() not in RENAMED:
        return node
    there = [exp.Not(this=exp.Is(this=each.copy(), expression=exp.Null())) for each in node.expressions[1:]]
    found = exp.Anonymous(this=RENAMED[node.name.lower()], expressions=[each.copy() for each in node.expressions])
    return exp.Case(ifs=[exp.If(this=exp.and_(*there), true=found)]) if there else found


def _contains(node: exp.Expr) -> exp.Expr:
    """A list that is null or empty is one of nothing's type there, which is compared with nothing."""
    if not isinstance(node.this, exp.Placeholder):
        return node
    texts = exp.cast(node.this.copy(), "array<string>", dialect="spark")
    return exp.ArrayContains(this=texts, expression=exp.cast(node.expression.copy(), "string", dialect="spark"))


def _percentile(node: exp.Expr) -> exp.Expr:
    return exp.Anonymous(this="percentile", expressions=[node.this.copy(), node.expression.copy()])


REWRITES: Mapping[type[exp.Expr], Callable[[exp.Expr], exp.Expr]] = {
    exp.ArrayAgg: _collected,
    exp.Filter: _collected,
    exp.ArrayContains: _contains,
    exp.Literal: _double,
    exp.Anonymous: _format_string,
    exp.PercentileCont: _percentile,
}
"""What sqlglot would write wrongly."""
