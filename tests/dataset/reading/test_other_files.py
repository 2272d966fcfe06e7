"""Files that are not the table: they are called what they are."""

from __future__ import annotations

import io
import json
import re
import sqlite3
import sys
import zipfile
from collections.abc import Sequence
from pathlib import Path

import openpyxl
import pyarrow as pa
import pyarrow.parquet
import pytest

from service.errors import DatasetError
from tests.dataset.reading.tables import rows_of
from tests.dataset.small_table import COLUMNS, ROWS, SMALL, loaded

HEADER = COLUMNS.split(",")
RECORD = dict(zip(HEADER, ROWS[0].split(","), strict=True))


def arrow() -> bytes:
    file = io.BytesIO()
    table = pa.table({"a": [1]})
    with pa.ipc.new_file(file, table.schema) as writer:
        writer.write(table)
    return file.getvalue()


def parquet(**columns: list[object]) -> bytes:
    file = io.BytesIO()
    pa.parquet.write_table(pa.table(columns), file)
    return file.getvalue()


def workbook(**sheets: Sequence[Sequence[object]]) -> bytes:
    book, file = openpyxl.Workbook(), io.BytesIO()
    book.remove(book["Sheet"])
    for name, rows in sheets.items():
        sheet = book.create_sheet(name)
        for row in rows:
            sheet.append(list(row))
    book.save(file)
    return file.getvalue()


def database() -> bytes:
    connection = sqlite3.connect(":memory:")
    connection.execute("create table health (a)")
    try:
        return connection.serialize()
    finally:
        connection.close()


ERROR_PAGE = b"\n<!DOCTYPE html>\n<html><head><title>503 Service\n Unavailable &amp; so on</title></head></html>"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (ERROR_PAGE, "table: this is an HTML page (503 Service Unavailable & so on), not a table"),
        (b"%PDF-1.7\n", "table: this is a PDF, not a table"),
        (b"<?xml version='1.0'?><rows/>", "table: this is an XML file"),
        ("<html></html>".encode("utf-16"), "table: this is an HTML page"),
        (b"version https://git-lfs.github.com/spec/v1\n", "table: this is a Git LFS pointer"),
        (database(), "table: this is an SQLite database"),
        (arrow(), "table: this is an Arrow (Feather) file"),
        (b"RDX3\nX\n", "table: this is an R workspace"),
        (b" \n\n", "table: the file is empty"),
        (b"\xef\xbb\xbf", "table: the file is empty"),
        (b'{"error": true, "message": "no"}', "table: JSON that holds objects with the keys 'error', 'message'"),
        (b'{\n"meta": {"view": {}},\n"data": []}', "table: JSON that holds objects with the keys 'meta', 'data'"),
        (
            b'{"data": [' + b"0, " * 6_000_000 + b"0]}",
            'table: JSON that holds one object around everything, \'{"data": [',
        ),
        (b"[]", "table: JSON that holds no objects"),
        (b"[[1, 2]]", "table: JSON that holds no objects"),
        (json.dumps([RECORD])[:-20].encode(), "table: cannot be read as JSON: Malformed JSON"),
        (json.dumps([RECORD, 5]).encode(), "table: cannot be read as JSON"),
        (json.dumps([RECORD | {"x": "é"}], ensure_ascii=False).encode("latin-1"), "table: is JSON, but not in UTF-8"),
        (json.dumps([RECORD, RECORD | {"Data_Value": "x"}]).encode(), "table, record 2: column Data_Value: 'x' is not"),
        (parquet(a=[1]), "table: the header names no column of the CDC's table; it is 'a'"),
        (parquet(Question=["a"], Total=["b"]), "table: the header lacks YearStart, "),
        (parquet(Question=["a"])[:-9], "table: cannot be read as Parquet"),
        (workbook(One=[["a"]], Two=[]), "without a header of the CDC's table in any sheet ('One', 'Two')"),
        (workbook(One=[HEADER], Two=[HEADER]), "table: the sheets 'One' and 'Two' each hold a table"),
        (workbook(One=[["x"], [], HEADER, [2020], [], [*RECORD.values()]]), "table, row 4: column LocationAbbr: is "),
        (b"PK\x03\x04junk", "table: cannot be read"),
    ],
    ids=lambda value: value[:40] if isinstance(value, str) else "",
)
def test_what_is_not_the_table_is_called_what_it_is(tmp_path: Path, content: bytes, message: str) -> None:
    """The message says what was found, not only what was hoped for."""
    (tmp_path / "table").write_bytes(content)
    with pytest.raises(DatasetError, match=re.escape(message)), loaded(tmp_path / "table"):
        pass


def opendocument() -> bytes:
    """A spreadsheet as LibreOffice writes it, with no more than is needed."""
    rows = [HEADER, list(RECORD.values())]
    kind = 'office:value-type="string"'
    body = "".join(
        "<table:table-row>"
        + "".join(f"<table:table-cell {kind}><text:p>{cell}</text:p></table:table-cell>" for cell in row)
        + "</table:table-row>"
        for row in rows
    )
    names = " ".join(
        f'xmlns:{name}="urn:oasis:names:tc:opendocument:xmlns:{name}:1.0"' for name in ("office", "table", "text")
    )
    content = (
        f'<?xml version="1.0"?><office:document-content {names}><office:body><office:spreadsheet>'
        f'<table:table table:name="One">{body}</table:table>'
        "</office:spreadsheet></office:body></office:document-content>"
    )
    manifest = '<manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>'
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr("META-INF/manifest.xml", manifest)
        archive.writestr("content.xml", content)
    return file.getvalue()


def test_an_opendocument_spreadsheet_loads(tmp_path: Path) -> None:
    """It is a workbook like Excel's."""
    (tmp_path / "table.ods").write_bytes(opendocument())
    (tmp_path / "table.csv").write_text("\n".join([COLUMNS, ROWS[0]]), encoding="utf-8")
    assert rows_of(tmp_path / "table.ods") == rows_of(tmp_path / "table.csv")


def test_without_its_reader_a_workbook_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says how to install it, and what to do instead."""
    monkeypatch.setitem(sys.modules, "python_calamine", None)
    (tmp_path / "table.xlsx").write_bytes(workbook(One=[HEADER]))
    message = "run `venv/bin/pip install python-calamine`, or save it as CSV"
    with pytest.raises(DatasetError, match=message), loaded(tmp_path / "table.xlsx"):
        pass


def test_a_file_whose_name_is_a_pattern_is_that_file(tmp_path: Path) -> None:
    """Brackets and stars in a name do not stand for others."""
    (tmp_path / "t1.csv").write_text(SMALL + SMALL.partition("\n")[2].replace("20", "19"), encoding="utf-8")
    (tmp_path / "t[1]*.csv").write_text(SMALL, encoding="utf-8")
    with loaded(tmp_path / "t[1]*.csv") as dataset:
        assert dataset.facts.rows == 3
