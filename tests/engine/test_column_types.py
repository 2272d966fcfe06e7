"""The types that a column may have: the same in every form, whether the answer is short or long."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from service.dataset import Dataset
from service.engine.column_types import TYPES
from service.formats.registry import FORMATS
from tests.client import Client
from tests.conftest import Serve, load_catalog

pytestmark = pytest.mark.long

EXAMPLES = {
    "boolean": ("true", True), "tinyint": ("-1::tinyint", -1), "smallint": ("2::smallint", 2),
    "integer": ("3::integer", 3), "bigint": ("4::bigint", 4), "hugeint": ("sum(5)", 5), "utinyint": ("6::utinyint", 6),
    "usmallint": ("7::usmallint", 7), "uinteger": ("8::uinteger", 8), "ubigint": ("9::ubigint", 9),
    "uhugeint": ("10::uhugeint", 10), "float": ("0.5::float", 0.5), "double": ("0.1::double", 0.1),
    "decimal": ("1.25::decimal(9, 2)", 1.25), "varchar": ("'text'", "text"), "enum": ("'b'::enum('a', 'b')", "b"),
    "uuid": ("'550e8400-e29b-41d4-a716-446655440000'::uuid", "550e8400-e29b-41d4-a716-446655440000"),
    "blob": ("'ab'::blob", "YWI="), "date": ("date '2021-12-31'", "2021-12-31"),
    "time": ("time '23:59:58'", "23:59:58"),
    "timestamp": ("timestamp '2021-12-31 23:59:58'", "2021-12-31T23:59:58"),
    "timestamp_s": ("'2021-12-31 23:59:58'::timestamp_s", "2021-12-31T23:59:58"),
    "timestamp_ms": ("'2021-12-31 23:59:58'::timestamp_ms", "2021-12-31T23:59:58"),
    "timestamp with time zone": ("timestamptz '2021-12-31 23:59:58+01'", "2021-12-31T22:59:58Z"),
    "null": ("null", None), "list": ("['a'::enum('a')]", ["a"]), "array": ("[1, 2]::integer[2]", [1, 2]),
    "struct": ("{'day': date '2021-12-31'}", {"day": "2021-12-31"}), "map": ("map {'a': 1}", {"a": 1}),
}  # fmt: skip
"""DuckDB's name of a type -> an expression, and its value as JSON."""


def statistic(expressions: dict[str, str]) -> str:
    columns = ",\n    ".join(f"{expression} as {name.replace(' ', '_')}_" for name, expression in expressions.items())
    return f"-- Types.\n-- $rows integer(1..9) = 1: how many\nselect\n    {columns}\nfrom range($rows)\ngroup by range"


async def serving(serve: Serve, folder: Path, expressions: dict[str, str]) -> Client:
    """A service whose answers of more than two rows are long."""
    folder.mkdir()
    (folder / "typed.sql").write_text(statistic(expressions), encoding="utf-8")
    client: Client = await serve(catalog_folder=folder, results_memory_rows=2)
    return client


@pytest.fixture
async def typed(serve: Serve, tmp_path: Path) -> Client:
    return await serving(serve, tmp_path / "sql", {name: text for name, (text, _) in EXAMPLES.items()})


async def fetch(client: Client, path: str) -> bytes:
    async with client.session.get(path) as response:
        body = await response.read()
        assert response.status == 200, (path, body)
        return body


def test_there_is_an_example_of_each_type() -> None:
    """What is added to the table of types is tested."""
    assert EXAMPLES.keys() == TYPES.keys()


@pytest.mark.parametrize("rows", [1, 3])
async def test_each_type_is_json(typed: Client, rows: int) -> None:
    """Values as JSON has them, whether short or long."""
    expected = {f"{name.replace(' ', '_')}_": value for name, (_, value) in EXAMPLES.items()}
    assert json.loads(await fetch(typed, f"/api/typed.json?rows={rows}"))["data"] == [expected] * rows


async def test_types_do_not_depend_on_length(typed: Client) -> None:
    """Parquet and Arrow have the same columns, and CSV the same cells, for a short and for a long answer."""
    short, long = [await fetch(typed, f"/api/typed.arrow?rows={rows}") for rows in (1, 3)]
    assert pa.ipc.open_stream(short).schema.equals(pa.ipc.open_stream(long).schema)
    short, long = [await fetch(typed, f"/api/typed.parquet?rows={rows}") for rows in (1, 3)]
    assert pq.read_schema(io.BytesIO(short)).equals(pq.read_schema(io.BytesIO(long)))
    short, long = [await fetch(typed, f"/api/typed.csv?rows={rows}") for rows in (1, 3)]
    assert set(short.splitlines()) == set(long.splitlines())


async def test_each_form_holds_each_type(typed: Client) -> None:
    """No type that a column may have makes a form fail."""
    for form in (form.name for form in FORMATS.values() if not form.picture):
        for rows in (1, 3):
            assert await fetch(typed, f"/api/typed.{form}?rows={rows}")


async def test_a_sum_is_a_number_to_pandas(typed: Client) -> None:
    """DuckDB's sum() of whole numbers is no object column, however long the answer."""
    for rows in (1, 3):
        frame = pd.read_parquet(io.BytesIO(await fetch(typed, f"/api/typed.parquet?rows={rows}")))
        assert frame.hugeint_.dtype == "int64"


@pytest.mark.parametrize(
    ("expression", "kind"),
    [
        ("interval 1 day", "INTERVAL"), ("[interval 1 day]", "INTERVAL"), ("'12:00+01'::timetz", "TIME WITH TIME ZONE"),
        ("'101'::bit", "BIT"), ("'1'::bignum", "BIGNUM"), ("union_value(a := 1)", "UNION(a INTEGER)"),
        ("1::variant", "VARIANT"), ("timestamp_ns '2021-12-31'", "TIMESTAMP_NS"),
        ("map {[1]: 2}", "MAP(INTEGER[], INTEGER)"),
        ("map {true: 2}", "MAP(BOOLEAN, INTEGER)"),
    ],
)  # fmt: skip
def test_other_types_are_refused_when_loaded(tmp_path: Path, dataset: Dataset, expression: str, kind: str) -> None:
    """The fault names the line, the column and the type, and says what to do."""
    (tmp_path / "typed.sql").write_text(statistic({"good": "1", "bad": expression}), encoding="utf-8")
    [fault] = load_catalog(tmp_path, dataset).faults
    assert f"typed.sql:5: the column bad_ is of type {kind}, which not every format can hold; cast it" in fault.reason


@pytest.mark.parametrize(
    ("expression", "reason"),
    [
        (
            "9223372036854775807 + 1::hugeint",
            "more than 64 bits; cast it, as in odd_::double",
        ),
        ("date 'infinity'", "odd_ has a time that is infinite"),
        ("timestamp '0044-01-01 (BC)'", "outside the years 1 to 9999"),
        ("{'a': [date 'infinity']}", "odd_ has a time that is infinite"),
    ],
)
@pytest.mark.parametrize("rows", [1, 3])
async def test_a_value_that_does_not_fit_is_an_error(
    serve: Serve, tmp_path: Path, expression: str, reason: str, rows: int
) -> None:
    """It is never cut or changed: the job says which column and what to do."""
    client = await serving(serve, tmp_path / "sql", {"odd": expression})
    reply = await client.get(f"/api/typed.csv?rows={rows}")
    assert (reply.status, reason in reply.body["reason"]) == (400, True), reply.body
