"""A session of DuckDB: the cursor of one thread, with the statements that it has parsed."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from contextlib import contextmanager, nullcontext, suppress
from typing import Any

import duckdb
import pyarrow as pa

from service.dataset.identifiers import quoted
from service.engine.column_types import arrow_type, is_quick
from service.engine.duckdb_batches import batches_of
from service.engine.duckdb_faults import make_temporary_folder, translated
from service.engine.notes import KINDS, Notes, fault_of
from service.engine.protocol import Comparison, Prepared, SqlFault, Unread
from service.engine.result import Column, Result, gathered
from service.engine.spool import Spool
from service.engine.sql_faults import hidden_by_alias, line_of, require_holdable, sql_fault
from service.engine.sql_text import comparisons, unread
from service.errors import Unusable

ENUM = re.compile(r"ENUM\((?:'(?:[^']|'')*'(?:, )?)*\)")
"""DuckDB's name of an ENUM type, also within a list's; to clients it is text."""

FIRST_FETCH = 200
FETCH = 2000
"""Rows fetched at once; the first fetch is smaller, so that large rows are noticed early."""
FETCHED_VALUES = 100_000
"""Most values fetched at once: of many columns fewer rows are."""
NUMBER = 8
"""Bytes of a number, a date or a reference to anything longer."""
VECTOR = 2048
"""Rows that DuckDB works on at once."""


class DuckDBSession:
    """A cursor of one thread."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, spool: Spool, long: set[str]) -> None:
        """`long` is shared by all sessions of an engine: SQL that once gave a long result."""
        self._cursor = cursor
        self._spool = spool
        self._long = long
        self._interrupted = False
        # Parsing takes a fifth of a small query's time. Keyed by text, so a changed file is parsed again.
        self._statements: dict[str, duckdb.Statement] = {}

    def prepare(self, name: str, sql: str) -> Prepared:
        return Prepared(name, sql, frozenset(self._statement(sql).named_parameters))

    def _statement(self, sql: str) -> duckdb.Statement:
        if sql not in self._statements:
            self._statements[sql] = self._parse(sql)
        return self._statements[sql]

    def _parse(self, sql: str) -> duckdb.Statement:
        last_line = max(1, len(sql.rstrip().splitlines()))
        try:
            statements = self._cursor.extract_statements(sql)
        except duckdb.Error as error:
            raise sql_fault(error) from None
        if [statement.type for statement in statements] == [duckdb.StatementType.MULTI]:
            fix = "name them: `pivot … on segment in ('Male', 'Female')`, so that the columns are always the same"
            raise SqlFault(last_line, f"is a PIVOT whose columns come from the data; {fix}")
        if len(statements) != 1:
            raise SqlFault(last_line, f"holds {len(statements)} statements, but a statistic is exactly one SELECT")
        [statement] = statements
        if statement.type != duckdb.StatementType.SELECT:
            raise SqlFault(last_line, f"is a statement of type {statement.type.name}, but must be a SELECT")
        return statement

    def columns(self, prepared: Prepared, arguments: Mapping[str, Any]) -> tuple[Column, ...]:
        try:
            relation = self._cursor.sql(self._statement(prepared.sql), params=dict(arguments))
        except duckdb.Error as error:
            raise self._binding_fault(prepared, arguments, error) from None
        for name, kind in zip(relation.columns, relation.types, strict=True):
            require_holdable(prepared.sql, name, kind)
        if fault := fault_of(relation.columns, relation.types):
            column, reason = fault
            raise SqlFault(line_of(prepared.sql, column), reason)
        return tuple(
            Column(name, ENUM.sub("VARCHAR", str(kind)))
            for name, kind in zip(relation.columns, relation.types, strict=True)
            if name not in KINDS
        )

    def _binding_fault(self, prepared: Prepared, arguments: Mapping[str, Any], error: duckdb.Error) -> SqlFault:
        """What keeps SQL from being bound to the table; DESCRIBE tells the line, which a relation does not."""
        try:
            self._cursor.execute(f"describe {prepared.sql}", dict(arguments))
        except duckdb.Error as described:
            error = described
        return hidden_by_alias(prepared.sql, str(error)) or sql_fault(error)

    def keep(self, table: str, like: Prepared, arguments: Mapping[str, Any], rows: pa.Table) -> None:
        """Put rows that another engine gave into a temporary table, in the types that SQL `like` it gives here."""
        try:
            relation = self._cursor.sql(self._statement(like.sql), params=dict(arguments))
            pairs = zip(relation.columns, relation.types, strict=True)
            columns = ", ".join(f"{quoted(name)} {kind if kind.id != 'null' else 'integer'}" for name, kind in pairs)
            self._cursor.execute(f"create or replace temporary table {quoted(table)} ({columns})")
            self._cursor.register("given", rows)
            try:
                self._cursor.execute(f"insert into {quoted(table)} from given")
            finally:
                self._cursor.unregister("given")
        except duckdb.Error as error:
            raise translated(like.name, error) from error

    def drop(self, table: str) -> None:
        """Free the rows that were kept, if they are there."""
        with suppress(duckdb.Error):  # of a session that was closed meanwhile
            self._cursor.execute(f"drop table if exists {quoted(table)}")

    def comparisons(self, prepared: Prepared) -> list[Comparison]:
        return comparisons(self._cursor, prepared.sql)

    def unread(self, prepared: Prepared, name: str, above: int) -> Unread | None:
        return unread(prepared.sql, name, above)

    def run(self, prepared: Prepared, arguments: Mapping[str, Any], seconds: float | None = None) -> Result:
        self._interrupted = False
        try:
            with nullcontext() if seconds is None else self._limited(seconds):
                try:
                    return self._result(prepared, dict(arguments))
                except duckdb.IOException:
                    make_temporary_folder(self._cursor)
                    return self._result(prepared, dict(arguments))
        except (duckdb.Error, Unusable) as error:
            raise translated(prepared.name, error) from error

    @contextmanager
    def _limited(self, seconds: float) -> Iterator[None]:
        """Let DuckDB interrupt what takes longer."""
        self._cursor.execute(f"set max_execution_time = {max(1, seconds * 1000):.0f}")
        try:
            yield
        finally:
            self._cursor.execute("set max_execution_time = 0")  # none

    def _result(self, prepared: Prepared, arguments: dict[str, Any]) -> Result:
        if prepared.sql not in self._long:
            result = self._short_result(prepared, arguments)
            if result is not None:
                return result
            # It begins again the long way, which it takes at once the next time.
            self._long.add(prepared.sql)
        return self._long_result(prepared, arguments)

    def _short_result(self, prepared: Prepared, arguments: dict[str, Any]) -> Result | None:
        """By way of Python's values, the fastest for few rows; None when they are many, or of rare types."""
        cursor = self._cursor.execute(self._statement(prepared.sql), arguments)
        try:
            columns = [(name, kind) for name, kind, *_ in cursor.description]
            if not all(is_quick(kind) for _, kind in columns) or (found := self._few(cursor)) is None:
                return None
            notes = Notes(prepared.name, [name for name, _ in columns])
            schema = pa.schema([(name, arrow_type(kind)) for name, kind in columns])
            return notes.tell(Result.of_columns(notes.schema(schema), notes.columns(found)))
        finally:
            cursor.abort()

    def _few(self, cursor: duckdb.DuckDBPyConnection) -> list[list[Any]] | None:
        """The values of each column; None when there are more rows, or more bytes, than may be kept in memory."""
        columns: list[list[Any]] = [[] for _ in cursor.description]
        taken, most = 0, max(1, FETCHED_VALUES // len(columns))
        size = min(FIRST_FETCH, most)
        while fetched := cursor.fetchmany(size):
            self._require_wanted()
            for column, values in zip(columns, zip(*fetched, strict=True), strict=True):
                column.extend(values)
                taken += _size(values)
            if len(columns[0]) > self._spool.limits.memory_rows or taken > self._spool.limits.memory_bytes:
                return None
            if len(fetched) < size:
                break
            size = min(FETCH, most)
        return columns

    def _require_wanted(self) -> None:
        """DuckDB heeds an interrupt while it computes, not while its rows are fetched."""
        if self._interrupted:
            raise duckdb.InterruptException("interrupted between two fetches")

    def _wanted(self, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            self._require_wanted()
            yield batch

    def _long_result(self, prepared: Prepared, arguments: dict[str, Any]) -> Result:
        """By way of Arrow, a batch at a time, so that it takes little memory."""
        relation = self._cursor.sql(prepared.sql, params=arguments)
        schema = pa.schema(zip(relation.columns, map(arrow_type, relation.types), strict=True))
        notes = Notes(prepared.name, relation.columns)
        reader = relation.to_arrow_reader(VECTOR)
        try:
            batches = gathered(notes.batches(self._wanted(batches_of(reader, schema))))
            return notes.tell(self._spool.keep(prepared.name, notes.schema(schema), batches))
        finally:
            reader.close()

    def explain(self, prepared: Prepared, arguments: Mapping[str, Any]) -> str:
        try:
            rows = self._cursor.execute(f"explain analyze {prepared.sql}", dict(arguments)).fetchall()
        except duckdb.Error as error:
            raise translated(prepared.name, error) from error
        return "\n".join(text for *_, text in rows)

    def interrupt(self) -> None:
        self._interrupted = True
        with suppress(duckdb.ConnectionException):  # closed
            self._cursor.interrupt()

    def progress(self) -> float | None:
        with suppress(duckdb.ConnectionException):  # closed
            percent = self._cursor.query_progress()
            return round(percent / 100, 3) if percent >= 0 else None
        return None

    def close(self) -> None:
        with suppress(duckdb.ResourceInUseException):  # by a thread that was given up, which closes it at its end
            self._cursor.close()


def _size(values: Collection[Any]) -> int:
    """Bytes of the values of a column, or of a list, roughly: all but null are of one type."""
    first = next(filter(None, values), None)
    taken = NUMBER * len(values)
    if isinstance(first, str):
        return taken + sum(map(len, filter(None, values)))
    return taken + sum(map(_size, filter(None, values))) if isinstance(first, list) else taken
