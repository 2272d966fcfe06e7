"""What a file is, by its content: its name may say anything."""

from __future__ import annotations

import html
import re
import zipfile
from pathlib import Path
from typing import NamedTuple

from service.dataset.reading.raw import FETCH
from service.errors import DatasetError

HEAD = 4096
"""Bytes at the beginning that are looked at."""
CSV, JSON, PARQUET, WORKBOOK = "CSV", "JSON", "Parquet", "workbook"


class Magic(NamedTuple):
    """Bytes that a kind of file has at a place."""

    start: bytes
    kind: str
    at: int = 0

    def fits(self, head: bytes) -> bool:
        return head.startswith(self.start, self.at)


PACKED = (
    Magic(b"\x1f\x8b", "gzip"),
    Magic(b"PK\x03\x04", "zip"),
    Magic(b"PK\x05\x06", "zip"),  # without files
    Magic(b"BZh", "bz2"),
    Magic(b"\xfd7zXZ\x00", "xz"),
    Magic(b"\x28\xb5\x2f\xfd", "zstd"),
)
"""Compressions, by the names that the setting has for them."""
TABLES = (
    Magic(b"PAR1", PARQUET),
    Magic(b"PK\x03\x04", WORKBOOK),  # what is left of zip archives once they are unpacked
    Magic(b"\xd0\xcf\x11\xe0", WORKBOOK),  # Excel's before 2007
)
OTHERS = (
    Magic(b"%PDF", "a PDF"),
    Magic(b"{\\rtf", "an RTF document"),
    Magic(b"SQLite format 3\x00", "an SQLite database"),
    Magic(b"DUCK", "a DuckDB database", at=8),
    Magic(b"ARROW1", "an Arrow (Feather) file"),
    Magic(b"\xff\xff\xff\xff", "an Arrow stream"),
    Magic(b"RDX", "an R workspace"),
    Magic(b"RDA", "an R workspace"),
    Magic(b"X\n\x00\x00\x00", "an R object (.rds)"),
    Magic(b"<stata_dta>", "a Stata file"),
    Magic(b"$FL", "an SPSS file"),
    Magic(b"ustar", "a tar archive", at=257),
    Magic(b"7z\xbc\xaf\x27\x1c", "a 7z archive"),
    Magic(b"Rar!", "a RAR archive"),
    Magic(b"\x89PNG", "a picture"),
    Magic(b"\xff\xd8\xff", "a picture"),
    Magic(b"version https://git-lfs", "a Git LFS pointer, whose file was not fetched"),
    *(Magic(packed.start, f"a {packed.kind} archive within another") for packed in PACKED),
)
OTHER_TEXTS = {"<!doctype html": "an HTML page", "<html": "an HTML page", "<?xml": "an XML file", "<": "an XML file"}
"""By how a text begins, in lower case."""
BOMS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
OFFICE = ("[Content_Types].xml", "mimetype")
"""The first file of an office document, which is a zip archive of its own."""


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def compression(path: Path) -> str:
    """How a file is packed: a name of PACKED, or `none`; raises BadZipFile for a truncated archive."""
    head = _head(path)
    packed = next((magic.kind for magic in PACKED if magic.fits(head)), "none")
    if packed == "zip":
        with zipfile.ZipFile(path) as archive:
            if any(name in archive.namelist() for name in OFFICE):
                return "none"
    return packed


def kind_of(path: Path, name: str) -> str:
    """CSV, JSON, PARQUET or WORKBOOK of an unpacked file; raises DatasetError, saying what it is, for any other."""
    head = _head(path)
    for magic in TABLES:
        if magic.fits(head):
            return magic.kind
    text = head.decode(BOMS.get(head[:2], "latin-1"), errors="ignore").lstrip("\ufeffï»¿ \t\r\n")
    if not text:
        raise DatasetError(f"{name}: the file is empty; {FETCH}")
    other = next((magic.kind for magic in OTHERS if magic.fits(head)), None)
    other = other or next((kind for start, kind in OTHER_TEXTS.items() if text.lower().startswith(start)), None)
    if other:
        raise DatasetError(f"{name}: this is {other}{_title(text)}, not a table; {FETCH}")
    return JSON if text[0] in "[{" else CSV


def _title(text: str) -> str:
    """The title of an HTML page, such as an error's."""
    title = re.search(r"<title[^>]*>([^<]+)</title>", text, re.IGNORECASE)
    return f" ({' '.join(html.unescape(title[1]).split())})" if title else ""
