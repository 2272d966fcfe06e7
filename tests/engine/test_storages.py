"""Every file of sql/ gives on every engine what it gives in memory, though no text is of an ENUM type there."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from service.engine.protocol import Session
from service.engine.result import Result
from service.runtime.editions import Edition
from service.runtime.lifespan import opened_edition
from service.settings import ROOT, Settings
from service.statistics.parameters import parse_arguments
from tests.conftest import settings_for
from tests.exported import exported_once, served
from tests.spark import on_cluster, with_long_cluster

NAMES = sorted(path.stem for path in (ROOT / "sql").glob("*.sql"))


class Stored(NamedTuple):
    """A storage of the table, with a session on it."""

    edition: Edition
    session: Session

    def answer(self, name: str, number: int) -> Result:
        """Of the example of this number."""
        statistic = self.edition.catalog.statistics[name]
        arguments = parse_arguments(statistic.parameters, statistic.examples[number])
        return self.session.run(self.session.prepare(name, statistic.sql), arguments)


Both = tuple[Stored, Stored]
"""In memory, and elsewhere."""
ELSEWHERE: dict[str, Callable[[Settings, pytest.FixtureRequest], Settings]] = {
    "parquet": lambda memory, _: served(memory.root, exported_once(memory)),
    "sail": lambda memory, request: on_cluster(memory, request.getfixturevalue("sail")),
}


def both_of(csv: Path, folder: Path, request: pytest.FixtureRequest) -> Iterator[Both]:
    memory = settings_for(folder, dataset_csv=csv)
    other = ELSEWHERE[request.param](memory, request)
    with (
        opened_edition(memory) as one,
        opened_edition(other) as two,
        closing(one.engine.session()) as first,
        closing(two.engine.session()) as second,
    ):
        yield Stored(one, first), Stored(two, second)


@pytest.fixture(scope="module", params=with_long_cluster(ELSEWHERE))
def both(small_csv: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Both]:
    yield from both_of(small_csv, tmp_path_factory.mktemp("storages"), request)


@pytest.fixture(scope="module", params=with_long_cluster(ELSEWHERE))
def real(real_csv: Path, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest) -> Iterator[Both]:
    yield from both_of(real_csv, tmp_path_factory.mktemp("real_storages"), request)


def require_equal(memory: Stored, other: Stored, name: str) -> None:
    for number in range(len(memory.edition.catalog.statistics[name].examples)):
        one, two = memory.answer(name, number), other.answer(name, number)
        assert (two.schema, two.notes, two.conclusion) == (one.schema, one.notes, one.conclusion)
        assert [list(row) for row in two.rows()] == [list(map(nearly, row)) for row in one.rows()]


def nearly(value: Any) -> Any:
    """Sums of the same numbers in another order differ in their last digits."""
    return pytest.approx(value, rel=1e-9, abs=1e-12) if isinstance(value, float) else value


@pytest.mark.parametrize("name", NAMES)
def test_every_example_has_the_same_answer(both: Both, name: str) -> None:
    """Columns, types, rows in their order, notes and conclusion."""
    require_equal(*both, name)


@pytest.mark.long
@pytest.mark.parametrize("name", NAMES)
def test_every_example_has_the_same_answer_on_the_cdcs_table(real: Both, name: str) -> None:
    """It has what the sample lacks: rows without a stratum, and state-years that were not surveyed."""
    require_equal(*real, name)


def test_facts_and_choices_are_the_same(both: Both) -> None:
    """But for the version and the file's name; also choices that the manifest does not have."""
    memory, other = (stored.edition.engine for stored in both)
    assert memory.facts._replace(version="", file="") == other.facts._replace(version="", file="")
    assert memory.columns == other.columns
    for column, code in [("Question", "QuestionID"), *((column, None) for column in memory.columns)]:
        assert other.choices(column, code) == memory.choices(column, code)


@pytest.mark.parametrize("table", ["health", "figures"])
@pytest.mark.parametrize("column", ["Status", "Reliability", "LocationType"])
def test_words_have_the_same_order(both: Both, table: str, column: str) -> None:
    """That of their meaning: what is not surveyed comes after what is published, though not in the alphabet."""
    sql = f"with words as (select distinct {column} as word from {table}) select word from words order by word"
    one, two = (stored.session.run(stored.session.prepare("test", sql), {}).rows() for stored in both)
    assert one == two
    assert len(one) > 1
