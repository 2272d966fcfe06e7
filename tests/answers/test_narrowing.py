"""Rows and columns picked in PostgREST's grammar, compared with DuckDB's own answer."""

from __future__ import annotations

from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from service.answers.answer import Provenance, make_answer
from service.answers.narrowing import make_narrowing, narrow
from service.answers.shapes import make_shape
from service.engine.result import Result
from service.engine.spool import Spool
from service.errors import BadRequest
from service.settings import Settings

TABLE = pa.table(
    {
        "state": ["Ohio", "Utah", "New York", 'O\'Brien, "x"', None, "ohio"],
        "value": [30.5, None, 20.0, 41.2, 30.5, -1.0],
        "year": pa.array([2019, 2020, 2021, 2019, None, 2011], pa.int32()),
        "open": [True, False, None, True, False, True],
        "day": pa.array([18000, 18500, None, 18001, 18002, 0], pa.date32()),
    }
)
SQL = {"eq": "=", "neq": "<>", "gt": ">", "gte": ">=", "lt": "<", "lte": "<="}
ANSWER = make_answer(
    "key",
    Provenance(
        statistic="rows",
        arguments={},
        unit=None,
        dataset="",
        source="",
        years=[],
        sample=True,
        sql="",
        computed_at="",
    ),
    "rows",
    make_shape("rows", TABLE.column_names),
    Result.of_table(TABLE),
)
COLUMNS = st.sampled_from(["value", "year"])


def narrowed(*, select: str | None = None, order: str | None = None, **filters: str) -> list[dict[str, Any]]:
    wanted = make_narrowing(TABLE.schema, select, order, {name: [text] for name, text in filters.items()})
    assert wanted is not None
    result = narrow(ANSWER, wanted, Spool(Settings())).result
    return [dict(zip(result.names, row, strict=True)) for row in result.rows()]


def by_duckdb(condition: str) -> list[dict[str, Any]]:
    with duckdb.connect() as connection:
        connection.register("rows", TABLE)
        found = connection.execute(f"from rows where {condition}").fetchall()
    return [dict(zip(TABLE.column_names, row, strict=True)) for row in found]


@settings(deadline=None)
@given(COLUMNS, st.sampled_from(sorted(SQL)), st.sampled_from([-1, 20, 30, 2019, 2020]), st.booleans())
def test_a_comparison_is_that_of_sql(column: str, verb: str, value: int, negated: bool) -> None:
    """Also when it is negated, and where the value is null."""
    text = f"{'not.' if negated else ''}{verb}.{value}"
    assert narrowed(**{column: text}) == by_duckdb(f"{'not' if negated else ''} ({column} {SQL[verb]} {value})")


@pytest.mark.parametrize(
    ("filters", "condition"),
    [
        ({"state": "eq.Ohio"}, "state = 'Ohio'"),
        ({"state": "ilike.OH*"}, "state ilike 'OH%'"),
        ({"state": "not.like.O*"}, "state not like 'O%'"),
        ({"state": 'in.(Utah,"O\'Brien, \\"x\\"")'}, "state in ('Utah', 'O''Brien, \"x\"')"),
        ({"state": "not.in.(Utah,Ohio)"}, "state not in ('Utah', 'Ohio')"),
        ({"not.and": "(state.in.(Ohio),year.gt.0)"}, "not (state in ('Ohio') and year > 0)"),
        ({"not.or": "(state.not.eq.Ohio,year.lt.0)"}, "not (state <> 'Ohio' or year < 0)"),
        ({"year": f"in.({','.join(map(str, range(2019, 4000)))})"}, "year >= 2019"),
        ({"value": "is.null"}, "value is null"),
        ({"value": "not.is.null"}, "value is not null"),
        ({"open": "is.true"}, "open"),
        ({"open": "not.is.true"}, "open is not true"),
        ({"day": "gte.2019-04-15"}, "day >= date '2019-04-15'"),
        ({"value": "gte.30", "year": "lt.2020"}, "value >= 30 and year < 2020"),
        ({"or": "(state.eq.Ohio,value.lt.21)"}, "state = 'Ohio' or value < 21"),
        ({"not.or": "(state.eq.Ohio,value.lt.21)"}, "not (state = 'Ohio' or value < 21)"),
        (
            {"or": "(value.gt.40,and(year.gte.2019,not.or(state.eq.Utah,open.is.true)))"},
            "value > 40 or (year >= 2019 and not (state = 'Utah' or open is true))",
        ),
        (
            {"or": '(state.eq."O\'Brien, \\"x\\"",year.in.(2011,2020))'},
            "state = 'O''Brien, \"x\"' or year in (2011, 2020)",
        ),
    ],
)  # fmt: skip
def test_conditions_are_those_of_sql(filters: dict[str, str], condition: str) -> None:
    """Each operator, lists, quotes, and groups within groups."""
    assert narrowed(**filters) == by_duckdb(condition)


@pytest.mark.parametrize(
    ("order", "clause"),
    [
        ("value", "value asc nulls last"),
        ("value.desc", "value desc nulls first"),
        ("value.desc.nullslast,state.asc", "value desc nulls last, state asc nulls last"),
        ("year.nullsfirst", "year asc nulls first"),
    ],
)
def test_the_order_is_that_of_sql(order: str, clause: str) -> None:
    """Nulls count as larger than any value, unless it is said otherwise."""
    assert narrowed(order=order) == by_duckdb(f"true order by {clause}")


def test_columns_are_picked_and_renamed() -> None:
    """In the order asked for."""
    assert narrowed(select="mean:value,state", state="eq.Ohio") == [{"mean": 30.5, "state": "Ohio"}]


@pytest.mark.parametrize(
    ("asked", "reason"),
    [
        ({"value": "eq.many"}, "cannot be compared with value, which is of type double"),
        ({"year": "eq.99999999999"}, "cannot be compared with year"),
        ({"stat": "eq.Ohio"}, "did you mean 'state'"),
        ({"state": "Ohio"}, "write OPERATOR.VALUE, as in eq.Ohio"),
        ({"state": "in.Ohio"}, "in.(Ohio,Utah)"),
        ({"state": 'in.("Ohio)'}, "close what it opens"),
        ({"state": "is.true"}, "is.true is not for state"),
        ({"value": "like.3*"}, "like is for text"),
        ({"or": "state.eq.Ohio"}, "write it as (COLUMN.OPERATOR.VALUE,…)"),
        ({"or": "(" * 30 + ")" * 30}, "cannot be read"),
        ({"or": f"({','.join(['state.ilike.*x*'] * 101)})"}, "there are 101 conditions, and 100 are allowed"),
        ({"or": f"(and({','.join(['year.in.(1,2)'] * 60)}),or({','.join(['year.gt.1'] * 60)}))"}, "120 conditions"),
        ({"select": "state,state"}, "a column twice"),
        ({"select": "state,place:state"}, "a column twice"),
        ({"select": "value::text"}, "'text' is not a column of the answer"),
        ({"order": "value.up"}, "write COLUMN.asc or COLUMN.desc"),
    ],
)
def test_what_cannot_be_read_is_refused(asked: dict[str, str], reason: str) -> None:
    """With what was wrong, and the parameter that it was wrong in."""
    with pytest.raises(BadRequest) as refused:
        narrowed(**asked)
    assert reason in refused.value.reason
    assert refused.value.fields["parameter"] in asked
