"""Which file holds the table, and how it is unpacked."""

from __future__ import annotations

import gzip
import os
import re
import zipfile
from pathlib import Path

import pytest

from service import dataset as datasets
from service.dataset.source import sweep
from service.errors import DatasetError
from tests.conftest import settings_for
from tests.dataset.small_table import SMALL, loaded


def test_packed_files_load_with_the_same_version(tmp_path: Path) -> None:
    """A .csv.gz and a .zip are the table that is in them."""
    (tmp_path / "table.csv").write_text(SMALL, encoding="utf-8")
    (tmp_path / "table.csv.gz").write_bytes(gzip.compress(SMALL.encode()))
    with zipfile.ZipFile(tmp_path / "table.zip", "w") as archive:
        archive.writestr("folder/table.csv", SMALL)
    versions = set()
    for name in ("table.csv", "table.csv.gz", "table.zip"):
        with loaded(tmp_path / name) as dataset:
            versions.add(dataset.facts.version)
    assert len(versions) == 1


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("table.csv", SMALL.replace("Ohio", "Oh\xefo").encode("latin-1"), "table.csv:2: cannot be read as CSV"),
        ("table.csv", bytes(range(128, 256)), "table.csv:1: the header lacks"),
        ("table.csv.gz", b"no gzip", "table.csv.gz: cannot be read"),
        ("table.csv.gz", gzip.compress(SMALL.encode(), mtime=0)[:-9], "table.csv.gz: cannot be read"),
        ("table.csv.gz", gzip.compress(SMALL.encode(), mtime=0)[:40] + bytes(60), "table.csv.gz: cannot be read"),
        ("table.zip", b"no zip", "table.zip: cannot be read"),
    ],
)
def test_an_unreadable_file_is_named(tmp_path: Path, name: str, content: bytes, message: str) -> None:
    """A file that is not an archive is refused by name."""
    (tmp_path / name).write_bytes(content)
    with pytest.raises(DatasetError, match=re.escape(message)), loaded(tmp_path / name):
        pass


def test_a_zip_holds_one_csv(tmp_path: Path) -> None:
    """Which of two CSVs is meant is not guessed."""
    with zipfile.ZipFile(tmp_path / "table.zip", "w") as archive:
        archive.writestr("a.csv", SMALL)
        archive.writestr("b.csv", SMALL)
    with pytest.raises(DatasetError, match="holds 2 CSV files"), loaded(tmp_path / "table.zip"):
        pass


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    """A file that is named must be there; nothing else is loaded in its place."""
    with pytest.raises(DatasetError, match=r"nope\.csv: there is no such file"), loaded(tmp_path / "nope.csv"):
        pass


def test_without_a_table_the_sample_is_made(tmp_path: Path) -> None:
    """An empty setting and no fetched table: the sample, which says that it is one."""
    dataset = datasets.load(settings_for(tmp_path))
    dataset.close()
    assert dataset.facts.sample
    assert len(list((tmp_path / "data").glob("*.sample.csv"))) == 1


def test_a_sample_that_cannot_be_written_is_reported(tmp_path: Path) -> None:
    """The message names the folder, and the setting to use instead."""
    (tmp_path / "data").touch()
    with pytest.raises(DatasetError, match=r"data: the sample cannot be written there: .*name a table as csv"):
        datasets.load(settings_for(tmp_path))


def test_what_a_killed_start_left_is_removed(tmp_path: Path) -> None:
    """An unpacked table of days ago goes; what another process may be reading stays, and so does all else."""
    settings = settings_for(tmp_path)
    scratch = tmp_path / "var" / "tmp"
    for name in ("tmpold", "tmpnew", "mine"):
        (scratch / name).mkdir(parents=True)
        (scratch / name / "table.csv").touch()
    for name in ("tmpold", "mine"):
        os.utime(scratch / name, (0, 0))
    sweep(settings)
    assert sorted(path.name for path in scratch.iterdir()) == ["mine", "tmpnew"]


def test_the_fetched_table_is_preferred_to_the_sample(tmp_path: Path) -> None:
    """The table is found where `run.py fetch` puts it."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "brfss.csv").write_text(SMALL, encoding="utf-8")
    dataset = datasets.load(settings_for(tmp_path))
    dataset.close()
    assert (dataset.facts.rows, dataset.facts.sample, dataset.facts.years) == (3, False, [2011, 2020, 2030])
