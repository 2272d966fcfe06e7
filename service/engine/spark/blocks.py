"""A statistic's SQL in two parts: the SELECTs that read the cluster's tables, and what is made of their rows.

A part is the main SELECT or a common table expression, with all that is nested in it. One that names a table of the
cluster is a block: the cluster runs it, with those expressions that it reads, and gives its rows. The rest is DuckDB's,
word for word, so that no function of tests or texts has to be translated.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import NamedTuple

from sqlglot import exp, parse_one
from sqlglot.dialects import DuckDB
from sqlglot.errors import SqlglotError
from sqlglot.tokenizer_core import Token, TokenType

from service.dataset.identifiers import quoted
from service.engine.protocol import Unsupported
from service.engine.spark.portability import words_of
from service.engine.spark.translation import to_spark

LARGE = frozenset({"health", "figures"})
"""Tables of which only the cluster has the rows."""
MAIN = ""
"""The name of the part below the common table expressions."""
QUERIES = {"query", "query_table"}
"""Functions that read a table which only their argument names."""
RECURSIVE = "a recursive WITH does not run on a cluster; write it without"
NAMED = "columns behind the name do not run on a cluster; name them with `as` in the SELECT"


class Block(NamedTuple):
    """What the cluster runs. `table` gets its rows, whose columns are those of `shape`, which is SQL of DuckDB's."""

    table: str
    line: int
    spark: str
    shape: str
    parameters: frozenset[str]


class Plan(NamedTuple):
    """The blocks, and SQL that reads their tables."""

    blocks: tuple[Block, ...]
    rest: str


class Part(NamedTuple):
    """What stands between two places of the text."""

    name: str
    start: int
    end: int
    tree: exp.Query
    fault: str | None
    """Why it can be in no block."""

    @property
    def tables(self) -> frozenset[str]:
        """In lower case, as SQL takes them for the same."""
        return frozenset(table.name.lower() for table in self.tree.find_all(exp.Table) if table.name)

    @property
    def is_block(self) -> bool:
        return bool(self.tables & LARGE)


def split(sql: str) -> Plan:
    """Raises Unsupported for a block that is not known to mean the same on the cluster."""
    parts = {part.name: part for part in _parts(sql)}
    read = _reached(parts, MAIN, through_blocks=False)
    blocks = [part for part in parts.values() if part.name in read and part.is_block]
    rest = sql
    for part in reversed(blocks):
        rest = f"{rest[: part.start]} select * from {quoted(_table(part))} {rest[part.end :]}"
    return Plan(tuple(_block(sql, parts, part) for part in blocks), rest)


def _block(sql: str, parts: Mapping[str, Part], part: Part) -> Block:
    read = _reached(parts, part.name, through_blocks=True)
    used = [other for other in parts.values() if other.name in read]
    for other in used:
        fault = f"{other.name} is a table of the cluster; give it another name" if other.name in LARGE else other.fault
        if fault:
            raise Unsupported(_line(sql, other.start), fault)
    words = words_of([other.tree for other in used])
    heads = ", ".join(f"`{other.name}` as ({_spark(sql, other, words)})" for other in used if other is not part)
    return Block(
        table=_table(part),
        line=_line(sql, part.start),
        spark=(f"with {heads} " if heads else "") + _spark(sql, part, words),
        shape=sql if part.name == MAIN else f"{sql[: parts[MAIN].start]} select * from {quoted(part.name)}",
        parameters=frozenset(each.name for other in used for each in other.tree.find_all(exp.Placeholder)),
    )


def _spark(sql: str, part: Part, words: frozenset[str]) -> str:
    return to_spark(part.tree, lambda place: _line(sql, part.start + place), words)


def _table(part: Part) -> str:
    return f"rows of {part.name or 'the cluster'}"


def _line(sql: str, place: int) -> int:
    return sql[:place].count("\n") + 1


def _reached(parts: Mapping[str, Part], start: str, *, through_blocks: bool) -> set[str]:
    """The names of the parts that one reads, itself among them."""
    found: set[str] = set()
    left = [start]
    while left:
        part = parts[left.pop()]
        found.add(part.name)
        if through_blocks or not part.is_block:
            left += (part.tables & parts.keys()) - found
    return found


def _parts(sql: str) -> Iterator[Part]:
    """In the order of the text."""
    try:
        tokens = DuckDB().tokenize(sql)
    except SqlglotError as error:
        raise Unsupported(1, f"cannot be read for a cluster: {error}") from None
    place = 0
    if tokens[0].token_type == TokenType.WITH:
        place = 1
        recursive = tokens[place].token_type == TokenType.RECURSIVE
        place += recursive
        while tokens[place - 1].token_type in (TokenType.WITH, TokenType.RECURSIVE, TokenType.COMMA):
            name, named = tokens[place], tokens[place + 1].token_type == TokenType.L_PAREN
            opening = _opening(tokens, _closing(tokens, place + 1) + 1 if named else place + 1)
            closing = _closing(tokens, opening)
            fault = RECURSIVE if recursive else NAMED if named else None
            yield _part(sql, name.text.lower(), tokens[opening].end + 1, tokens[closing].start, fault)
            place = closing + 2
        place -= 1
    yield _part(sql, MAIN, tokens[place].start, tokens[-1].end + 1)


def _opening(tokens: list[Token], place: int) -> int:
    """The next parenthesis, behind `as` and perhaps `materialized`."""
    return next(at for at in range(place, len(tokens)) if tokens[at].token_type == TokenType.L_PAREN)


def _closing(tokens: list[Token], opening: int) -> int:
    """The parenthesis that closes one; DuckDB has parsed the text, so there is one."""
    depth = 0
    for place in range(opening, len(tokens)):
        depth += {TokenType.L_PAREN: 1, TokenType.R_PAREN: -1}.get(tokens[place].token_type, 0)
        if depth == 0:
            break
    return place


def _part(sql: str, name: str, start: int, end: int, fault: str | None = None) -> Part:
    try:
        tree = parse_one(sql[start:end], read="duckdb")
    except SqlglotError as error:
        reason = str(error).partition("\n")[0]
        raise Unsupported(_line(sql, start), f"cannot be read for a cluster, from here on: {reason}") from None
    if any(call.name.lower() in QUERIES for call in tree.find_all(exp.Anonymous)):
        raise Unsupported(_line(sql, start), "query() does not run on a cluster; write the table's name")
    if not isinstance(tree, exp.Query):
        raise Unsupported(_line(sql, start), "does not run on a cluster; write a SELECT")
    return Part(name=name, start=start, end=end, tree=tree, fault=fault)
