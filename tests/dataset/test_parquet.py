"""A table that stays in Parquet files: what a start reads, what it refuses, and what no change of a file can reach."""

from __future__ import annotations

import json
import os
import shutil
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from service import dataset as datasets
from service.dataset import Dataset
from service.dataset.pinned import KEPT
from service.errors import DatasetError
from service.settings import ROOT, Settings
from tests.conftest import settings_for
from tests.dataset.small_table import SMALL
from tests.exported import exported, served

COPY = """
import os, pwd, sys
from pathlib import Path
from service import dataset
from service.dataset import parquet  # before the libraries' folders are closed to it
from service.settings import load_settings
folder = Path(sys.argv[1])
if os.getuid() == 0:
    nobody = pwd.getpwnam("nobody")
    for path in (folder, *folder.rglob("*")):
        os.chown(path, nobody.pw_uid, nobody.pw_gid)
    os.setgroups([])
    os.setgid(nobody.pw_gid)
    os.setuid(nobody.pw_uid)
opened = dataset.load(load_settings(folder / "config.toml"))
cursor = opened.cursor()
[path] = folder.glob("var/cache/*.pinned/*")
for target in (path, f"{path}.new", path.with_name("new.parquet"), folder / "table.parquet"):
    for options in ("use_tmp_file false", "use_tmp_file true"):
        try:
            cursor.execute(f"copy (select 1 as one) to '{target}' (format parquet, {options})")
        except Exception as error:
            print(type(error).__name__)
        else:
            print("written", target)
print(cursor.execute("select count(*) from health").fetchall())
"""


@pytest.fixture
def memory(tmp_path: Path) -> Settings:
    """A table of three rows that is loaded."""
    (tmp_path / "table.csv").write_text(SMALL, encoding="utf-8")
    return settings_for(tmp_path, dataset_csv=tmp_path / "table.csv")


def pinned(settings: Settings) -> list[Path]:
    return sorted(settings.path("var/cache").glob("*.pinned*"))


def rows(dataset: Dataset) -> list[tuple[object, ...]]:
    with closing(dataset.cursor()) as cursor:
        return cursor.execute("select YearStart, Data_Value from health").fetchall()


@pytest.mark.parametrize("name", ["table.parquet", "table"])
def test_a_file_or_a_folder_is_served(memory: Settings, tmp_path: Path, name: str) -> None:
    """Rows in the order of question, place and year, and the tables beside them."""
    with closing(datasets.load(exported(memory, tmp_path / name))) as dataset, closing(dataset.cursor()) as cursor:
        assert dataset.facts.file == name
        assert rows(dataset) == [(2030, None), (2011, 29.0), (2020, 30.5)]
        assert cursor.execute("select count(*) from figures").fetchall() == [(4,)]
        assert cursor.execute("select QuestionID from questions").fetchall() == [("Q036",)]


def test_a_pattern_names_files_of_a_folder(memory: Settings, tmp_path: Path) -> None:
    """A folder of two tables' files would be neither; a pattern takes those of one."""
    settings = exported(memory, tmp_path / "table")
    with closing(datasets.load(served(settings.root, tmp_path / "table" / "*.parquet"))) as dataset:
        assert len(rows(dataset)) == 3


def test_a_start_reads_no_rows(memory: Settings, tmp_path: Path) -> None:
    """Not even damaged ones; facts, choices and small tables are the manifest's, the rest is in the footers."""
    settings = exported(memory, tmp_path / "table.parquet")
    datasets.load(settings).close()
    [file] = pinned(settings)[0].iterdir()
    file.chmod(0o600)
    content = file.read_bytes()
    footer = int.from_bytes(content[-8:-4], "little") + 8
    file.write_bytes(content[:4] + bytes(len(content) - footer - 4) + content[-footer:])
    with closing(datasets.load(settings)) as dataset:
        assert dataset.facts.rows == 3
        assert [choice.code for choice in dataset.choices("LocationDesc", "LocationAbbr")] == ["GU", "OH"]


def refused(settings: Settings) -> str:
    with pytest.raises(DatasetError) as error:
        datasets.load(settings)
    return error.value.reason


def _without_manifest(folder: Path) -> None:
    (folder / "manifest.json").unlink()


def _another_layout(folder: Path) -> None:
    (folder / "manifest.json").write_text('{"layout": 0}', encoding="utf-8")


def _no_manifest(folder: Path) -> None:
    (folder / "manifest.json").write_text("[", encoding="utf-8")


def _one_file_more(folder: Path) -> None:
    (folder / "more.parquet").write_bytes((folder / "data_0.parquet").read_bytes())


def _another_content(folder: Path) -> None:
    file = folder / "data_0.parquet"
    content = bytearray(file.read_bytes())
    content[100] ^= 1
    file.write_bytes(content)


def _no_files(folder: Path) -> None:
    (folder / "data_0.parquet").unlink()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (_without_manifest, r"has no manifest\.json beside it, .* unchecked; write it with `run\.py export`"),
        (_another_layout, r"manifest\.json: was written by another version of the service; export the table again"),
        (_no_manifest, r"manifest\.json: is no manifest of a table \(.*\); export the table again"),
        (_one_file_more, r"more\.parquet: not as manifest\.json lists it; export the table again"),
        (_another_content, r"data_0\.parquet was changed after `run\.py export` had checked it; export the"),
        (_no_files, "there is no such Parquet file; correct source in"),
    ],
)  # fmt: skip
def test_files_that_are_not_as_exported_are_refused(
    memory: Settings, tmp_path: Path, change: Callable[[Path], None], reason: str
) -> None:
    """The message says what is wrong and what to do; nothing is left of the attempt."""
    settings = exported(memory, tmp_path / "table")
    change(tmp_path / "table")
    with pytest.raises(DatasetError, match=reason):
        datasets.load(settings)
    assert pinned(settings) == []


