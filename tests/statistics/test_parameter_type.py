"""A type says everything that is true of it in one place: a new one is a class and an entry in the table."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from service.cli import main
from service.engine.macros import cast_literal
from service.errors import Unusable
from service.statistics.base_type import ParameterType
from service.statistics.parameter_types import TYPES

SQL = """\
-- The published figures above a threshold.
-- $above percent = 30%: the threshold
-- $most list(percent) = null: other thresholds
-- returns: row
-- example: {"above": "25%"}
select
    count(*) as figures,
    avg(Data_Value) as mean
from health
where
    Data_Value > $above
    and ($most is null or Data_Value < list_max($most))
"""


class PercentType(ParameterType):
    """A text such as 30%, bound as the number 30."""

    sql_type = "double"

    def parse(self, value: Any) -> float:
        try:
            return float(value.removesuffix("%"))
        except (AttributeError, ValueError):
            raise Unusable("write it as 30%") from None

    def sample_value(self) -> str:
        return "30%"

    def sql_literal(self, given: str) -> str:
        return cast_literal(f"rtrim({given}::varchar, '%')", self.sql_type)


GIVEN: list[dict[str, Any]] = [{}, {"above": "25%"}, {"most": ["30%", "35%"]}, {"above": "20%", "most": "25%"}]


def options(given: dict[str, Any]) -> Iterator[str]:
    for name, value in given.items():
        for item in value if isinstance(value, list) else [value]:
            yield from (f"--{name}", item)


def test_a_new_type_works_everywhere(
    small_csv: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    """`check` passes, and the exported macro gives the numbers that `ask` gives."""
    monkeypatch.setitem(TYPES, "percent", PercentType)
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "above.sql").write_text(SQL, encoding="utf-8")
    (tmp_path / "config.toml").write_text(f'[dataset]\ncsv = "{small_csv}"\n', encoding="utf-8")

    def run(*arguments: str) -> bytes:
        assert main(["--config", str(tmp_path / "config.toml"), *arguments]) == 0
        return capsysbinary.readouterr().out

    assert run("check").strip().endswith(b"good")
    run("export", str(tmp_path / "health.duckdb"))
    shell = [str(Path(sys.executable).with_name("duckdb")), "-readonly", "-json", str(tmp_path / "health.duckdb")]
    for given in GIVEN:
        asked = json.loads(run("ask", "above", *options(given), "--format", "json"))["data"]
        call = ", ".join(f"{name} := {value!r}" for name, value in given.items())
        done = subprocess.run([*shell, "-c", f"from above({call})"], text=True, capture_output=True, check=True)
        assert json.loads(done.stdout) == [asked]
        assert asked["figures"] > 0
