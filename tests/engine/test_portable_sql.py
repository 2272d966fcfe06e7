"""What of a statistic's SQL runs on a cluster, and what is refused because it would give something else there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, closing
from pathlib import Path
from textwrap import dedent

import pytest

from service.engine.opening import KINDS, open_engine
from service.engine.protocol import Session, Unsupported
from service.engine.spark.blocks import split
from service.engine.spool import Spool
from service.settings import ROOT
from tests.conftest import settings_for
from tests.spark import Sail, on_cluster


@pytest.mark.parametrize("path", sorted((ROOT / "sql").glob("*.sql")), ids=lambda path: path.stem)
def test_every_file_is_portable(path: Path) -> None:
    """And has the cluster run something, whose arguments are among its own."""
    sql = path.read_text(encoding="utf-8")
    for block in split(sql).blocks:
        assert block.parameters <= {line.split()[1][1:] for line in sql.splitlines() if line.startswith("-- $")}
    KINDS["spark"].require_portable(sql)


def test_what_reads_the_table_is_the_clusters() -> None:
    """With what it reads itself; the rest stays as it was written, and reads the rows."""
    plan = split(
        dedent("""\
        with places as (select LocationDesc from states where type = 'state'),
        totals as (select avg(Data_Value) as mean from health where LocationDesc in (select * from places)),
        other as (select t_p(mean, 3) as p from totals)
        select p, $shown as shown from other, places
        """)
    )
    [block] = plan.blocks
    assert block.spark.startswith("with `places` as (SELECT LocationDesc FROM states")
    assert "AVG(Data_Value)" in block.spark
    assert block.parameters == frozenset()
    assert 'totals as ( select * from "rows of totals" )' in plan.rest
    assert "select t_p(mean, 3) as p from totals)" in plan.rest
    assert split("select 1 as one").blocks == ()


def test_what_nothing_reads_is_not_fetched() -> None:
    """An expression that only another one on the cluster reads is part of that one."""
    newest = "newest as (select max(YearStart) as y from health)"
    sql = f"with {newest}, a as (select h.* from health as h, newest) select * from a"
    assert [block.table for block in split(sql).blocks] == ["rows of a"]
    assert split("with unused as (select * from health) select 1 as one").blocks == ()


@pytest.mark.parametrize(
    ("sql", "line", "reason"),
    [
        (
            "select\n    regexp_replace(Topic, 'a', 'b') as x from health",
            2,
            r"REGEXP_REPLACE\(\) may give something else",
        ),
        ("select 1 as x from health\nwhere Topic in $topics", 2, r"write list_contains\(\$list, x\)"),
        ("select * from health\nasof join states using (LocationDesc)", 2, "ASOF join"),
        ("select Data_Value\n/ Sample_Size as x from health", 1, r"divide by nullif\(…, 0\)"),
        ("select Data_Value / 0 as x from health", 1, r"divide by nullif\(…, 0\)"),
        ("select Topic, count(*) as n from health\ngroup by all", 1, "name the columns"),
        ("select cast(Topic as date) as x from health", 1, "a cast of Topic to DATE may give something else"),
        ("select cast(Data_Value as bigint) as x from health", 1, "a cast of Data_Value to BIGINT"),
        ("select Data_Value::varchar as x from health", 1, "a cast of Data_Value to TEXT"),
        ("select Topic || Data_Value as x from health", 1, "may give something else"),
        ("select Topic from health where Topic like $pattern", 1, "LIKE"),
        ("select ln(Data_Value) as x from health", 1, r"LN\(\)"),
        ("select list(Data_Value) as x from health", 1, "a list leaves nulls out"),
        ("select list(YearStart order by Data_Value) as x from health", 1, r"write list\(x order by x\)"),
        ("select list(YearStart order by YearStart desc) as x from health", 1, r"write list\(x order by x\)"),
        ("select distinct on (Topic) Topic from health", 1, "`distinct on` does not run"),
        ("select Topic from health union by name select Topic from health", 1, "`union by name` does not run"),
        ("select Topic from health order by STATUS", 1, "STATUS has another order"),
        ("select Status as word from health order by word", 1, "word has another order"),
        ("select Topic, Status from health order by\n2", 2, "Status has another order"),
        ("select max(Reliability) as x from health", 1, "Reliability has another order"),
        ("select Status from health union select Status from figures order by 1", 1, "Status has another order"),
        ("select Topic from health where status > 'published'", 1, "status has another order"),
        ("select x from (select Status as x from health) order by x", 1, "x has another order"),
        ("with a as (select Status as x from health) select max(x) as y from a, health", 1, "x has another order"),
        ("select max(case when Data_Value > 1 then Status end) as x from health", 1, "Status has another order"),
        ("select * from health inner join questions using (Question)", 1, "name them"),
        ("select Data_Value / nullif(Sample_Size, 5) as x from health", 1, r"divide by nullif\(…, 0\)"),
        ("select Data_Value / 'a' as x from health", 1, r"divide by nullif\(…, 0\)"),
        (
            "select list(h.YearStart order by h.YearStart) as x "
            "from states left join health as h on states.LocationDesc = h.LocationDesc",
            1,
            "a list leaves nulls out",
        ),
        ("select count(*) as n from query('select * from health')", 1, r"query\(\) does not run"),
        ("pivot health on YearStart in (2011) using avg(Data_Value)", 1, "write a SELECT"),
        ("select x.a from (select {'a': 1} as x from health)", 1, r"STRUCT\(\) may give something else"),
        ("select Topic from health using sample 10", 1, "SAMPLE may give something else"),
        ("with a as (select 1 as x),\nhealth as (select 1 as y) select * from health", 2, "give it another name"),
        ("with recursive a as (select * from health) select * from a", 1, "a recursive WITH does not run"),
        ("with a(x) as (select Topic from health) select * from a", 1, "name them with `as` in the SELECT"),
    ],
)
def test_what_a_cluster_would_do_otherwise_is_refused(sql: str, line: int, reason: str) -> None:
    """With its line, and what to write instead."""
    with pytest.raises(Unsupported, match=reason) as fault:
        split(sql)
    assert fault.value.line == line


@pytest.mark.parametrize(
    "sql",
    [
        "with a as (select Topic from health) select regexp_replace(Topic, 'a', 'b') as x from a",
        "with a(x) as (select 1) select x from a",
        "with recursive a as (select 1 as x union all select x + 1 from a where x < 3) select * from a",
        "select 1 as x where 'a' in $topics",
        "select max('x') as note, max(5) as n from health order by 9",
    ],
)
def test_what_reads_no_table_of_the_clusters_may_be_anything(sql: str) -> None:
    """DuckDB does it."""
    split(sql)


SAME = """
select LocationDesc, list(distinct YearStart order by YearStart) as x from health group by 1 order by 1
select list(YearStart order by YearStart) filter (where YearStart > 2015) as x from health where LocationAbbr = 'OH'
select quantile_cont(Data_Value, 0.25) as x, stddev_samp(Data_Value) as y from health
select Question, 1.5 / 7.0 as x, avg(Data_Value) / nullif(count(*), 0) as y from health group by Question order by 1
select Data_Value from health order by Data_Value desc limit 5
select printf('%s %d %.1f%%', LocationDesc, YearStart, Data_Value) as x from health where Data_Value > 40 order by x
select cast(Status as varchar) as x, cast(YearStart as double) as y from health order by y, x limit 9
select YearStart, rank() over (order by YearStart desc) as x from (select distinct YearStart from health) order by x
select count(*) as n from health where Data_Value is distinct from 40 and Topic <> ''
select greatest(Data_Value, null, 40) as x, round(Data_Value / 3, 2) as y from health order by x, y limit 9
select sqrt(Data_Value) as x, exp(1) as y, abs(-Data_Value) as z from health where Data_Value > 60 order by z
select list(YearStart order by YearStart) as x, count(*) as n from health where Topic = 'none'
select printf('%s %.1f', LocationDesc, Data_Value) as x from health order by LocationDesc, YearStart, x limit 900
select printf('%.9f', 1.0 / 3.0) as x, printf('%.1f', quantile_cont(Data_Value, 0.5)) as y from health
select count(*) as n from health where list_contains(['Ohio', 'Iowa'], LocationDesc)
select Topic from health union select type from states order by 1
"""


@pytest.fixture(scope="module")
def both(small_csv: Path, tmp_path_factory: pytest.TempPathFactory, sail: Sail) -> Iterator[tuple[Session, Session]]:
    """In memory, and on a cluster."""
    memory = settings_for(tmp_path_factory.mktemp("portable"), dataset_csv=small_csv)
    with ExitStack() as stack:
        engines = [
            stack.enter_context(closing(open_engine(settings, Spool(settings))))
            for settings in (memory, on_cluster(memory, sail))
        ]
        one, two = [stack.enter_context(closing(engine.session())) for engine in engines]
        yield one, two


@pytest.mark.long
@pytest.mark.parametrize("sql", SAME.strip().splitlines())
def test_portable_sql_gives_the_same(both: tuple[Session, Session], sql: str) -> None:
    """Each kind of expression that is taken, with nulls and in order."""
    one, two = [session.run(session.prepare("test", sql), {}) for session in both]
    assert two.schema == one.schema
    assert two.rows() == [tuple(map(pytest.approx, row)) for row in one.rows()]
    assert one.rows()


@pytest.mark.long
@pytest.mark.parametrize("given", [None, [], ["Ohio"], ["Ohio", "Iowa", "it's"]])
@pytest.mark.parametrize("column", ["LocationDesc", "cast(YearStart as double)"])
def test_a_list_may_be_null_or_empty(both: tuple[Session, Session], given: list[str] | None, column: str) -> None:
    """It has the same rows then, and is of no type there."""
    sql = f"select count(*) as n from health where $list is null or list_contains($list, {column})"
    values = given if given is None or column == "LocationDesc" else [2011.0 + number for number in range(len(given))]
    one, two = [session.run(session.prepare("test", sql), {"list": values}) for session in both]
    assert two.rows() == one.rows()
