"""CSV → `raw`, whatever separates its cells."""

from __future__ import annotations

import csv
import glob
import io
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import NamedTuple

import duckdb

from service.dataset.checks.findings import Finding
from service.dataset.reading.charsets import Text, as_utf8
from service.dataset.reading.columns import count_published, match, shown
from service.dataset.reading.file_kinds import CSV
from service.dataset.reading.raw import FETCH, File, Raw
from service.errors import DatasetError
from service.settings import Dataset

SEPARATORS = {",": ",", ";": ";", "tab": "\t", "|": "|"}
"""Those that are read, by their names in the settings."""
NAMES = {character: repr(name) if name == character else name for name, character in SEPARATORS.items()}
HEAD = 2**20
"""Characters within which the header ends."""
DECLARED = re.compile(r'\s*"?sep=(.)"?\n', re.IGNORECASE)
"""A first line that Excel understands, and some programs write."""
BUFFER = 2**22
"""Bytes of the file to read at once; DuckDB's default of 32 MB would be much of the process's peak memory."""
csv.field_size_limit(2**31 - 1)  # DuckDB's own limit, on a line, is lower


class _Header(NamedTuple):
    """The line that the header ends on, its cells, and what separates them."""

    line: int
    names: list[str]
    separator: str


def read(connection: duckdb.DuckDBPyConnection, file: File, options: Dataset) -> Raw:
    """Create the table `raw`; raises DatasetError naming file and line."""
    text = as_utf8(file, options.encoding)
    header = _header(file, text.path, options.separator)
    place = f"{file.name}:{header.line}"
    columns = match(header.names, place)
    _load(connection, file, text.path, header)

    def line(row: int) -> int:
        """A record may take several lines, so the file is read again."""
        for number, (end, _) in enumerate(_rows(text.path, header)):
            if number == row:
                return end
        raise AssertionError(f"row {row} of {file.name} cannot be found again")

    return Raw(
        name=file.name,
        sha256=file.sha256,
        format=CSV,
        header=place,
        columns=columns,
        line=line,
        encoding=text.encoding,
        separator=header.separator,
        warnings=_warnings(text, header) if text.guessed else (),
    )


def _header(file: File, path: Path, wanted: str) -> _Header:
    with path.open(encoding="utf-8-sig") as content:
        head = content.read(HEAD)
    declared = DECLARED.match(head)
    skipped = declared.end() if declared else 0
    readings = {separator: _first_record(file, head[skipped:], separator) for separator in _candidates(head[skipped:])}
    separator = SEPARATORS.get(wanted) or (declared[1] if declared else "")
    separator = _separator(file, {key: names for key, (_, names) in readings.items()}, separator)
    line, names = readings[separator]
    return _Header(head[:skipped].count("\n") + line, names, separator)


def _candidates(head: str) -> list[str]:
    """What may separate the cells of a header: the supported separators, then any other character between words."""
    first = head.lstrip().partition("\n")[0]
    odd = {character for character in first if not character.isalnum() and character not in '_"'}
    return [*SEPARATORS.values(), *sorted(odd - set(SEPARATORS.values()))]


def _first_record(file: File, head: str, separator: str) -> tuple[int, list[str]]:
    """The first record that is not blank, and the line that it ends on."""
    reader = csv.reader(io.StringIO(head), delimiter=separator)
    try:
        return next((reader.line_num, record) for record in reader if record)
    except StopIteration:
        raise DatasetError(f"{file.name}: the file is empty; {FETCH}") from None
    except csv.Error as error:
        raise DatasetError(f"{file.name}:1: the header cannot be read as CSV: {error}") from None


def _separator(file: File, readings: dict[str, list[str]], wanted: str) -> str:
    """Which separator gives the most columns of the CDC's; `wanted` is what the settings or the file say it is."""
    scores = {separator: count_published(names) for separator, names in readings.items()}
    best = max(scores.values())
    found = [separator for separator, score in scores.items() if score == best]
    if wanted and scores.get(wanted) == best:
        return wanted
    if all(readings[separator] == readings[found[0]] for separator in found):  # as of a header of one cell
        found = found[:1]
    named = " or ".join(NAMES.get(separator, repr(separator)) for separator in found)
    if wanted and best:
        raise DatasetError(
            f"{file.name}:1: the cells are separated by {named}, not by {NAMES.get(wanted, repr(wanted))}; "
            'set separator in [dataset] to what it is, or to ""'
        )
    if len(found) > 1 and best:
        first, second = (shown(readings[separator]) for separator in found[:2])
        raise DatasetError(
            f"{file.name}:1: the cells may be separated by {named}: the header is {first}, or {second}; "
            "set separator in [dataset]"
        )
    if best and found[0] not in NAMES:
        raise DatasetError(f"{file.name}:1: the cells are separated by {named}; write it with {', '.join(SEPARATORS)}")
    return found[0]


def _load(connection: duckdb.DuckDBPyConnection, file: File, path: Path, header: _Header) -> None:
    """Create the table `raw`; DuckDB detects nothing, so that it cannot misread an unusual file."""
    sql = f"""
        create temp table raw as
        from read_csv(
            $path, columns = $columns, header = false, skip = {header.line}, auto_detect = false,
            delim = $separator, quote = '"', escape = '"', compression = 'none', buffer_size = {BUFFER}
        )
    """
    columns = {f"c{place}": "varchar" for place in range(len(header.names))}
    try:
        connection.execute(sql, {"path": glob.escape(str(path)), "columns": columns, "separator": header.separator})
    except duckdb.OutOfMemoryException:
        raise
    except duckdb.Error as error:
        raise DatasetError(_unreadable(file, str(error))) from None


def _unreadable(file: File, message: str) -> str:
    """DuckDB's message in one sentence, with the line that it names."""
    line = re.search(r"on Line: (\d+)", message)
    place = f"{file.name}{':' + line[1] if line else ''}"
    width = re.search(r"Expected Number of Columns: (\d+) Found: (\d+)", message)
    if width:
        return f"{place}: has {width[2]} cells, but the header has {width[1]}; correct the file or fetch it again"
    cause = re.search(r".*unterminated quote.*", message)
    what = cause[0] if cause else message.splitlines()[0].removeprefix("Invalid Input Error: ")
    return f"{place}: cannot be read as CSV: {what}"


def _rows(path: Path, header: _Header) -> Iterator[tuple[int, list[str]]]:
    """Each record after the header that is not blank, with the number of the line that it ends on."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, delimiter=header.separator)
        for record in reader:
            if record and reader.line_num > header.line:
                yield reader.line_num, record


def _warnings(text: Text, header: _Header) -> tuple[Finding, ...]:
    """That the encoding is a guess, with the first cell that shows whether it is right."""
    rows = chain([(header.line, header.names)], _rows(text.path, header))
    odd = [(line, cells) for line, cells in rows if not all(map(str.isascii, cells))]
    line, cells = odd[0]
    place, cell = next((place, cell) for place, cell in enumerate(cells) if not cell.isascii())
    found = f"rows that are not UTF-8 and are read as Windows-1252: {len(odd):,}"
    first = f"the first has {cell[:60]!r} as {header.names[place]}"
    remedy = "set encoding in [dataset] if it is another"
    return (Finding(check="encoding", count=len(odd), line=line, text=f"{found}; {first}; {remedy}"),)
