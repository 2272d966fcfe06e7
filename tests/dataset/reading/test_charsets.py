"""Texts in other encodings than UTF-8."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from service.dataset.reading import charsets
from service.errors import DatasetError
from tests.dataset.reading.tables import rows_of
from tests.dataset.small_table import SMALL, loaded

PLACE = SMALL.replace("Guam", "Guåm “Marianas”")
NOT_ASCII = "Guåm “Marianas”"


def places_of(path: Path, **settings: object) -> set[object]:
    return {row[3] for row in rows_of(path, **settings)}


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-32", "windows-1252"])
def test_an_encoding_is_found(tmp_path: Path, encoding: str) -> None:
    """By its byte order mark, else as UTF-8 or Windows-1252."""
    (tmp_path / "table.csv").write_bytes(PLACE.encode(encoding))
    assert places_of(tmp_path / "table.csv") == {"Ohio", NOT_ASCII}


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be", "iso-8859-15", "mac-roman"])
def test_an_encoding_can_be_named(tmp_path: Path, encoding: str) -> None:
    """The setting overrules what the content shows."""
    (tmp_path / "table.csv").write_bytes(SMALL.replace("Guam", "Guåm").encode(encoding))
    assert places_of(tmp_path / "table.csv", dataset_encoding=encoding) == {"Ohio", "Guåm"}


def test_a_guessed_encoding_is_warned_of(tmp_path: Path) -> None:
    """The warning counts the rows, and quotes the first such cell with its line and column."""
    (tmp_path / "table.csv").write_bytes(PLACE.encode("windows-1252"))
    with loaded(tmp_path / "table.csv") as dataset:
        [warning] = dataset.facts.warnings
    assert (warning.check, warning.count, warning.line) == ("encoding", 1, 3)
    assert f"the first has {NOT_ASCII!r} as LocationDesc; set encoding in [dataset]" in warning.text


def test_no_warning_where_the_encoding_is_named(tmp_path: Path) -> None:
    """Who names it knows it."""
    (tmp_path / "table.csv").write_bytes(PLACE.encode("windows-1252"))
    with loaded(tmp_path / "table.csv", dataset_encoding="windows-1252") as dataset:
        assert dataset.facts.warnings == []


def test_another_encoding_is_another_version(tmp_path: Path) -> None:
    """The same bytes read in two ways are two tables, whose answers are never taken for one another's."""
    (tmp_path / "table.csv").write_bytes(SMALL.replace("Guam", "Guåm").encode("windows-1252"))
    versions = set()
    for encoding in ("windows-1252", "mac-roman"):
        with loaded(tmp_path / "table.csv", dataset_encoding=encoding) as dataset:
            versions.add(dataset.facts.version)
    assert len(versions) == 2


@pytest.mark.parametrize("block", [7, 64, 2**20])
def test_it_is_transcoded_in_blocks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """Characters and line breaks that two blocks share come out whole."""
    monkeypatch.setattr(charsets, "BLOCK", block)
    text = PLACE.replace("\n", "\r\n").replace("Income", "In\ncome")
    for encoding in ("utf-8", "utf-16"):
        (tmp_path / "table.csv").write_bytes(text.encode(encoding))
        assert places_of(tmp_path / "table.csv") == {"Ohio", NOT_ASCII}


MIXED = PLACE.encode() + "2012,OH,Ohío,Obese?,Q036,29,,\n".encode("latin-1")


@pytest.mark.parametrize(
    ("content", "settings", "message"),
    [
        (MIXED, {}, "table.csv:3: holds 'å“”' in UTF-8, but line 5 is not UTF-8, so it may as well be Windows-1252"),
        (MIXED, {"dataset_encoding": "utf-8"}, "table.csv:5: is not UTF-8; correct the file, or set encoding"),
        (b"\xef\xbb\xbf" + MIXED, {}, "table.csv:5: is not UTF-8"),
        (SMALL.replace("Guam", "x").encode() + b"\x81\n", {}, "table.csv:5: the byte 0x81 is not windows-1252"),
        (SMALL.encode("utf-16")[:-1], {}, "table.csv:4: the byte 0x0A is not utf-16"),
        (SMALL.encode("utf-16-le"), {}, "table.csv:1: holds NUL bytes, as UTF-16 without a byte order mark does"),
    ],
)
def test_a_text_that_fits_no_encoding_is_refused(
    tmp_path: Path, content: bytes, settings: dict[str, str], message: str
) -> None:
    """The message names the line, and the setting."""
    (tmp_path / "table.csv").write_bytes(content)
    with pytest.raises(DatasetError, match=re.escape(message)), loaded(tmp_path / "table.csv", **settings):
        pass


@pytest.mark.parametrize(
    "text",
    [
        "sep=,\r\n" + SMALL,
        SMALL.replace("\n", "\r\n", 1),
        SMALL.replace("\n", "\r\n").replace("\r\n", "\n", 1),
        SMALL.replace("\n", "\r", 2),
    ],
)
def test_lines_may_end_in_several_ways(tmp_path: Path, text: str) -> None:
    """No row is lost where a file mixes line breaks."""
    (tmp_path / "table.csv").write_bytes(text.encode())
    with loaded(tmp_path / "table.csv") as dataset:
        assert dataset.facts.rows == 3
