"""The functions for statistics: the figures of scipy, wherever and with whatever names they are called."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import special, stats

from service.dataset import Dataset
from service.dataset.export import write_duckdb
from service.engine.functions import FUNCTIONS
from service.engine.macros import macros
from service.engine.protocol import Session
from service.errors import ServiceError
from service.settings import Settings
from tests.conftest import engine_on, load_catalog

Grid = np.ndarray[tuple[int, ...], np.dtype[np.float64]]

DF = np.array([*range(1, 201), 500, 999, 1000], dtype=float)
STATISTIC = """\
-- The functions on the table's own columns, and on a parameter.
-- $df integer(1..) = 10: degrees of freedom
with placed as (
    select
        LocationAbbr as state,
        avg(Data_Value) as p,
        avg(Standard_Error) as z
    from health
    group by LocationAbbr
)

select
    state,
    normal_p(z) as "two sided",
    t_quantile(p / 100, $df) as t,
    chi2_p(p, $df) as df,
    logit_low(p, z) as low
from placed
order by state
"""


@pytest.fixture(scope="module")
def session(dataset: Dataset) -> Iterator[Session]:
    session = engine_on(dataset).session()
    yield session
    session.close()


def rows(session: Session, sql: str, **arguments: Any) -> list[tuple[Any, ...]]:
    return list(session.run(session.prepare("functions", sql), arguments).rows())


def on_grid(session: Session, call: str, one: Grid, other: Grid) -> Grid:
    """The figures of a call with `a` and `b` at each pair of two lists, in scipy's order of `one[:, None], other`."""
    sql = f"""
        select {call} as figure
        from (select unnest($one::double[]) as a, generate_subscripts($one, 1) as i)
        cross join (select unnest($other::double[]) as b, generate_subscripts($other, 1) as j)
        order by i, j
    """
    found = rows(session, sql, one=one.tolist(), other=other.tolist())
    return np.array([figure for (figure,) in found], dtype=float).reshape(len(one), len(other))


def only(session: Session, expression: str, **arguments: Any) -> Any:
    [(figure,)] = rows(session, f"select {expression} as figure", **arguments)
    return figure


def test_normal_p(session: Session) -> None:
    """Two-sided, with 12 correct digits however small."""
    z = np.concatenate([np.linspace(-9, 9, 1201), np.linspace(9, 37, 100), [0.0, 1e-9]])
    found = on_grid(session, "normal_p(a)", z, np.zeros(1))[:, 0]
    np.testing.assert_allclose(found, 2 * stats.norm.sf(abs(z)), rtol=1e-12, atol=0)


def test_normal_quantile(session: Session) -> None:
    """To double precision, also far out."""
    p = np.concatenate([np.linspace(0.0005, 0.9995, 1999), 10.0 ** -np.arange(4, 300, 5)])
    found = on_grid(session, "normal_quantile(a)", p, np.zeros(1))[:, 0]
    np.testing.assert_allclose(found, stats.norm.ppf(p), rtol=1e-13, atol=1e-13)


def test_t_p(session: Session) -> None:
    """Two-sided, for 1 to 1000 degrees of freedom; 8 correct digits however small."""
    t = np.concatenate([np.linspace(-12, 12, 121), [5 - 1e-9, 5, 5 + 1e-9, 40, 1e3, 1e9]])
    found = on_grid(session, "t_p(a, b)", t, DF)
    expected = 2 * stats.t.sf(abs(t[:, None]), DF)
    np.testing.assert_allclose(found, expected, rtol=0, atol=1e-13)
    np.testing.assert_allclose(found, expected, rtol=1e-8, atol=1e-290)


