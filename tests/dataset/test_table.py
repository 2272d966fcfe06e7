"""CSV → table: the editions that load, the faults that are named, and the lock."""

from __future__ import annotations

import gzip
import os
import re
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pytest

from service import dataset as datasets
from service.cli.fetch import check_whole
from service.dataset import Dataset
from service.dataset.source import sweep
from service.errors import DatasetError
from tests.conftest import settings_for

COLUMNS = "YearStart,LocationAbbr,LocationDesc,Question,QuestionID,Data_Value,StratificationCategory1,Stratification1"
ROWS = [
    "2020,OH,Ohio,Obese?,Q036,30.5,Gender,Male",
    '2030,GU,Guam,Obese?,Q036,,"Income","$15,000 - $24,999"',
    "2011,OH,Ohio,Obese?,Q036,29,,",
]
SMALL = "\n".join([COLUMNS, *ROWS, ""])
Change = Callable[[str], str]


def swapped(text: str) -> str:
    return "\n".join(
        ",".join(reversed(line.split(","))) for line in text.replace('"$15,000 - $24,999"', "x").split("\n")
    )


def numbered(text: str) -> str:
    """As pandas writes a table with its index."""
    return "\n".join(f"{'' if n == 0 else n - 1},{line}" if line else "" for n, line in enumerate(text.split("\n")))


@contextmanager
def loaded(csv: Path) -> Iterator[Dataset]:
    folder = csv.parent / "settings"
    folder.mkdir(exist_ok=True)
    dataset = datasets.load(settings_for(folder, dataset_csv=csv))
    try:
        yield dataset
    finally:
        dataset.close()


def rows_of(dataset: Dataset) -> list[tuple[object, ...]]:
    cursor = dataset.cursor()
    try:
        return cursor.execute("select YearStart, LocationDesc, Data_Value from health order by all").fetchall()
    finally:
        cursor.close()


@pytest.mark.parametrize(
    "change",
    [
        pytest.param(lambda text: text, id="as published"),
        pytest.param(lambda text: text.replace("\n", "\r\n"), id="CRLF"),
        pytest.param(lambda text: "\ufeff" + text, id="byte order mark"),
        pytest.param(lambda text: text.replace("Data_Value,", " Data_Value ,", 1), id="stray spaces in the header"),
        pytest.param(swapped, id="other order"),
        pytest.param(numbered, id="unnamed first column"),
        pytest.param(lambda text: text.replace("\n", ",\n").replace(",\n", ",More,\n", 1), id="extra columns"),
        pytest.param(lambda text: text + "\n\n", id="blank lines"),
        pytest.param(str.rstrip, id="no line break at the end"),
        pytest.param(lambda text: "\n\n" + text, id="blank lines before the header"),
        pytest.param(lambda text: text.replace("Ohio", " Ohio  ", 1).replace("Gender", "Gender "), id="stray spaces"),
        pytest.param(
            lambda text: text.replace("Q036,29,,", "Q036, 29 ,  ,"), id="stray spaces around numbers and none"
        ),
    ],
)
def test_an_edition_loads(tmp_path: Path, change: Change) -> None:
    """Other editions of the table give the same rows."""
    csv = tmp_path / "table.csv"
    text = change(SMALL)
    if "More" in text:
        text = "\n".join(
            line.removesuffix(",") + ("" if n == 0 else ",7") if line.strip(",") else ""
            for n, line in enumerate(text.split("\n"))
        )
    csv.write_bytes(text.encode())
    with loaded(csv) as dataset:
        assert rows_of(dataset) == [(2011, "Ohio", 29.0), (2020, "Ohio", 30.5), (2030, "Guam", None)]
        assert "Data_Value" in dataset.columns


