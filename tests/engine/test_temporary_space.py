"""What has no room in the memory: in files of a bounded folder, which is made anew when it has gone."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing
from pathlib import Path

import pytest

from service import dataset as datasets
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.duckdb_session import DuckDBSession
from service.engine.spool import Spool
from service.errors import Unavailable
from tests.conftest import settings_for

pytestmark = pytest.mark.long

SORTED = """
select count(*) as rows
from (select hash(range)::varchar || repeat('x', 100) as text from range(1500000) order by text)
"""
HELD = "select len(list(range)) as rows from range(30000000)"

OpenSession = Callable[..., DuckDBSession]


@pytest.fixture
def open_session(tmp_path: Path, small_csv: Path) -> Iterator[OpenSession]:
    """A function that opens a session with little memory, and settings of one's own."""
    with ExitStack() as stack:

        def opened(**variables: object) -> DuckDBSession:
            settings = settings_for(tmp_path, dataset_csv=small_csv, duckdb_memory_limit="90MB", **variables)
            engine = stack.enter_context(closing(DuckDBEngine(datasets.load(settings), Spool(settings))))
            return stack.enter_context(closing(engine.session()))

        yield opened


def test_it_is_bounded_by_a_setting(open_session: OpenSession) -> None:
    """Too little of it is not said to be a lack of memory, nor is a lack of memory one of the disk."""
    session = open_session(duckdb_temp_limit="1MB")
    with pytest.raises(
        Unavailable, match=r"sort needs more temporary disk space than there is, or than \[duckdb\] temp"
    ):
        session.run(session.prepare("sort", SORTED), {})
    session = open_session()
    with pytest.raises(Unavailable, match=r"held needs more memory than \[duckdb\] memory_limit allows"):
        session.run(session.prepare("held", HELD), {})


def test_its_folder_is_made_anew(open_session: OpenSession, tmp_path: Path) -> None:
    """Whoever removes it, and the folders above it, costs no query its answer."""
    session = open_session()
    for _ in range(2):
        assert session.run(session.prepare("sort", SORTED), {}).rows() == [(1500000,)]
        assert (tmp_path / "var" / "tmp" / "duckdb").is_dir()
        shutil.rmtree(tmp_path / "var")
        assert session.run(session.prepare("one", "select 1 as one"), {}).rows() == [(1,)]


def test_a_folder_that_cannot_be_made_is_a_reason(open_session: OpenSession, tmp_path: Path) -> None:
    """Which is about the disk, and without the server's path; what needs no such space goes on."""
    session = open_session()
    (tmp_path / "var").mkdir(exist_ok=True)
    shutil.rmtree(tmp_path / "var")
    (tmp_path / "var").write_text("a file", encoding="ascii")
    with pytest.raises(Unavailable, match="sort needs temporary disk space, and has none: ") as refused:
        session.run(session.prepare("sort", SORTED), {})
    assert str(tmp_path) not in refused.value.reason
    assert session.run(session.prepare("one", "select 1 as one"), {}).rows() == [(1,)]
