"""Packed files: found by their content, whatever their names."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import re
import tarfile
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
import zstandard

from service.errors import DatasetError
from tests.dataset.small_table import SMALL, loaded


def zipped(members: dict[str, str | bytes]) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return file.getvalue()


def tarred(content: bytes) -> bytes:
    file = io.BytesIO()
    with tarfile.open(fileobj=file, mode="w") as archive:
        archive.addfile(tarfile.TarInfo("table.csv"), io.BytesIO(content))
    return file.getvalue()


PACKERS: dict[str, Callable[[bytes], bytes]] = {
    "none": bytes,
    "gzip": gzip.compress,
    "zip": lambda content: zipped({"folder/table.csv": content, "__MACOSX/._table.csv": b"litter"}),
    "bz2": bz2.compress,
    "xz": lzma.compress,
    "zstd": zstandard.compress,
}
TABLE = SMALL.encode()


@pytest.mark.parametrize("setting", ["found", "named"])
def test_packed_files_are_the_table_that_is_in_them(tmp_path: Path, setting: str) -> None:
    """Each compression, found or named in the settings, gives the same version."""
    versions = set()
    for name, pack in PACKERS.items():
        (tmp_path / "table.dat").write_bytes(pack(TABLE))
        with loaded(tmp_path / "table.dat", dataset_compression=name if setting == "named" else "") as dataset:
            versions.add(dataset.facts.version)
    assert len(versions) == 1


def test_a_table_among_other_files_of_an_archive_is_the_one_csv(tmp_path: Path) -> None:
    """A licence beside it does no harm."""
    (tmp_path / "table.zip").write_bytes(zipped({"licence.txt": "free", "table.csv": SMALL}))
    with loaded(tmp_path / "table.zip") as dataset:
        assert dataset.facts.rows == 3


@pytest.mark.parametrize("name", ["gzip", "bz2", "xz", "zstd"])
def test_half_a_file_is_refused(tmp_path: Path, name: str) -> None:
    """What was cut off is never taken for the whole, even where a line ends."""
    table = (SMALL + "2012,OH,Ohio,Obese?,Q036,29,,\n" * 20_000).encode()
    (tmp_path / "table").write_bytes(PACKERS[name](table)[:-9])
    with pytest.raises(DatasetError, match="table: cannot be read"), loaded(tmp_path / "table"):
        pass


GZIPPED = gzip.compress(TABLE, mtime=0)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (GZIPPED[:40] + bytes(60), "table: cannot be read"),
        (zipped({"table.csv": SMALL})[:-30], "table: cannot be read: File is not a zip file"),
        (zipped({}), "table: a zip archive without files"),
        (zipped({"a.csv": SMALL, "b.csv": SMALL, "c.txt": ""}), "holds 2 CSV files among its 3: a.csv, b.csv, c.txt"),
        (
            zipped({"a.txt": "", "b.txt": ""}),
            "holds 0 CSV files among its 2: a.txt, b.txt; it must hold exactly one table",
        ),
        (zipped({"table.csv": GZIPPED}), "table: this is a gzip archive within another"),
        (gzip.compress(tarred(TABLE)), "table: this is a tar archive"),
        (gzip.compress(b""), "table: the file is empty"),
    ],
    ids=lambda value: value if isinstance(value, str) else "archive",  # the bytes hold the time
)
def test_an_archive_that_cannot_be_used_is_refused(tmp_path: Path, content: bytes, message: str) -> None:
    """The message says what was found in it."""
    (tmp_path / "table").write_bytes(content)
    with pytest.raises(DatasetError, match=re.escape(message)), loaded(tmp_path / "table"):
        pass


def test_nothing_is_left_unpacked(tmp_path: Path) -> None:
    """Once it is loaded, or refused, nothing lies in the scratch folder."""
    for content in (GZIPPED, gzip.compress(b"<html>")):
        (tmp_path / "table").write_bytes(content)
        try:
            with loaded(tmp_path / "table"):
                pass
        except DatasetError:
            pass
        assert list((tmp_path / "settings" / "var" / "tmp").glob("tmp*")) == []
