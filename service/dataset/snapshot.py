"""The loaded tables in a file of DuckDB's, so that the next start on the same file need not read and check it again."""

from __future__ import annotations

import hashlib
import logging
import secrets
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import duckdb
import msgspec
from msgspec.structs import replace

from service.dataset import reference_tables
from service.dataset.choice_lists import ChoiceLists, ChoicesOf
from service.dataset.facts import Facts
from service.dataset.identifiers import literal
from service.dataset.source import Source
from service.encoding import encode
from service.settings import Settings

log = logging.getLogger(__name__)

LEAST_ROWS = 50_000
"""A smaller table is read as quickly as its snapshot."""
KEPT = 2
"""Files, so that a table that another is compared with does not displace it."""
NAME = "snapshot"


class Kept(msgspec.Struct, frozen=True):
    """What belongs to the tables: the facts, what was said of them in the log, and choices that were looked for."""

    facts: Facts
    warnings: Sequence[str]
    choices: Sequence[ChoicesOf] = ()


class Snapshot:
    """The file for one content, read in one way by this version of the code; another content has another file."""

    def __init__(self, settings: Settings, source: Source) -> None:
        self._folder = settings.path("var/cache")
        self._path = self._folder / f"{_key(settings, source)}.{NAME}.duckdb"

    def restore(self, connection: duckdb.DuckDBPyConnection) -> Kept | None:
        """Fill an empty connection; None when there is no snapshot, or a damaged one."""
        if not self._path.is_file():
            return None
        try:
            connection.execute(f"attach {literal(str(self._path))} as {NAME} (read_only)")
            try:
                return _copied(connection)
            finally:
                connection.execute(f"detach {NAME}")
        except (duckdb.Error, msgspec.DecodeError, ValueError) as error:
            log.warning("%s cannot be used, so the table is read anew: %s", self._path, _first_line(error))
            for (name,) in connection.execute("select table_name from duckdb_tables()").fetchall():
                connection.execute(f"drop table {name}")
            _remove(self._path)
            return None

    def write(self, connection: duckdb.DuckDBPyConnection, kept: Kept) -> None:
        """Keep the tables of a connection and few of other contents, unless the table is small."""
        if kept.facts.rows < LEAST_ROWS:
            return
        kept = replace(kept, choices=ChoiceLists(connection).usual())
        new = self._path.with_suffix(f".{secrets.token_hex(4)}")
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            connection.execute(f"attach {literal(str(new))} as {NAME}")
            try:
                connection.execute(f"copy from database memory to {NAME}")
                connection.execute(f"create table {NAME}.kept as select $kept as kept", {"kept": encode(kept).decode()})
            finally:
                connection.execute(f"detach {NAME}")
            new.replace(self._path)
        except (OSError, duckdb.Error) as error:
            log.warning("%s: no snapshot of the table can be kept there: %s", self._folder, _first_line(error))
            _remove(new)
        for oldest in sorted(self._folder.glob(f"*.{NAME}.*"), key=_written_at)[:-KEPT]:
            _remove(oldest)


def _copied(connection: duckdb.DuckDBPyConnection) -> Kept:
    """Raises ValueError when rows are missing; DuckDB itself compares the checksum of each block."""
    connection.execute(f"copy from database {NAME} to memory")
    [(text,)] = connection.execute("select kept from kept").fetchall()
    connection.execute("drop table kept")
    kept = msgspec.json.decode(text, type=Kept)
    [(rows,)] = connection.execute("select count(*) from health").fetchall()
    if rows != kept.facts.rows:
        raise ValueError(f"it holds {rows} rows of {kept.facts.rows}")
    return kept


def _first_line(error: Exception) -> str:
    return str(error).partition("\n")[0]


def _remove(path: Path) -> None:
    with suppress(OSError):
        path.unlink(missing_ok=True)


def _written_at(path: Path) -> float:
    with suppress(OSError):  # another process has removed it
        return path.stat().st_mtime
    return 0.0


def _key(settings: Settings, source: Source) -> str:
    """Of all that makes the tables and the facts: the file, how it is read, and the code that reads it."""
    here = Path(__file__).parent
    made_by = [*here.rglob("*.py"), *(reference_tables.FOLDER / name for name in reference_tables.FILES)]
    digest = hashlib.sha256(encode([str(source.path), source.sample, source.accessed, settings.dataset]))
    digest.update(duckdb.__version__.encode())
    for path in sorted(made_by):
        digest.update(path.read_bytes())
    with source.path.open("rb") as file:
        digest.update(hashlib.file_digest(file, "sha256").digest())
    return digest.hexdigest()[:16]
