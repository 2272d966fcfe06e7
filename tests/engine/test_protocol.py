"""What every engine must do, whichever it is: a new one is an entry in MAKERS of conftest.py."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Callable, Iterator
from datetime import date
from threading import Thread
from typing import Any

import pytest

from service.dataset.choices import Choice
from service.engine.protocol import Comparison, Engine, Interrupted, Prepared, Session, SqlFault, Unread
from service.engine.result import Column
from service.engine.spark.engine import SparkEngine
from service.errors import BadRequest, ServiceError

ROWS = (
    "select LocationDesc as state, count(*) as n from health where YearStart >= $since group by LocationDesc order by 1"
)
ENDLESS = (
    "select sum(a.Data_Value * b.Data_Value * c.Data_Value * d.Data_Value) as total\n"
    "from health as a cross join health as b cross join health as c cross join health as d"
)


@pytest.fixture
def endless(engine: Engine, session: Session, request: pytest.FixtureRequest) -> Iterator[Prepared]:
    """ENDLESS, to be stopped by the test. Sail tells the client so, and computes on."""
    sail = request.getfixturevalue("sail") if isinstance(engine, SparkEngine) else None
    yield session.prepare("test", ENDLESS)
    if sail:
        sail.restart()


def rows(session: Session, sql: str, **arguments: Any) -> list[tuple[Any, ...]]:
    return session.run(session.prepare("test", sql), arguments).rows()


class Running(Thread):
    """A statement without an end, in a thread of its own."""

    def __init__(self, session: Session, endless: Prepared) -> None:
        super().__init__()
        self.session = session
        self.endless = endless
        self.raised: BaseException | None = None
        self.start()

    def run(self) -> None:
        try:
            self.session.run(self.endless, {})
        except BaseException as error:
            self.raised = error

    def interrupt(self) -> None:
        """Until it ends: an interrupt that comes before the statement has begun may be lost."""
        while self.is_alive():
            self.session.interrupt()
            self.join(0.02)


def test_an_engine_tells_of_its_table(engine: Engine) -> None:
    """Facts, the names of the columns, and the values of one with their codes."""
    assert engine.facts.rows > 1000
    assert {"Question", "Data_Value"} <= {*engine.columns}
    choices = engine.choices("LocationDesc", "LocationAbbr")
    assert Choice("Ohio", "OH") in choices
    assert list(choices) == sorted(choices)
    assert {choice.code for choice in engine.choices("Topic")} == {None}
    with pytest.raises(ValueError, match="has no column 'Topc'; did you mean 'Topic'"):
        engine.choices("Topc")


def test_prepared_sql_names_its_parameters(session: Session) -> None:
    """Name and text come back, with the parameters that are to be bound."""
    sql = "select $a as a, $b as b, $a as c"
    assert session.prepare("one", sql) == Prepared(name="one", sql=sql, parameters=frozenset("ab"))


@pytest.mark.parametrize(
    ("sql", "line", "reason"),
    [
        ("-- One.\nselect\n    1 as a,\n    from from health", 4, "from"),
        ("select 1;\n-- Two.\nselect 2\n", 3, "holds 2 statements"),
        ("-- Nothing.\n", 1, "holds 0 statements"),
        ("\ndrop table health", 2, "must be a SELECT"),
        ("copy (select 1) to 'x.parquet' (format parquet, use_tmp_file false)", 1, "must be a SELECT"),
        ("select 1;\ncopy health to 'x.csv'", 2, "holds 2 statements"),
    ],
)
def test_preparing_finds_faults_with_their_line(session: Session, sql: str, line: int, reason: str) -> None:
    """What is not one SELECT is refused."""
    with pytest.raises(SqlFault, match=reason) as fault:
        session.prepare("test", sql)
    assert fault.value.line == line


def test_columns_are_found_without_running(session: Session) -> None:
    """Names as the SQL spells them, and types, even of a statement that would not end."""
    assert session.columns(session.prepare("test", ENDLESS), {}) == (Column("total", "DOUBLE"),)
    columns = session.columns(session.prepare("test", ROWS), {"since": 2011})
    assert columns == (Column("state", "VARCHAR"), Column("n", "BIGINT"))


@pytest.mark.parametrize("alias", ["n", "nothing"])
def test_columns_find_faults_with_their_line(session: Session, alias: str) -> None:
    """A name that the table does not have is one, also where the SELECT gives a column of that name."""
    with pytest.raises(SqlFault, match=r'"Nothing" not found in FROM clause') as fault:
        session.columns(session.prepare("test", f"select\n    Nothing as {alias}\nfrom health"), {})
    assert fault.value.line == 2


def test_comparisons_of_parameters_are_found(session: Session) -> None:
    """Wherever they stand, on either side, with the column's function; other expressions are none."""
    sql = """with ä as (select * from health where YearStart between $since and 2020)
    select (select max(Topic) from ä where Topic in ($topics)) as topic
    from ä where $state = lower(ä.LocationDesc) and Topic in $topics
        and $since + 1 > 2 and Question = 'Ohio' and length(trim(Topic)) <> $n
    """
    assert session.comparisons(session.prepare("test", sql)) == [
        Comparison(line=1, sign="between", parameter="since", column="YearStart", function=None),
        Comparison(line=2, sign="in (…)", parameter="topics", column="Topic", function=None),
        Comparison(line=3, sign="=", parameter="state", column="LocationDesc", function="lower"),
        Comparison(line=3, sign="in", parameter="topics", column="Topic", function=None),
        Comparison(line=4, sign="<>", parameter="n", column="Topic", function="length"),
    ]


