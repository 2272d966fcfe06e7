"""The loaded table: facts about it, its locked-down connection, and cursors on it."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from service.dataset import citation, figures, questionnaires, reading, reference_tables, table
from service.dataset.checks.findings import Finding
from service.dataset.choices import CODES, Choice
from service.dataset.identifiers import columns_of, quoted
from service.dataset.names import Wording, all_adults, other_names, wordings, years_by_question
from service.dataset.ranges import usual_ranges
from service.dataset.reading.raw import Raw
from service.dataset.source import Source, locate, scratch_folder
from service.encoding import encode
from service.errors import DatasetError, StartError
from service.settings import ROOT, Settings
from service.suggest import hint

log = logging.getLogger(__name__)

LOCKS = (
    "set enable_external_access = false",
    "set autoinstall_known_extensions = false",
    "set autoload_known_extensions = false",
    "set allow_community_extensions = false",
    "set python_enable_replacements = false",
    "set allowed_configs = ['enable_progress_bar', 'enable_progress_bar_print', 'max_execution_time']",
    "set lock_configuration = true",
)
TEMPORARY = "max_temp_directory_size"
"""A setting of DuckDB's, which also says "out of memory" of the disk, and then names it."""


class Facts(NamedTuple):
    """Facts about a dataset, so that an answer can be traced to its data."""

    version: str
    rows: int
    years: list[int]
    source: str
    """What is behind the file: the CDC's table, with its address, or the sample."""
    citation: str
    bibtex: str
    about: str
    """What every figure is."""
    file: str
    sample: bool
    sha256: str
    years_by_question: Mapping[str, list[int]]
    """The survey years in which a question has published values."""
    usual_ranges: Mapping[str, list[float]]
    """By question, from where to where the figures of nearly all states and years lie, of all adults."""
    warnings: Sequence[Finding] = ()
    """What the checks found in its rows, and what was done about it."""
    wordings: Sequence[Wording] = ()
    all_adults: str | None = None
    """The name of the stratum of all adults."""


class Dataset:
    """The table `health` in memory. Its settings are locked: SQL reads the table and nothing else."""

    def __init__(self, connection: duckdb.DuckDBPyConnection, facts: Facts) -> None:
        self._connection = connection
        self.facts = facts
        self.columns = tuple(columns_of(connection, "health"))
        self._names = other_names(connection, self.columns)
        self._choices: dict[tuple[str, str | None], tuple[Choice, ...]] = {}

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """A connection of its own to the same table, for one thread."""
        cursor = self._connection.cursor()
        # Settings of each connection; without them DuckDB does not count how far a query is.
        cursor.execute("set enable_progress_bar_print = false")
        cursor.execute("set enable_progress_bar = true")
        return cursor

    def choices(self, column: str, code: str | None = None) -> tuple[Choice, ...]:
        """The values of a column in their order, each with its code; raises ValueError for an unknown column."""
        if (column, code) not in self._choices:  # many statistics ask for the same
            self._choices[column, code] = self._found_choices(column, code)
        return self._choices[column, code]

    def _found_choices(self, column: str, code: str | None) -> tuple[Choice, ...]:
        for name in (column, code):
            if name is not None and name not in self.columns:
                known = ", ".join(self.columns)
                raise ValueError(f"the table has no column {name!r}{hint(name, self.columns)} (columns: {known})")
        codes = f"min(cast({quoted(code)} as varchar))" if code else "null"
        value = quoted(column)
        sql = f"select {value}, {codes} from health where {value} is not null group by {value} order by {value}"
        cursor = self.cursor()
        try:
            found = cursor.execute(sql).fetchall()
        finally:
            cursor.close()
        names = self._names.get(column, {})
        return tuple(Choice(value, short, (*names.get(value, ()), *_aliases(code, short))) for value, short in found)

    def describe(self) -> dict[str, Any]:
        return self.facts._asdict()

    def close(self) -> None:
        """Free the table: now, or once the last cursor that still runs something is let go."""
        with suppress(duckdb.ResourceInUseException):
            self._connection.close()


def _aliases(column: str | None, value: str | None) -> list[str]:
    """The names of a code in other editions."""
    return sorted(reference_tables.aliases_of(column, value) - {value}) if column and value else []


def signature(settings: Settings) -> object:
    """A value that changes when the file that the settings name does, and is cheap to compute."""
    try:
        source = locate(settings)
        status = source.path.stat()
    except (DatasetError, OSError):
        return None
    return source, status.st_mtime_ns, status.st_size, status.st_ino, status.st_dev


def load(settings: Settings) -> Dataset:
    """The dataset that the settings name; raises DatasetError when its file cannot be used."""
    return load_source(locate(settings), settings)


