"""The seam "run this statistic with these arguments": DuckDB on the dataset in memory."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from functools import lru_cache
from typing import Any

import duckdb
import pyarrow as pa

from service.dataset import Dataset
from service.engine.column_types import arrow_type, fit, is_quick
from service.engine.result import Column, Result, Row, gathered
from service.engine.spool import Spool
from service.errors import BadRequest, ServiceError, Unavailable, Unusable

ENUM = re.compile(r"ENUM\((?:'(?:[^']|'')*'(?:, )?)*\)")
"""DuckDB's name of an ENUM's type, also within a list's; to others it is text."""

FIRST_STEP = 200
STEP = 2000
"""Rows that are fetched at once; of large rows the first ones are enough to know."""
VECTOR = 2048
"""Rows that DuckDB works on at once."""
ERRORS = {
    "INTERRUPT Error": duckdb.InterruptException,
    "Out of Memory Error": duckdb.OutOfMemoryException,
    "Conversion Error": duckdb.ConversionException,
    "Invalid Input Error": duckdb.InvalidInputException,
    "Out of Range Error": duckdb.OutOfRangeException,
}
"""By the first words of their texts."""


class SqlFault(Exception):
    """SQL that cannot be used; `line` counts from 1 in the text that was given."""

    def __init__(self, line: int, reason: str) -> None:
        super().__init__(reason)
        self.line = line


class Interrupted(Exception):
    """The statement was stopped before its end."""


class Session:
    """A cursor of one thread."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, spool: Spool, slow: set[str]) -> None:
        """`slow` is shared by all sessions of an engine: the SQL that once gave more than goes the short way."""
        self._cursor = cursor
        self._spool = spool
        self._slow = slow
        # Parsed once: a fifth of a small query's time. Keyed by text, so a changed file is parsed anew.
        self._statements: dict[str, duckdb.Statement] = {}

    def run(self, name: str, sql: str, arguments: Mapping[str, Any]) -> Result:
        """The columns and rows of a statistic's SQL with these arguments bound.

        Raises BadRequest when the values cannot be computed with, Unavailable when memory is short,
        Interrupted when it was, and ServiceError when the SQL itself fails.
        """
        try:
            if sql not in self._slow:
                result = self._short(sql, dict(arguments))
                if result is not None:
                    return result
                # It is begun again the long way; the next time it goes that way at once.
                self._slow.add(sql)
            return self._long(name, sql, dict(arguments))
        except duckdb.InterruptException:
            raise Interrupted from None
        except duckdb.OutOfMemoryException:
            raise Unavailable(f"{name} needs more memory than [duckdb] memory_limit allows; ask for less") from None
        except (duckdb.DataError, Unusable) as error:
            raise BadRequest(f"{name} cannot be computed with these arguments: {_first(error)}") from error
        except duckdb.Error as error:
            raise ServiceError(f"{name} failed: {_first(error)}") from error

    def _short(self, sql: str, arguments: dict[str, Any]) -> Result | None:
        """The result by way of Python's values, the fastest for few rows; None when they are many, or of rare types."""
        cursor = self._cursor.execute(self._statement(sql), arguments)
        try:
            described = cursor.description
            if not all(is_quick(kind) for _, kind, *_ in described):
                return None
            rows = self._few(cursor)
            if rows is None:
                return None
            return Result.of_rows(pa.schema([(name, arrow_type(kind)) for name, kind, *_ in described]), rows)
        finally:
            cursor.abort()

    def _few(self, cursor: duckdb.DuckDBPyConnection) -> list[Row] | None:
        """All rows, or None when they are more, or take more bytes, than may be kept in memory."""
        rows: list[Row] = []
        taken = 0
        size = FIRST_STEP
        while step := cursor.fetchmany(size):
            rows += step
            taken += sum(_size(value) for row in step for value in row if isinstance(value, str | list))
            if len(rows) > self._spool.limits.memory_rows or taken > self._spool.limits.memory_bytes:
                return None
            if len(step) < size:
                break
            size = STEP
        return rows

    def _long(self, name: str, sql: str, arguments: dict[str, Any]) -> Result:
        """The result by way of Arrow, a batch at a time, so that it takes little memory."""
        relation = self._cursor.sql(sql, params=arguments)
        schema = pa.schema(zip(relation.columns, map(arrow_type, relation.types), strict=True))
        reader = relation.to_arrow_reader(VECTOR)
        try:
            return self._spool.keep(name, schema, gathered(_batches(reader, schema)))
        finally:
            reader.close()

    def _statement(self, sql: str) -> duckdb.Statement:
        if sql not in self._statements:
            [self._statements[sql]] = self._cursor.extract_statements(sql)
        return self._statements[sql]

    def parameters(self, sql: str) -> set[str]:
        """The names of the parameters of a statement; raises SqlFault unless it is exactly one SELECT."""
        try:
            statements = self._cursor.extract_statements(sql)
        except duckdb.Error as error:
            raise _fault(error) from None
        if [statement.type for statement in statements] == [duckdb.StatementType.MULTI]:
            mend = "name them: `pivot … on segment in ('Male', 'Female')`, so that the columns are always the same"
            raise SqlFault(_lines(sql), f"is a PIVOT whose columns come from the data; {mend}")
        if len(statements) != 1:
            raise SqlFault(_lines(sql), f"holds {len(statements)} statements, but a statistic is exactly one SELECT")
        [statement] = statements
        if statement.type != duckdb.StatementType.SELECT:
            raise SqlFault(_lines(sql), f"is a statement of type {statement.type.name}, but must be a SELECT")
        return set(statement.named_parameters)

    def columns(self, sql: str, arguments: Mapping[str, Any]) -> tuple[Column, ...]:
        """The columns that SQL gives, without running it. Raises SqlFault with the line that DuckDB names."""
        try:
            described = self._cursor.execute(f"describe {sql}", dict(arguments)).fetchall()
            # DESCRIBE finds the types, and faults with their lines, but may spell a name as the table does.
            relation = self._cursor.sql(sql, params=dict(arguments))
            for name, kind in zip(relation.columns, relation.types, strict=True):
                _require_holdable(sql, name, kind)
            kinds = [ENUM.sub("VARCHAR", kind) for _, kind, *_ in described]
            return tuple(Column(name, kind) for name, kind in zip(relation.columns, kinds, strict=True))
        except duckdb.Error as error:
            raise _fault(error) from None

    def explain(self, sql: str, arguments: Mapping[str, Any]) -> str:
        """DuckDB's plan of the SQL with the time of each step; it runs."""
        rows = self._cursor.execute(f"explain analyze {sql}", dict(arguments)).fetchall()
        return "\n".join(text for *_, text in rows)

    def progress(self) -> float | None:
        """How much of what runs now is done, 0 to 1, as DuckDB guesses; may be called from any thread."""
        percent = self._cursor.query_progress()
        return round(percent / 100, 3) if percent >= 0 else None

    def limit(self, seconds: float) -> None:
        """Interrupt by itself what takes longer, 0 for nothing; for a check, which has no event loop beside it."""
        self._cursor.execute(f"set max_execution_time = {seconds * 1000:.0f}")

    def interrupt(self) -> None:
        """Stop what runs now; may be called from any thread."""
        self._cursor.interrupt()

    def close(self) -> None:
        """Give the cursor back; not while it runs."""
        self._cursor.close()