def test_names_that_are_not_read_are_found(session: Session) -> None:
    """In a text, in quotes of a name, and in a comment below the header; a name that begins alike is another."""
    prepared = session.prepare("test", """-- $e is declared\nselect 'ä', '$a', "$b", $d -- $c\n, '$elk'\nfrom health""")
    found = {name: session.unread(prepared, name, above=1) for name in "abcde"}
    assert found == {
        "a": Unread(line=2, kind="a text", text="'$a'"),
        "b": Unread(line=2, kind="a name", text='"$b"'),
        "c": Unread(line=2, kind="a comment", text="-- $c"),
        "d": None,
        "e": None,
    }


@pytest.mark.parametrize("value", ["it's", "", 3, -0.5, True, date(2021, 12, 31), None, ["a", "b"], []])
def test_arguments_are_bound(session: Session, value: object) -> None:
    """A value of each type comes out as it went in; a text is never SQL."""
    assert rows(session, "select $value as value", value=value) == [(value,)]
    assert rows(session, "select count(*) as n from health where Question = $q", q="' or true --") == [(0,)]


def test_short_and_long_results_are_the_same(session: Session) -> None:
    """A long one lies in a file; its rows and types are those that a short one would have."""
    short, long = [
        session.run(session.prepare("test", f"select Question, YearStart, Data_Value from health limit {n}"), {})
        for n in (100, 1000)
    ]
    assert (short.file, long.length, long.schema) == (None, 1000, short.schema)
    assert long.file is not None
    again = session.run(session.prepare("test", "select count(*) as n from health"), {})
    assert again.names == ["n"]


def test_values_that_cannot_be_computed_with_are_the_callers_fault(session: Session) -> None:
    """The reason names what ran, on one line."""
    with pytest.raises(BadRequest, match=r"^test cannot be computed with these arguments: .*'x'"):
        rows(session, "select cast($word as integer) as n", word="x")


def test_sql_that_fails_is_not_the_callers_fault(session: Session) -> None:
    """Nor does its reason name folders of the machine."""
    with pytest.raises(ServiceError, match=r"^test failed: .*table\.csv") as error:
        rows(session, "select * from read_csv('/some/folder/table.csv')")
    assert error.value.status == 500
    assert "folder" not in error.value.reason


def test_a_pattern_that_is_none_is_the_callers_fault(session: Session) -> None:
    """As are the errors that SQL raises by itself."""
    with pytest.raises(BadRequest, match=r"^test cannot be computed with these arguments: .*missing \)"):
        rows(session, "select regexp_matches('a', $word) as found", word="(")


def test_a_run_ends_after_its_seconds(session: Session, endless: Prepared) -> None:
    """Only that run: the next one takes its time."""
    for seconds in (0.05, 0):
        with pytest.raises(Interrupted):
            session.run(endless, {}, seconds)
    running = Running(session, endless)
    running.join(0.2)
    assert running.is_alive()
    running.interrupt()


def test_another_thread_interrupts(session: Session, endless: Prepared) -> None:
    """The run raises, and the session is as good as new."""
    running = Running(session, endless)
    running.interrupt()
    assert isinstance(running.raised, Interrupted)
    assert rows(session, "select 1 as one") == [(1,)]


def test_another_thread_sees_the_progress(session: Session, endless: Prepared, engine: Engine) -> None:
    """A number from 0 to 1 while something runs, and none else; a cluster does not tell."""
    assert session.progress() is None
    if isinstance(engine, SparkEngine):
        return
    running = Running(session, endless)
    while (progress := session.progress()) is None and running.is_alive():
        running.join(0.01)
    running.interrupt()
    assert progress is not None
    assert 0 <= progress <= 1
    assert session.progress() is None


def test_a_plan_is_explained(session: Session) -> None:
    """It is a text of several lines; what cannot be planned is an error of the protocol."""
    assert len(session.explain(session.prepare("test", ROWS), {"since": 2011}).splitlines()) > 3
    with pytest.raises(ServiceError):
        session.explain(session.prepare("test", ROWS), {})


def test_a_closed_session_leaves_its_engine(engine: Engine) -> None:
    """It may be closed again, interrupted and asked for progress; its engine forgets it."""
    session = engine.session()
    session.close()
    session.close()
    session.interrupt()
    assert session.progress() is None
    known = weakref.ref(session)
    del session
    gc.collect()
    assert known() is None


def test_an_engine_closes_its_own_sessions_only(make: Callable[[], Engine]) -> None:
    """A retired engine takes the sessions with it that are still open, and none of its successor's."""
    old, new = make(), make()
    open_one, closed_one, other = old.session(), old.session(), new.session()
    prepared = open_one.prepare("test", "select 1 as one")
    closed_one.close()
    old.close()
    assert rows(other, "select 1 as one") == [(1,)]
    with pytest.raises(ServiceError):
        open_one.run(prepared, {})
    open_one.close()
    new.close()


def test_sessions_come_and_go_in_their_threads(make: Callable[[], Engine]) -> None:
    """Each thread has its own, and the engine closes whatever is left of them."""
    engine = make()
    found: list[Any] = []

    def work(close: bool) -> None:
        session = engine.session()
        found.append(rows(session, "select count(*) as n from health"))
        if close:
            session.close()

    threads = [Thread(target=work, args=(number % 2 == 0,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    engine.close()
    assert found == [[(engine.facts.rows,)]] * 8