def test_t_quantile(session: Session) -> None:
    """To 1e-7 of itself from 1e-6 to its complement, and to 1e-9 from 0.0005 to 0.9995."""
    p = np.concatenate([np.linspace(0.0005, 0.9995, 400), [0.5, 0.5 + 1e-5]])
    found = on_grid(session, "t_quantile(a, b)", p, DF)
    np.testing.assert_allclose(found, stats.t.ppf(p[:, None], DF), rtol=1e-9, atol=1e-11)
    p = np.array([1e-6, 1e-5, 1e-4, 1 - 1e-4, 1 - 1e-6])
    np.testing.assert_allclose(on_grid(session, "t_quantile(a, b)", p, DF), stats.t.ppf(p[:, None], DF), rtol=1e-7)


def test_t_quantile_near_the_middle(session: Session) -> None:
    """There it is the distance from 0.5 by the density at 0."""
    p = 0.5 + np.array([-1e-4, 1e-9, 1e-14]) * 1e-4
    expected = (p[:, None] - 0.5) / stats.t.pdf(0, DF)
    np.testing.assert_allclose(on_grid(session, "t_quantile(a, b)", p, DF), expected, rtol=1e-7, atol=1e-15)


def test_chi2_p(session: Session) -> None:
    """The upper tail, for 1 to 1000 degrees of freedom; 11 correct digits unless it is near nothing."""
    x = np.concatenate([np.linspace(0, 300, 151), [-1, 1e-9, 1000, 1400, 1e9]])
    expected = stats.chi2.sf(x[:, None], DF)
    np.testing.assert_allclose(on_grid(session, "chi2_p(a, b)", x, DF), expected, rtol=1e-11, atol=1e-290)


def test_logit_limits(session: Session) -> None:
    """They lie as far from the value on the logit scale as 1.959964 standard errors there."""
    v, se = np.linspace(0.5, 99.5, 50), np.array([0, 0.1, 1, 8])
    width = 1.959964 * se * 100 / (v * (100 - v))[:, None]
    for call, side in (("logit_low(a, b)", -1), ("logit_high(a, b)", 1)):
        expected = 100 * special.expit(special.logit(v / 100)[:, None] + side * width)
        np.testing.assert_allclose(on_grid(session, call, v, se), expected, rtol=1e-12)


@pytest.mark.real
def test_logit_limits_are_the_published_ones(session: Session, real_csv: Path) -> None:
    """From a value and the standard error that its limits give come these limits, as far as all are rounded."""
    table = pd.read_csv(real_csv, usecols=["Data_Value", "Low_Confidence_Limit", "High_Confidence_Limit "]).dropna()
    v, low, high = table[(table > 0).all(axis=1) & (table < 100).all(axis=1)].to_numpy()[::40].T
    se = v * (100 - v) / 100 * (special.logit(high / 100) - special.logit(low / 100)) / 3.919928
    sql = "select logit_low(v, se) as low, logit_high(v, se) as high from (select unnest($v) as v, unnest($se) as se)"
    found = np.array(rows(session, sql, v=v.tolist(), se=se.tolist())).T
    assert len(v) > 1900
    assert np.quantile(abs(found - [low, high]), 0.99) < 0.1


@pytest.mark.parametrize(
    "call",
    [
        "normal_p(null)",
        "normal_p('nan'::double)",
        "normal_p('-inf'::double)",
        "normal_quantile(null)",
        "normal_quantile(0)",
        "normal_quantile(1)",
        "normal_quantile(1.5)",
        "normal_quantile('nan'::double)",
        "t_p(null, 3)",
        "t_p(1, null)",
        "t_p(1, 0)",
        "t_p(1, -2)",
        "t_p('nan'::double, 3)",
        "t_p('inf'::double, 3)",
        "t_quantile(null, 3)",
        "t_quantile(0.9, null)",
        "t_quantile(0, 3)",
        "t_quantile(1, 3)",
        "t_quantile(0.9, 0)",
        "t_quantile('nan'::double, 3)",
        "chi2_p(null, 3)",
        "chi2_p(3, null)",
        "chi2_p(3, 0)",
        "chi2_p('nan'::double, 3)",
        "logit_low(null, 1)",
        "logit_low(30, null)",
        "logit_low(0, 1)",
        "logit_high(100, 1)",
        "logit_high(30, -1)",
        "logit_high(30, 'nan'::double)",
    ],
)
def test_what_is_not_defined_is_null(session: Session, call: str) -> None:
    """Null for null, for what is not finite, and where there is no figure."""
    assert only(session, call) is None