class Engine:
    """Opens sessions on the dataset; `spool` keeps what they find."""

    def __init__(self, dataset: Dataset, spool: Spool) -> None:
        self.dataset = dataset
        self._spool = spool
        self._slow: set[str] = set()

    def session(self) -> Session:
        """A session for one thread, to be closed before the dataset is."""
        return Session(self.dataset.cursor(), self._spool, self._slow)


@lru_cache(1)
def words() -> frozenset[str]:
    """Names that `from NAME(…)` takes for something of DuckDB's own: its table functions, and SQL's keywords."""
    with duckdb.connect() as connection:
        found = connection.execute(
            """
            select function_name
            from duckdb_functions()
            where function_type in ('table', 'table_macro')
            union
            select keyword_name
            from duckdb_keywords()
            where keyword_category <> 'unreserved'
            """
        ).fetchall()
    return frozenset(name for (name,) in found) | {"if"}


def _batches(reader: pa.RecordBatchReader, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    """What DuckDB gives by way of Arrow, which makes an OSError of each of its errors."""
    try:
        for batch in reader:
            yield fit(batch, schema)
    except OSError as error:
        kind, _, _ = str(error).partition(":")
        raise ERRORS.get(kind, duckdb.Error)(str(error)) from None


def _require_holdable(sql: str, name: str, kind: Any) -> None:
    try:
        arrow_type(kind)
    except Unusable as error:
        before = sql[: sql.rfind(name)] if name in sql else ""
        raise SqlFault(before.count("\n") + 1, f"the column {name} {error}") from None


def _size(value: str | list[Any]) -> int:
    """Bytes of a value, about."""
    return (
        len(value) if isinstance(value, str) else sum(8 if isinstance(v, int | float) else _size(v) for v in value if v)
    )


def _first(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _fault(error: Exception) -> SqlFault:
    """DuckDB's message on one line, with the line of the file that it points at."""
    message = str(error)
    line = re.search(r"^LINE (\d+):", message, re.MULTILINE)
    text = message[: line.start()] if line else message
    return SqlFault(int(line[1]) if line else 1, " ".join(text.split()))


def _lines(sql: str) -> int:
    return max(1, len(sql.rstrip().splitlines()))
