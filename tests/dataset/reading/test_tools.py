"""The same table, as tools write it: the same rows, whatever the file looks like."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from service.dataset.export import write_parquet
from tests.conftest import settings_for
from tests.dataset.reading.tables import (
    Cells,
    Rows,
    decimal_commas,
    numbered,
    rows_of,
    with_missing,
    with_names,
    write,
)

pytestmark = pytest.mark.long

Writer = Callable[[Path, Cells], object]
NUMERIC = ["YearStart", "YearEnd", "Data_Value", "Data_Value_Alt", "Low_Confidence_Limit", "Sample_Size"]


def frame_of(cells: Cells) -> pd.DataFrame:
    text = io.StringIO()
    csv.writer(text).writerows(cells)
    return pd.read_csv(io.StringIO(text.getvalue()), keep_default_na=False, na_values=[""], dtype={"LocationID": str})


def r_name(name: str) -> str:
    """As R's make.names has it."""
    return "".join(character if character.isalnum() or character == "_" else "." for character in name)


def socrata_name(name: str) -> str:
    return "".join(character if character.isalnum() else "_" for character in name.strip()).lower()


def r_csv(path: Path, cells: Cells) -> None:
    write(path, numbered(with_names(cells, r_name)), quoting=csv.QUOTE_ALL)


def r_csv2(path: Path, cells: Cells) -> None:
    """Missing cells of every column are NA; those of texts stay so, but for columns that are texts alone."""
    write(path, numbered(with_names(decimal_commas(cells), r_name)), quoting=csv.QUOTE_ALL, delimiter=";")


def pandas_index(path: Path, cells: Cells) -> None:
    frame_of(cells).to_csv(path)


def pandas_floats(path: Path, cells: Cells) -> None:
    frame_of(cells).astype(dict.fromkeys(["YearStart", "YearEnd"], float)).to_csv(path, index=False)


def excel_german(path: Path, cells: Cells) -> None:
    write(path, decimal_commas(cells), delimiter=";", lineterminator="\r\n", encoding="cp1252")


def objects(cells: Cells) -> list[dict[str, object]]:
    """As Socrata's API has rows: all text, what is missing left out, and a place's middle as an object."""
    found = []
    for row in cells[1:]:
        each: dict[str, object] = {socrata_name(name): cell for name, cell in zip(cells[0], row, strict=True) if cell}
        if "geolocation" in each:
            latitude, longitude = str(each["geolocation"]).strip("()").split(", ")
            each["geolocation"] = {"latitude": latitude, "longitude": longitude, "human_address": "{}"}
        found.append(each)
    return found


def socrata_json(path: Path, cells: Cells) -> None:
    path.write_text("[" + "\n,".join(map(json.dumps, objects(cells))) + "]\n", encoding="utf-8")


def workbook(path: Path, cells: Cells) -> None:
    """Under two rows of a title, numbers being numbers."""
    book = openpyxl.Workbook()
    book.create_sheet("About", 0)["A1"] = "Total"
    sheet = book["Sheet"]
    sheet["A1"] = "Nutrition, Physical Activity, and Obesity"
    sheet.append([])
    frame = frame_of(cells).astype(object)
    for row in (list(frame.columns), *frame.where(frame.notna(), None).values.tolist()):
        sheet.append(row)
    with path.open("wb") as file:
        book.save(file)


WRITERS: dict[str, Writer] = {
    "R's write.csv": r_csv,
    "R's write.csv2": r_csv2,
    "Excel: CSV UTF-8": lambda path, cells: write(path, cells, encoding="utf-8-sig", lineterminator="\r\n"),
    "Excel: Unicode text": lambda path, cells: write(
        path, cells, encoding="utf-16", lineterminator="\r\n", delimiter="\t"
    ),
    "Excel: CSV in Germany": excel_german,
    "Excel: sep= above": lambda path, cells: write(path, decimal_commas(cells), begin="sep=;\r\n", delimiter=";"),
    "old Mac": lambda path, cells: write(path, cells, lineterminator="\r"),
    "pandas with its index": pandas_index,
    "pandas with years as floats": pandas_floats,
    "pandas to JSON": lambda path, cells: frame_of(cells).to_json(path, orient="records"),
    "pandas to lines of JSON": lambda path, cells: frame_of(cells).to_json(path, orient="records", lines=True),
    "pandas to Parquet": lambda path, cells: frame_of(cells).to_parquet(path),
    "Socrata's CSV": lambda path, cells: write(path, with_names(cells, socrata_name), quoting=csv.QUOTE_ALL),
    "Socrata's JSON": socrata_json,
    "a database with pipes": lambda path, cells: write(path, with_names(cells, str.upper), delimiter="|"),
    "a workbook": workbook,
}


@pytest.fixture(scope="module")
def expected(cells: Cells, tmp_path_factory: pytest.TempPathFactory) -> Rows:
    return rows_of(write(tmp_path_factory.mktemp("plain") / "table.csv", cells))


@pytest.mark.parametrize("name", WRITERS)
def test_what_a_tool_writes_is_the_same_table(tmp_path: Path, cells: Cells, expected: Rows, name: str) -> None:
    """Every row has the same values in every column; the file's name tells nothing."""
    WRITERS[name](tmp_path / "table.dat", cells)
    assert rows_of(tmp_path / "table.dat") == expected


def test_our_own_export_is_the_same_table(tmp_path: Path, cells: Cells, expected: Rows) -> None:
    """What `run.py export` writes as Parquet loads again."""
    settings = settings_for(tmp_path, dataset_csv=write(tmp_path / "table.csv", cells))
    write_parquet(settings, tmp_path / "export.parquet")
    assert rows_of(tmp_path / "export.parquet") == expected


@pytest.mark.parametrize("word", ["NA", "N/A", "NaN", "NULL", "null", "None", "~", "#N/A", "  "])
def test_words_for_missing_numbers_are_missing(tmp_path: Path, cells: Cells, expected: Rows, word: str) -> None:
    """In columns of numbers they are no value."""
    numbers = {place for place, name in enumerate(cells[0]) if name in NUMERIC}
    changed = [[word if n in numbers and not cell else cell for n, cell in enumerate(row)] for row in cells]
    assert rows_of(write(tmp_path / "table.csv", changed)) == expected


def test_the_same_words_in_texts_are_texts(tmp_path: Path, cells: Cells) -> None:
    """Only in columns of numbers does a word stand for nothing: NA is Namibia elsewhere."""
    path = write(tmp_path / "table.csv", with_missing(cells, "NA"))
    place = cells[0].index("Data_Value_Footnote")
    assert {row[place] for row in rows_of(path)} >= {"NA"}