@pytest.mark.parametrize(
    ("call", "reason"),
    [
        ("t_p(1, 2.5)", "t_p: the degrees of freedom must be a whole number of at most 1000, not 2.5"),
        ("t_p(9, 1001)", "not 1001"),
        ("t_quantile(0.9, 2.5)", "t_quantile: the degrees of freedom must be"),
        ("t_quantile(1e-10, 3)", "t_quantile: p must be over 1e-9 and under 1 - 1e-9, not 1e-10"),
        ("chi2_p(1, 'nan'::double)", "chi2_p: the degrees of freedom must be"),
    ],
)
def test_what_is_not_computed_is_an_error(session: Session, call: str, reason: str) -> None:
    """It says what the function takes."""
    with pytest.raises(ServiceError, match=reason):
        only(session, call)


@pytest.mark.parametrize("column", ["z", "p", "x", "t", "df", "v", "se", "it", "y", "k", "f", "c", "e", "w", "r", "i"])
def test_columns_may_have_any_name(session: Session, column: str) -> None:
    """A column or a table that is called as a parameter or a variable of the functions is taken for itself."""
    others = ", ".join(f"7 as {name}" for name in ("p0", "t0", "df0", "x0", "v0", "se0", "tail"))
    table = f"(select 0.3e0 as {column}, {others}) as {column}"
    [with_column] = rows(session, f"select {_calls(column)} from {table}")
    [with_constant] = rows(session, f"select {_calls('0.3e0')}")
    assert with_column == with_constant


def _calls(x: str) -> str:
    calls = [f"{name}({x})" for name in ("normal_p", "normal_quantile")]
    calls += [f"{name}({x}, {df})" for name in ("t_p", "t_quantile", "chi2_p") for df in (4, 5, f"{x} * 10")]
    calls += [f"{name}({x}, {x})" for name in ("logit_low", "logit_high")]
    return ", ".join(f"{call} as figure{i}" for i, call in enumerate(calls))


def test_within_aggregates_windows_and_each_other(session: Session) -> None:
    """An argument is any expression, and so is what a call stands in."""
    sql = """
        select
            max(normal_p(z)) over (order by z) as within_a_window,
            normal_p(sum(z) over (order by z)) as around_one,
            normal_p(normal_quantile(normal_p(z))) as nested,
            list_transform([z], lambda y: normal_p(y))[1] as in_a_lambda,
            (select t_p(sum(x.z), count(*)) from (values (z), (1.0)) as x (z)) as around_aggregates
        from (values (0.5), (1.5)) as t (z)
        order by z
    """
    z = np.array([0.5, 1.5])

    def p(of: Any) -> Any:
        return 2 * stats.norm.sf(np.abs(of))

    expected = [
        np.maximum.accumulate(p(z)),
        p(np.cumsum(z)),
        p(stats.norm.ppf(p(z))),
        p(z),
        2 * stats.t.sf(z + 1, 2),
    ]
    np.testing.assert_allclose(np.array(rows(session, sql)), np.array(expected).T, rtol=1e-12)


def test_an_argument_is_computed_once(session: Session) -> None:
    """Calls within calls take as long as their sum: a text that grew with each would not be prepared in minutes."""
    call = "a"
    for name in ["normal_p", "normal_quantile"] * 5:
        call = f"{name}({call})"
    found = on_grid(session, call, np.linspace(0.5, 1, 2048), np.zeros(1))
    assert np.isfinite(found).all()