def load_unlocked(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection to the table that may still write files, for `run.py export`; the caller closes it."""
    connection, _ = _load(locate(settings), settings)
    return connection


def load_source(source: Source, settings: Settings) -> Dataset:
    """The dataset of one file; raises DatasetError, naming file, line and column, when it cannot be used."""
    connection, facts = _load(source, settings)
    for lock in LOCKS:
        connection.execute(lock)
    return Dataset(connection, facts)


def _load(source: Source, settings: Settings) -> tuple[duckdb.DuckDBPyConnection, Facts]:
    scratch = scratch_folder(settings)
    limit, space = settings.duckdb.memory_limit, settings.duckdb.temp_limit
    try:
        connection = duckdb.connect(
            ":memory:",
            config={
                "memory_limit": limit,
                "temp_directory": str(scratch / "duckdb"),
                "threads": settings.duckdb.threads,  # more would not load sooner, and each takes memory
                "allocator_bulk_deallocation_flush_threshold": "16MB",  # returns the raw table's memory at once
            },
        )
        connection.execute(f"set {TEMPORARY} = '{space}'")  # given with the others it has no effect
    except duckdb.Error as error:
        raise StartError(f"[duckdb] memory_limit = {limit!r}, temp_limit = {space!r}: {error}") from None
    try:
        connection.execute("set global TimeZone = 'UTC'")  # an answer must not depend on where it is computed
        with reading.read(connection, source.path, settings.dataset, scratch) as raw:
            findings = table.load(connection, raw, settings.dataset)
        reference_tables.load(connection)
        figures.load(connection)
        questionnaires.load(connection)
        _warn_of_spellings(connection)
        for finding in findings:
            log.warning("%s: %s", raw.at(finding.line), finding.text)
        return connection, _facts(connection, source, raw, findings)
    except duckdb.OutOfMemoryException as error:
        connection.close()
        memory = f"memory than [duckdb] memory_limit = {limit!r} allows"
        needed = f"room for its temporary files in {scratch}" if TEMPORARY in str(error) else memory
        raise DatasetError(f"{source.path}: needs more {needed}") from None
    except duckdb.Error as error:
        connection.close()
        raise DatasetError(f"{source.path}: cannot be loaded: {error}") from error
    except BaseException:
        connection.close()
        raise


def _warn_of_spellings(connection: duckdb.DuckDBPyConnection) -> None:
    """A code with two values is usually one value in two spellings, which would count as two places or questions."""
    columns = set(columns_of(connection, "health"))
    for column, code in CODES.items():
        if {column, code} <= columns:
            sql = f"""
                select cast({quoted(code)} as varchar), list(distinct {quoted(column)} order by 1)
                from health where {quoted(code)} is not null
                group by all having count(distinct {quoted(column)}) > 1 order by all
            """
            for name, values in connection.execute(sql).fetchall():
                shown = " and ".join(map(repr, values))
                log.warning("%s %s belongs to two values of %s: %s; they count apart", code, name, column, shown)


def _facts(connection: duckdb.DuckDBPyConnection, source: Source, raw: Raw, findings: list[Finding]) -> Facts:
    """The version depends on the file, on settings that decide which rows count, and on the code that reads it."""
    [(rows,)] = connection.execute("select count(*) from health").fetchall()
    years = [year for (year,) in connection.execute("select distinct YearStart from health order by 1").fetchall()]
    read = f"{raw.sha256}{raw.encoding}{raw.separator}{raw.decimal}"
    version = hashlib.sha256(read.encode() + _makers() + encode(findings)).hexdigest()[:12]
    name = source.path.relative_to(ROOT) if source.path.is_relative_to(ROOT) else Path(source.path.name)
    return Facts(
        version=version,
        rows=rows,
        years=years,
        source=citation.source_of(source),
        citation=citation.citation_of(source, years[-1]),
        bibtex=citation.bibtex_of(source, years[-1]),
        about=citation.about(connection),
        file=name.as_posix(),
        sample=source.sample,
        sha256=raw.sha256,
        years_by_question=years_by_question(connection),
        usual_ranges=usual_ranges(connection, columns_of(connection, "health")),
        warnings=findings,
        wordings=wordings(connection),
        all_adults=all_adults(connection, columns_of(connection, "health")),
    )


def _makers() -> bytes:
    """The code and the data that make the table from a file."""
    here = Path(__file__).parent
    code = [
        here / "table.py",
        here / "renamings.py",
        here / "figures.py",
        *here.glob("checks/*.py"),
        *here.glob("reading/*.py"),
    ]
    facts = [reference_tables.FOLDER / name for name in (reference_tables.ALIASES, reference_tables.HEADER)]
    return b"".join(path.read_bytes() for path in sorted([*code, *facts]))
