"""What DuckDB's parser tells of SQL: what its parameters are compared with, and where it does not read their names."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import duckdb

from service.engine.protocol import Comparison, Unread

Node = dict[str, Any]
"""An expression in DuckDB's syntax tree."""
SIGNS = {
    "COMPARE_EQUAL": "=",
    "COMPARE_NOTEQUAL": "<>",
    "COMPARE_LESSTHAN": "<",
    "COMPARE_GREATERTHAN": ">",
    "COMPARE_LESSTHANOREQUALTO": "<=",
    "COMPARE_GREATERTHANOREQUALTO": ">=",
    "COMPARE_IN": "in (…)",
    "COMPARE_NOT_IN": "not in (…)",
    "COMPARE_BETWEEN": "between",
    "COMPARE_NOT_BETWEEN": "not between",
}
"""DuckDB's names of comparisons, as SQL writes them."""
CONTAINS = {"contains", "list_contains", "list_has", "array_contains", "array_has"}
"""What `column in $list` is to DuckDB."""
UNREAD = {
    duckdb.token_type.string_const: "a text",
    duckdb.token_type.comment: "a comment",
}


def comparisons(cursor: duckdb.DuckDBPyConnection, sql: str) -> list[Comparison]:
    """Each comparison of a parameter with a column, in the order of the text."""
    [(text,)] = cursor.execute("select json_serialize_sql($sql)", {"sql": sql}).fetchall()
    found = set()
    for sign, *pair in (side for node in _nodes(json.loads(text)) for side in _sides(node)):
        for parameter, other in (pair, reversed(pair)):
            column, function = _column(other)
            if parameter["class"] == "PARAMETER" and column:
                line, name = _line(sql, parameter["query_location"]), parameter["identifier"]
                found.add(Comparison(line=line, sign=sign, parameter=name, column=column, function=function))
    return sorted(found, key=lambda each: (each.line, each.parameter, each.sign, each.column))


def _nodes(tree: Any) -> Iterator[Node]:
    if isinstance(tree, dict):
        yield tree
    for child in tree.values() if isinstance(tree, dict) else tree if isinstance(tree, list) else ():
        yield from _nodes(child)


def _sides(node: Node) -> Iterator[tuple[str, Node, Node]]:
    """The pairs that an expression compares, with the sign."""
    kind, sign = node.get("class"), SIGNS.get(node.get("type", ""), "")
    if kind == "COMPARISON":
        yield sign, node["left"], node["right"]
    elif kind == "BETWEEN":
        yield from ((sign, node["input"], node[end]) for end in ("lower", "upper"))
    elif kind == "OPERATOR" and sign:
        first, *others = node["children"]
        yield from ((sign, first, other) for other in others)
    elif kind == "FUNCTION" and node["function_name"] in CONTAINS and len(node["arguments"]) == 2:
        one, other = (argument["expression"] for argument in node["arguments"])
        yield "in", one, other


def _column(node: Node) -> tuple[str | None, str | None]:
    """The name of the column that an expression is, by itself or in a function; that function."""
    if node["class"] == "COLUMN_REF":
        return node["column_names"][-1], None
    if node["class"] == "FUNCTION" and len(node["arguments"]) == 1:
        return _column(node["arguments"][0]["expression"])[0], node["function_name"]
    return None, None


def unread(sql: str, name: str, above: int) -> Unread | None:
    """Where `$name` stands in a text or, below the first `above` lines, in a comment, which no parser reads."""
    tokens = duckdb.tokenize(sql)
    encoded = sql.encode()
    ends = [start for start, _ in tokens[1:]] + [len(encoded)]
    for (start, kind), end in zip(tokens, ends, strict=True):
        token, line = encoded[start:end].decode().rstrip(), _line(sql, start)
        quoted_name = kind == duckdb.token_type.identifier and token.startswith('"')
        if line > above and re.search(rf"\${name}\b", token) and (kind in UNREAD or quoted_name):
            return Unread(line=line, kind="a name" if quoted_name else UNREAD[kind], text=token)
    return None


def _line(sql: str, byte: int) -> int:
    return sql.encode()[:byte].count(b"\n") + 1
