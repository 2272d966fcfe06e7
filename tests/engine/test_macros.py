"""Macros: wherever DuckDB takes a bound value, the shell's macro gives what the API gives."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from service.dataset import Dataset
from service.dataset.export import write_duckdb
from service.engine.macros import macros
from service.engine.protocol import Session
from service.errors import BadRequest
from service.settings import Settings
from service.statistics.catalog import Catalog
from service.statistics.parameters import parse_arguments
from tests.conftest import engine_on, load_catalog

STATISTICS = {
    "in_a_list": """\
-- A list behind `in`.
-- $states list(choice(LocationDesc, LocationAbbr)) = null: states
select LocationDesc as state, count(*) as n from health where LocationDesc in $states group by LocationDesc order by 1
""",
    "limited": """\
-- A number behind `limit`.
-- $n integer(1..9) = 3: rows
select LocationDesc as state from health group by LocationDesc order by state limit $n
""",
    "quantile": """\
-- A number that a function wants as a constant.
-- $share number(0..1) = 0.5: share
select quantile_cont(x, $share) as q from (select unnest([1, 2, 4]::double[]) as x) as t
""",
    "ranged": """\
-- A number in a table function.
-- $n integer(0..100): how many
select cast(sum(range) as bigint) as total, count(*) as n from range($n)
""",
    "transformed": """\
-- A parameter within a lambda.
-- $factor number: factor
select list_transform([1, 2, 3], lambda x: x * $factor) as products
""",
    "spelled": """\
-- Strings, names and comments in which a dollar is none of a parameter's; here is $t. /* $t */
-- $t text: some text
select E'it\\'s $t' as escaped, $$is $t$$ as dollars, $tag$a $t b$tag$ as tagged, 'a $t' as plain, -- $t
    /* $t */ $t as text, $T as again, "$t" as named
from (select 1 as "$t") as t; -- the end: $t
""",
    "flagged": """\
-- A boolean and a day.
-- $flag boolean = false: flag
-- $day date = 2021-12-31: day
select $flag as flag, cast($day as varchar) as day
""",
}
CALLS: list[tuple[str, dict[str, Any]]] = [
    ("in_a_list", {"states": ["OH", "iowa"]}),
    ("in_a_list", {"states": ["OH"]}),
    ("in_a_list", {"states": " ohio "}),
    ("in_a_list", {"states": []}),
    ("in_a_list", {"states": None}),
    ("in_a_list", {}),
    ("limited", {"n": 1}),
    ("limited", {"n": 2.0}),
    ("limited", {}),
    ("quantile", {"share": 0.25}),
    ("quantile", {"share": 1}),
    ("quantile", {}),
    ("ranged", {"n": 10}),
    ("transformed", {"factor": 2.5}),
    ("spelled", {"t": "O'Hara's $t; -- \\ \"x\""}),
    ("spelled", {"t": ""}),
    ("flagged", {"flag": True, "day": "2020-02-29"}),
    ("flagged", {}),
]
REFUSED: list[tuple[str, dict[str, Any], str]] = [
    ("in_a_list", {"states": ["OH", "Ohoi"]}, "no value of LocationDesc: Ohoi"),
    ("in_a_list", {"states": ["OH", None]}, "a list takes no null"),
    ("limited", {"n": 10}, "10 is outside 1..9"),
    ("limited", {"n": 1.5}, "1.5 is outside 1..9"),
    ("limited", {"n": None}, "n is missing"),
    ("quantile", {"share": -0.1}, "Error"),
    ("ranged", {"n": "many"}, "many is outside 0..100"),
    ("spelled", {"t": None}, "t is missing"),
    ("flagged", {"flag": None}, "flag is missing"),
    ("flagged", {"day": "soon"}, "Conversion Error"),
]


class Both(NamedTuple):
    """The statistics as the API runs them, and a file with their macros."""

    session: Session
    catalog: Catalog
    file: Path

    def api(self, name: str, given: dict[str, Any]) -> list[dict[str, Any]]:
        statistic = self.catalog.statistics[name]
        arguments = parse_arguments(statistic.parameters, given)
        result = self.session.run(self.session.prepare(name, statistic.sql), arguments)
        return [dict(zip(result.names, row, strict=True)) for row in result.rows()]

    def shell(self, name: str, given: dict[str, Any]) -> subprocess.CompletedProcess[str]:
        call = ", ".join(f"{key} := {literal(value)}" for key, value in given.items())
        command = [str(Path(sys.executable).with_name("duckdb")), "-readonly", "-json", str(self.file)]
        return subprocess.run([*command, "-c", f"from {name}({call})"], text=True, capture_output=True, check=False)


def literal(value: object) -> str:
    """A value as it is typed in the shell."""
    if isinstance(value, list):
        return f"[{', '.join(map(literal, value))}]"
    if isinstance(value, str):
        return "'" + value.replace("'", "''") + "'"
    return "null" if value is None else str(value).lower()


@pytest.fixture(scope="module")
def both(settings: Settings, dataset: Dataset, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Both]:
    folder = tmp_path_factory.mktemp("macros")
    for name, sql in STATISTICS.items():
        (folder / f"{name}.sql").write_text(sql, encoding="utf-8")
    catalog = load_catalog(folder, dataset)
    assert catalog.faults == ()
    file = folder / "macros.duckdb"
    write_duckdb(settings, file, macros(catalog.statistics.values()))
    session = engine_on(dataset).session()
    yield Both(session, catalog, file)
    session.close()


@pytest.mark.parametrize(("name", "given"), CALLS)
def test_a_macro_gives_what_the_api_gives(both: Both, name: str, given: dict[str, Any]) -> None:
    """The same rows in the same order, for values in every place that takes one, and for those left out."""
    done = both.shell(name, given)
    assert done.returncode == 0, done.stderr
    assert (json.loads(done.stdout) if done.stdout.strip() else []) == both.api(name, given)


@pytest.mark.parametrize(("name", "given", "message"), REFUSED)
def test_a_macro_refuses_what_the_api_refuses(both: Both, name: str, given: dict[str, Any], message: str) -> None:
    """An error that says why, and never another answer."""
    with pytest.raises(BadRequest):
        both.api(name, given)
    done = both.shell(name, given)
    assert done.returncode != 0
    assert message in done.stderr