def test_a_place_in_two_spellings_is_told(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Two values with one code are named, as they count apart; the real spelling is not guessed."""
    csv = tmp_path / "table.csv"
    csv.write_text(SMALL.replace("Ohio", "OHIO", 1), encoding="utf-8")
    with loaded(csv):
        pass
    assert "LocationAbbr OH belongs to two values of LocationDesc: 'OHIO' and 'Ohio'; they count apart" in caplog.text


@pytest.mark.parametrize(
    ("cut", "fault"),
    [
        pytest.param(lambda lines: [line for line in lines if ",OH," not in line], "lacks OH$", id="without a place"),
        pytest.param(lambda lines: [line for line in lines if ",Q019," not in line], "lacks Q019$", id="or a question"),
        pytest.param(lambda lines: lines[::2], "has 44,315 rows, but must have at least 50,000", id="every other row"),
    ],
)
def test_a_part_is_not_the_whole_table(
    sample_csv: Path, tmp_path: Path, cut: Callable[[list[str]], list[str]], fault: str
) -> None:
    """What is fetched must have all that every edition has."""
    lines = sample_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    csv = tmp_path / "table.csv"
    csv.write_text("".join([lines[0], *cut(lines[1:])]), encoding="utf-8")
    with loaded(csv) as dataset, pytest.raises(DatasetError, match=fault):
        check_whole(csv, dataset)


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
    ("text", "message"),
    [
        ("", "table.csv: the file is empty"),
        (COLUMNS + "\n", "table.csv: there is a header but no rows"),
        ("<html>no</html>\n", "table.csv:1: the header lacks YearStart, LocationAbbr"),
        (SMALL.replace("Question,", "Query,", 1), "table.csv:1: the header lacks Question;"),
        (SMALL.replace("QuestionID", "QUESTION", 1), "table.csv:1: the header lacks QuestionID"),
        (SMALL.replace("YearStart", "Data_value,YearStart", 1).replace("\n2", "\n1,2"), "names a column twice"),
        (SMALL.replace("30.5", "thirty"), "table.csv:2: column Data_Value: 'thirty' is not a number"),
        (SMALL.replace("30.5", "nan"), "table.csv:2: column Data_Value: 'nan' is not a number"),
        (SMALL.replace("2011,", "2011.5,"), "table.csv:4: column YearStart: '2011.5' is not a whole number"),
        (SMALL.replace("\n2011,", "\n,"), "table.csv:4: column YearStart: is empty"),
        (SMALL.replace("2011,OH,Ohio", "2011,OH,"), "table.csv:4: column LocationDesc: is empty"),
        (SMALL.replace('"Income"', '"In\ncome"').replace(",29,", ",x,"), "table.csv:5: column Data_Value: 'x'"),
        (SMALL.replace("2011,OH", "\n\n2011,OH").replace(",29,", ",x,"), "table.csv:6: column Data_Value: 'x'"),
        (SMALL.replace("Male", "Male,x"), "table.csv:2: cannot be read as CSV: Expected Number of Columns: 8"),
        (SMALL.replace("Male", "x" * 200_000).replace(",29,", ",x,"), "table.csv:4: column Data_Value: 'x'"),
        ("\n\n" + SMALL.replace("30.5", "x"), "table.csv:4: column Data_Value: 'x'"),
        (SMALL.replace("2011,OH,Ohio", "2011,OH,  "), "table.csv:4: column LocationDesc: '  ' is empty"),
        (SMALL + '2011,"OH\n', "table.csv:5: cannot be read as CSV"),
    ],
)
def test_a_fault_is_named_with_its_line(tmp_path: Path, text: str, message: str) -> None:
    """The message names file, line and column."""
    csv = tmp_path / "table.csv"
    csv.write_text(text, encoding="utf-8")
    with pytest.raises(DatasetError, match=re.escape(message)), loaded(csv):
        pass


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
    """What is no text or no archive is refused with its name."""
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


def test_a_sample_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    """The message names the folder, and another way."""
    (tmp_path / "data").touch()
    with pytest.raises(DatasetError, match=r"data: the sample cannot be written there: .*name a table as csv"):
        datasets.load(settings_for(tmp_path))


def test_what_a_killed_start_left_is_swept(tmp_path: Path) -> None:
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


def test_the_fetched_table_goes_before_the_sample(tmp_path: Path) -> None:
    """Where `run.py fetch` puts the table it is found."""
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "brfss.csv").write_text(SMALL, encoding="utf-8")
    dataset = datasets.load(settings_for(tmp_path))
    dataset.close()
    assert (dataset.facts.rows, dataset.facts.sample, dataset.facts.years) == (3, False, [2011, 2020, 2030])


@pytest.mark.parametrize(
    "sql",
    [
        "from read_csv('/etc/hostname')",
        "copy health to 'stolen.csv'",
        "attach 'other.db'",
        "install httpfs",
        "load 'evil.duckdb_extension'",
        "set enable_external_access = true",
        "set lock_configuration = false",
    ],
)
def test_the_table_is_locked_in(dataset: Dataset, sql: str) -> None:
    """SQL reaches no file, no extension and no setting."""
    cursor = dataset.cursor()
    with pytest.raises((duckdb.PermissionException, duckdb.InvalidInputException, duckdb.IOException)):
        cursor.execute(sql)
    cursor.close()


def test_choices_come_with_codes(dataset: Dataset) -> None:
    """A column's values come in order, each with its code."""
    states = dataset.choices("LocationDesc", "LocationAbbr")
    assert len(states) == 55
    assert states[0] == ("Alabama", "AL")


def test_choices_of_no_column_are_refused(dataset: Dataset) -> None:
    """Only names of the table's own columns reach SQL."""
    with pytest.raises(ValueError, match="the table has no column"):
        dataset.choices('LocationDesc" from health; --')


@pytest.mark.real
def test_the_real_table_is_what_it_is(real_csv: Path) -> None:
    """The CDC's table of 2011 to 2021 has the rows and the hash that are known of it."""
    with loaded(real_csv) as dataset:
        facts = dataset.facts
    assert (facts.rows, facts.years) == (88629, list(range(2011, 2022)))
    assert facts.sha256 == "5d6756e27c7144ffac6b46b48ab14a04b79dcdebb5c394b5c67515a9883b40be"
