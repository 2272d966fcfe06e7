"""`run.py inspect`: what a file is, and how it differs from another."""

from __future__ import annotations

import csv
import json
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from tests.dataset.small_table import SMALL
from tests.editions import Rewrite, current, rewritten
from tests.process import ROOT

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def table(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """One question in some places, as the CDC publishes it."""
    states = {"OH", "IA", "US"}
    path = tmp_path_factory.mktemp("inspected") / "table.csv"
    return rewritten(small_csv, path, lambda row: row if row["LocationAbbr"] in states else None)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    (tmp_path / "config.toml").write_text(f'[catalog]\nfolder = "{ROOT / "sql"}"\n', encoding="utf-8")
    return tmp_path / "config.toml"


def inspected(config: Path, capsys: pytest.CaptureFixture[str], *arguments: object) -> Any:
    assert main(["--config", str(config), "inspect", "--json", *map(str, arguments)]) == 0
    return json.loads(capsys.readouterr().out)


def published(table: Path) -> list[dict[str, str]]:
    with table.open(encoding="utf-8", newline="") as lines:
        return [row for row in csv.DictReader(lines) if row["Data_Value"]]


def test_a_file_is_described(config: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """How it is written, which columns match, and what is in it."""
    text = table.read_text(encoding="utf-8").replace("High_Confidence_Limit ", "high.confidence.limit", 1)
    file = tmp_path / "table.txt"
    file.write_bytes(text.replace("Datasource", "Mine", 1).encode("utf-16"))
    report = inspected(config, capsys, file)
    writing, content = report["writing"], report["content"]
    assert (writing["format"], writing["encoding"], writing["separator"]) == ("CSV", "utf-16", ",")
    assert writing["rows"] == content["rows"] == len(text.splitlines()) - 1
    assert writing["matched"]["High_Confidence_Limit"] == "high.confidence.limit"
    assert (writing["lacking"], writing["others"]) == (["Datasource"], ["Mine"])
    assert (content["places"], content["odd"]) == (["Iowa", "National", "Ohio"], [])
    assert content["years"] == list(range(2011, 2022))
    assert len(content["questions"]) == 9


def test_each_statistic_says_what_it_can_do(
    config: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A column that is lacking takes down the statistics that name it; others give the rows of their examples."""
    lacking: Rewrite = lambda row: {name: row[name] for name in row if name != "Sample_Size"}  # noqa: E731
    report = inspected(config, capsys, rewritten(table, tmp_path / "table.csv", lacking))
    uses = {use["statistic"]: use for use in report["statistics"]}
    assert "Sample_Size" in uses["weighted_mean"]["fault"]
    assert (uses["states_mean"]["fault"], uses["states_mean"]["examples"]) == (None, [3])


def test_what_is_odd_is_told_with_what_the_service_would_do(
    config: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Rows that come twice are counted; a table that the settings refuse is described all the same."""
    header, first, *rest = table.read_text(encoding="utf-8").splitlines(keepends=True)
    value = published(table)[0]["Data_Value"]
    other = next(line for line in [first, *rest] if f",{value},{value}," in line)
    changed = other.replace(f",{value},{value},", ",1.5,1.5,")
    (tmp_path / "table.csv").write_text("".join([header, first, *rest, rest[-1], changed]), encoding="utf-8")
    odd = {each["check"]: each for each in inspected(config, capsys, tmp_path / "table.csv")["content"]["odd"]}
    assert (odd["duplicates"]["count"], odd["duplicates"]["refused_by"]) == (1, None)
    assert (odd["conflicts"]["count"], odd["conflicts"]["refused_by"]) == (1, "conflicts")


def test_revised_added_and_gone_values_are_told(
    config: Path, table: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Against an older file in another edition's words: counts, and the first rows with both values."""
    rows = published(table)
    revised, gone, added = rows[0], rows[1], rows[2]

    def older(row: dict[str, str]) -> dict[str, str] | None:
        if row == revised:
            return current(row | {"Data_Value": "1.5"})
        if row == added:
            return current(row | {"Data_Value": ""})
        return current(row)

    old = rewritten(table, tmp_path / "old.csv", older)
    new = rewritten(table, tmp_path / "new.csv", lambda row: None if row == gone else row)
    against = inspected(config, capsys, new, "--against", old)["against"]
    assert against["counts"] == {"revised": 1, "added": 1, "gone": 1}
    assert against["same"] == len(rows) - 3
    found = {each["change"]: (each["before"], each["after"]) for each in against["first"]}
    values = {name: float(row["Data_Value"]) for name, row in (("revised", revised), ("gone", gone), ("added", added))}
    assert found == {
        "revised": (1.5, values["revised"]),
        "added": (None, values["added"]),
        "gone": (values["gone"], None),
    }


def test_a_file_against_itself_has_no_changes(config: Path, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Every published value is the same."""
    against = inspected(config, capsys, table, "--against", table)["against"]
    assert (against["counts"], against["first"]) == ({"revised": 0, "added": 0, "gone": 0}, [])
    assert against["same"] == len(published(table))


def test_a_person_gets_tables(config: Path, table: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The same in words; through a pipe with tabs between the cells."""
    assert main(["--config", str(config), "inspect", str(table), "--against", str(table)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert "format\tCSV, utf-8, cells between ," in lines
    assert "places\t3: Iowa, National, Ohio" in lines
    assert "states_mean\t3\t" in lines
    assert "change\tyear\tplace\tquestion\tstratum\tbefore\tafter" in lines


def test_a_file_that_does_not_load_is_described_with_the_fault(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What can be said of its columns is said, and the exit code is 1."""
    (tmp_path / "table.csv").write_text(SMALL.replace("30.5", "thirty"), encoding="utf-8")
    assert main(["--config", str(config), "inspect", "--json", str(tmp_path / "table.csv")]) == 1
    report = json.loads(capsys.readouterr().out)
    assert report["fault"].endswith("column Data_Value: 'thirty' is not a number; correct the file or fetch it again")
    assert (report["writing"]["rows"], report["content"], report["statistics"]) == (3, None, None)


@pytest.mark.parametrize(("content", "reason"), [(b"%PDF", "this is a PDF"), (None, "there is no such file")])
def test_what_is_no_table_is_refused(
    config: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes | None, reason: str
) -> None:
    """One line says what it is; the exit code is 2."""
    if content is not None:
        (tmp_path / "file").write_bytes(content)
    assert main(["--config", str(config), "inspect", str(tmp_path / "file")]) == 2
    assert reason in capsys.readouterr().err
