"""What has a meaning to a format stays text: quotes, bars, markup and formulas."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import openpyxl

from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of
from tests.formats.conftest import FIRST
from tests.formats.fetch import fetch


async def test_csv_is_rfc_4180(typed: Client) -> None:
    """Lines end with CRLF, quotes are doubled, a missing value differs from an empty text; BOM on request."""
    body = await fetch(typed, "/api/typed.csv")
    read = dict(zip(*list(csv.reader(io.StringIO(body.decode(), newline=""), strict=True))[:2], strict=True))
    assert (read["word"], read["truth"], read["day"]) == (FIRST["word"], "true", "2021-12-31")
    assert body.count(b"\r\n") == body.count(b"\n") == 3
    assert b'"quo""te, and |pipe|","",' in body
    assert body.endswith(b"\r\n,,,,,,,,,\r\n")
    assert await fetch(typed, "/api/typed.csv?bom=true") == b"\xef\xbb\xbf" + body


async def test_markdown_escapes_its_bars(typed: Client) -> None:
    """A bar in a text does not end its cell; numbers are aligned to the right; below, a text is never markup."""
    head, rule, row, _, _, told, *_ = (await fetch(typed, "/api/typed.md?word=%3Cb%3E*1*|2")).decode().splitlines()
    assert told.startswith("A row for each kind of value, and one where all are missing; word: \\<b\\>\\*1\\*|2")
    head, rule, row, *_ = (await fetch(typed, "/api/typed.md")).decode().splitlines()
    assert head.startswith("| whole | number |")
    assert rule.startswith("| ---: | ---: | ---: | --- |")
    assert 'quo"te, and \\|pipe\\|' in row


async def test_markdown_cells_hold_no_markup(serve: Serve, tmp_path: Path) -> None:
    """Neither a column's name nor a value: markup is escaped, and a line break is one in the cell."""
    sql = (
        "-- Texts.\nselect '<b>' || '`x`' || chr(10) || '| [a](b) *c* _d_ ~~e~~ &lt; f_g' || chr(13) || 'h' as \"a|b\""
    )
    client = await serve(catalog_folder=folder_of(tmp_path / "sql", texts=sql))
    head, _, row, *_ = (await fetch(client, "/api/texts.md")).decode().splitlines()
    assert head == r"| a\|b |"
    assert row == r"| \<b\>\`x\`<br>\| \[a\](b) \*c\* \_d\_ \~\~e\~\~ \&lt; f_g<br>h |"


FORMULAS = ["=1+1", "+1", "-1", "@a", "\t=1", "\r=1", "\n=1", "\uff1d1", "a;=1", "a\n=1", "a=1;b"]
GUARDED = ["'=1+1", "'+1", "'-1", "'@a", "'\t'=1", "'\r'=1", "'\n'=1", "'\uff1d1", "a;'=1", "a\n'=1", "a=1;b"]


async def test_csv_can_be_guarded_against_formulas(serve: Serve, tmp_path: Path) -> None:
    """An apostrophe before every text that a spreadsheet would compute, names of columns too; numbers stay numbers."""
    listed = ", ".join(f"e{text!r}" for text in FORMULAS)
    texts = f"select unnest([{listed}]) as \"=name\", -1.5 as number, ['=1'] as list"
    client = await serve(catalog_folder=folder_of(tmp_path / "sql", texts=f"-- Texts.\n{texts}"))
    for query, expected, name in (("", FORMULAS, "=name"), ("?safe=true", GUARDED, "'=name")):
        text = (await fetch(client, f"/api/texts.csv{query}")).decode()
        head, *rows = csv.reader(io.StringIO(text, newline=""), strict=True)
        assert head[0] == name
        assert [row[0] for row in rows] == expected
        assert {(row[1], row[2]) for row in rows} == {("-1.5", '["=1"]')}


async def test_html_shows_markup_as_text(typed: Client) -> None:
    """Data cannot become markup."""
    body = await fetch(typed, "/api/typed.html?word=%3Cscript%3Ealert(1)%3C/script%3E")
    assert b"<script" not in body
    assert b"&lt;script&gt;alert(1)&lt;/script&gt;" in body


async def test_a_formula_stays_a_text_in_excel(typed: Client) -> None:
    """A text that begins with = is not computed."""
    book = openpyxl.load_workbook(io.BytesIO(await fetch(typed, "/api/typed.xlsx?word==1%2B1")))
    assert (book["data"]["G2"].data_type, book["data"]["G2"].value) == ("s", "=1+1")
