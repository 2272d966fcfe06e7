"""Texts in other encodings, or with several kinds of line breaks → UTF-8 with one kind, which DuckDB reads."""

from __future__ import annotations

import codecs
import io
from pathlib import Path
from typing import NamedTuple

from service.dataset.reading.raw import File
from service.errors import DatasetError

BLOCK = 2**20
BOMS = {
    codecs.BOM_UTF8: "utf-8",
    codecs.BOM_UTF32_LE: "utf-32",  # before UTF-16's, with which it begins
    codecs.BOM_UTF32_BE: "utf-32",
    codecs.BOM_UTF16_LE: "utf-16",
    codecs.BOM_UTF16_BE: "utf-16",
}
"""Byte order marks, in the order in which they are looked for, and what they mean."""
GUESS = "windows-1252"
"""The encoding of a text without a mark that is not UTF-8: Excel's in America and Western Europe."""
SET = "set encoding in [dataset] to say which it is"


class Text(NamedTuple):
    """A text in UTF-8, the encoding that it came in, and whether that is a guess."""

    path: Path
    encoding: str
    guessed: bool = False


def as_utf8(file: File, encoding: str) -> Text:
    """The text of a file in `encoding`, or in that which its content shows; raises DatasetError."""
    with file.path.open("rb") as content:
        head = content.read(4)
    found = encoding or next((name for bom, name in BOMS.items() if head.startswith(bom)), "")
    if not found and b"\0" in head:
        raise DatasetError(f"{file.name}:1: holds NUL bytes, as UTF-16 without a byte order mark does; {SET}")
    if found in {"", "utf-8"}:
        invalid = _first_invalid_line(file.path)
        if invalid is None:
            one_kind = not _mixes_line_breaks(file.path)
            return Text(file.path if one_kind else _transcoded(file, "utf-8"), "utf-8")
        if found:
            raise DatasetError(f"{file.name}:{invalid}: is not UTF-8; correct the file, or {SET}")
        _refuse_mixture(file, invalid)
    return Text(_transcoded(file, found or GUESS), found or GUESS, guessed=not found)


def _first_invalid_line(path: Path) -> int | None:
    """The first line that is not UTF-8."""
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            if not line.isascii():
                try:
                    line.decode("utf-8")
                except UnicodeDecodeError:
                    return number
    return None


def _mixes_line_breaks(path: Path) -> bool:
    """Whether lines end in several ways, as where files were joined; DuckDB would not recognize some of them."""
    returns = feeds = both = 0
    last = b""
    with path.open("rb") as file:
        while block := file.read(BLOCK):
            returns, feeds = returns + block.count(b"\r"), feeds + block.count(b"\n")
            both += block.count(b"\r\n") + (last == b"\r" and block.startswith(b"\n"))
            last = block[-1:]
    return bool(returns and feeds) and not returns == feeds == both


def _refuse_mixture(file: File, invalid: int) -> None:
    """Refuse a file with valid UTF-8 beside bytes that are not: text in another encoding is hardly ever valid UTF-8."""
    with file.path.open(encoding="utf-8", errors="replace", newline="\n") as lines:
        for number, line in enumerate(lines, 1):
            beyond = "".join(character for character in line if not character.isascii() and character != "\ufffd")
            if beyond:
                raise DatasetError(
                    f"{file.name}:{number}: holds {beyond[:20]!r} in UTF-8, but line {invalid} is not UTF-8, "
                    f"so it may as well be Windows-1252 with {beyond[:20].encode().decode(GUESS, 'replace')!r}; "
                    f"correct the file, or {SET}"
                )


def _transcoded(file: File, encoding: str) -> Path:
    """A copy in UTF-8 whose lines all end in the same way, made a block at a time."""
    target, line = file.new_path(), 1
    decoder = io.IncrementalNewlineDecoder(codecs.getincrementaldecoder(encoding)(), translate=True)
    with file.path.open("rb") as source, target.open("w", encoding="utf-8", newline="") as copy:
        while block := source.read(BLOCK):
            text = _decoded(decoder, block, file, line, encoding)
            copy.write(text)
            line += text.count("\n")
        copy.write(_decoded(decoder, b"", file, line, encoding))
    return target


def _decoded(decoder: io.IncrementalNewlineDecoder, block: bytes, file: File, line: int, encoding: str) -> str:
    try:
        return decoder.decode(block, final=not block)
    except UnicodeDecodeError as error:
        line += error.object[: error.start].decode(encoding, "replace").count("\n")
        byte = error.object[error.start]
        raise DatasetError(
            f"{file.name}:{line}: the byte 0x{byte:02X} is not {encoding}; correct the file, or {SET}"
        ) from None