def test_the_shell_has_them(settings: Settings, dataset: Dataset, session: Session, tmp_path: Path) -> None:
    """A statistic that calls them gives the same in a file of the table, as its macro and pasted."""
    (tmp_path / "tested.sql").write_text(STATISTIC, encoding="utf-8")
    catalog = load_catalog(tmp_path, dataset)
    assert catalog.faults == ()
    file = tmp_path / "health.duckdb"
    write_duckdb(settings, file, macros(catalog.statistics.values()))
    command = [str(Path(sys.executable).with_name("duckdb")), "-readonly", "-json", str(file)]
    expected = [list(row) for row in rows(session, catalog.statistics["tested"].sql, df=7)]
    for sql in ("from tested(df := 7)", STATISTIC.replace("$df", "7")):
        done = subprocess.run([*command, "-c", sql], text=True, capture_output=True, check=True)
        found = [list(row.values()) for row in json.loads(done.stdout)]
        assert [row[0] for row in found] == [row[0] for row in expected]
        figures, same = (np.array([row[1:] for row in table], dtype=float) for table in (found, expected))
        np.testing.assert_allclose(figures, same, rtol=1e-9)


@pytest.mark.parametrize(
    ("call", "expected"),
    [
        ("t_p(x, df)", lambda x, df: 2 * stats.t.sf(x, df)),
        ("t_quantile(1 - 1 / (1 + x * x), df)", lambda x, df: stats.t.ppf(1 - 1 / (1 + x * x), df)),
        ("chi2_p(x, df)", stats.chi2.sf),
    ],
)
def test_the_shell_tells_rows_apart(call: str, expected: Callable[[Grid, Grid], Grid]) -> None:
    """Its DuckDB is an older one; rows of different degrees of freedom have sums of different length."""
    df = np.array([1, 8, 2, 9, 3, 40, 4, 7] * 40, dtype=float)
    x = np.linspace(0.5, 12, len(df))
    values = ", ".join(f"({one}, {other})" for one, other in zip(x, df, strict=True))
    sql = f"{'; '.join(FUNCTIONS.values())}; select {call} as figure from (values {values}) as v (x, df)"
    command = [str(Path(sys.executable).with_name("duckdb")), "-json", "-c", sql]
    done = subprocess.run(command, text=True, capture_output=True, check=True)
    found = np.array([row["figure"] for row in json.loads(done.stdout)], dtype=float)
    np.testing.assert_allclose(found, expected(x, df), rtol=1e-8)


def test_their_names_are_theirs(session: Session) -> None:
    """DuckDB has no function of its own that they would hide."""
    names = list(FUNCTIONS)
    sql = """
        select function_name as name
        from duckdb_functions()
        where list_contains($names, function_name) and not internal and function_type = 'macro'
        order by name
    """
    assert [name for (name,) in rows(session, sql, names=names)] == sorted(names)
    own = sql.replace("not internal and function_type = 'macro'", "internal")
    assert rows(session, own, names=names) == []


def test_extremes(session: Session) -> None:
    """In words, with the better end where it is known; what has no standard error is not distinguishable from any."""
    of_three = "extremes(['A', 'C', 'B'], [40, 10, 39.9], [0.1, 0.1, {error}], {better}, 'places')"
    assert only(session, of_three.format(error="0.1::double", better="'higher'")) == (
        "A (40.0%) is highest (best) of the places; B (39.9%) is not distinguishable from it; C (10.0%) is lowest "
        "(worst), distinguishable from all others"
    )
    assert only(session, of_three.format(error="null", better="null")) == (
        "A (40.0%) is highest of the places; B (39.9%) is not distinguishable from it; C (10.0%) is lowest; B (39.9%) "
        "is not distinguishable from it"
    )
    assert only(session, "extremes(['A'], [40], [0.1], 'higher', 'places')") is None
    assert only(session, "extremes(['A', 'B'], [40, 10], [0.1::double, null], 'higher', 'places')") is None