def test_what_is_not_there_is_named(tmp_path: Path) -> None:
    """Also a source that was not set."""
    assert refused(served(tmp_path, "")).startswith('[engine] storage = "parquet" needs source in [dataset]')
    for name in ("nope.parquet", "nope/*.parquet"):
        assert refused(served(tmp_path, name)).startswith(f"{name}: ")


@pytest.mark.parametrize(
    "source", ["s3://key:hidden@bucket/table", "s3://key:hid/den@bucket", "s3://bucket/table?secret_key=hidden"]
)
def test_an_address_with_a_secret_is_refused(tmp_path: Path, source: str) -> None:
    """It is not repeated; the message names the variables that are for it."""
    reason = refused(served(tmp_path, source))
    assert "AWS_SECRET_ACCESS_KEY" in reason
    assert "hid" not in reason


def test_a_folder_is_not_loaded(memory: Settings, tmp_path: Path) -> None:
    """Nor is object storage: the message names the setting that serves it."""
    exported(memory, tmp_path / "table")
    for source in (tmp_path / "table", "s3://bucket/table"):
        assert 'only [engine] storage = "parquet" reads' in refused(settings_for(tmp_path, dataset_source=source))


def test_a_change_of_the_files_reaches_no_edition(memory: Settings, tmp_path: Path) -> None:
    """It answers from its own copies: another table in their place, or in the same files, is another edition."""
    settings = exported(memory, tmp_path / "table.parquet")
    with closing(datasets.load(settings)) as old:
        seen, version = datasets.signature(settings), old.facts.version
        (tmp_path / "table.csv").write_text(SMALL.replace("30.5", "31.5"), encoding="utf-8")
        other = exported(memory, tmp_path / "other.parquet")
        for suffix in (".parquet", ".manifest.json"):
            changed = json.loads((tmp_path / f"other{suffix}").read_text("utf-8")) if suffix != ".parquet" else None
            if changed:
                changed["parts"][0]["name"] = "table.parquet"
            content = json.dumps(changed).encode() if changed else (tmp_path / f"other{suffix}").read_bytes()
            (tmp_path / f"table{suffix}").write_bytes(content)
        assert datasets.signature(settings) != seen
        with closing(datasets.load(settings)) as new:
            assert new.facts.version != version
            assert [value for _, value in rows(new)] == [None, 29.0, 31.5]
            assert [value for _, value in rows(old)] == [None, 29.0, 30.5]
    datasets.load(other).close()


def test_the_signature_stays_while_the_files_do(memory: Settings, tmp_path: Path) -> None:
    """It is none where there are none."""
    settings = exported(memory, tmp_path / "table")
    assert datasets.signature(settings) == datasets.signature(settings) is not None
    assert datasets.signature(served(settings.root, "nope")) is None


def test_copies_cannot_be_written(memory: Settings, tmp_path: Path) -> None:
    """By their modes, and by DuckDB's lock for whatever lies elsewhere."""
    settings = exported(memory, tmp_path / "table")
    with closing(datasets.load(settings)):
        [folder] = pinned(settings)
        assert [stat.S_IMODE(path.stat().st_mode) for path in (folder, *folder.iterdir())] == [0o500, 0o400]


@pytest.mark.long
def test_copy_overwrites_nothing() -> None:
    """Not the table's files either, which DuckDB may open: they are read-only to whoever is not root."""
    with TemporaryDirectory() as name:  # pytest's own folders may be entered by their owner only
        folder = Path(name)
        for part in ("service", "data"):  # the checkout may be closed to others too
            shutil.copytree(ROOT / part, folder / part, ignore=shutil.ignore_patterns("*.sample.csv", "brfss.csv"))
        (folder / "table.csv").write_text(SMALL, encoding="utf-8")
        exported(settings_for(folder, dataset_csv=folder / "table.csv"), folder / "table.parquet")
        own = '[dataset]\nsource = "table.parquet"\n[engine]\nstorage = "parquet"\n'
        (folder / "config.toml").write_text(own, encoding="utf-8")
        command = [sys.executable, "-c", COPY, name]
        done = subprocess.run(command, cwd=folder, text=True, capture_output=True, check=False)
        # The file itself is one that DuckDB may open, so only its mode protects it.
        assert done.stdout.splitlines() == ["IOException", *["PermissionException"] * 7, "[(3,)]"], done.stderr


def test_versions_that_nobody_uses_are_removed(memory: Settings, tmp_path: Path) -> None:
    """The newest stay for the next start; one that is in use stays whatever its age."""

    def version(number: int) -> Dataset:
        (tmp_path / "table.csv").write_text(SMALL.replace("30.5", f"3{number}.5"), encoding="utf-8")
        return datasets.load(exported(memory, tmp_path / f"{number}.parquet"))

    held = version(0)
    [oldest] = pinned(memory)
    os.utime(oldest, (0, 0))
    for number in range(1, KEPT + 2):
        version(number).close()
    assert len(pinned(memory)) == KEPT + 1
    assert len(rows(held)) == 3
    held.close()
    version(KEPT + 2).close()
    assert len(pinned(memory)) == KEPT
    assert oldest not in pinned(memory)
