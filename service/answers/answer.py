"""An answer: what a statistic gave for some arguments, and where it comes from."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from service.answers.shapes import Shape, make_shape
from service.dataset import Facts
from service.encoding import encode, iso
from service.engine.result import Result
from service.errors import NotFound


class Provenance(NamedTuple):
    """Where an answer comes from; its fields are JSON's types."""

    statistic: str
    arguments: Mapping[str, Any]
    unit: str | None
    dataset: str
    source: str
    years: list[int]
    sample: bool
    sql: str
    """The hash of the statistic's file."""
    computed_at: str
    title: str | None = None
    method: str | None = None
    """What the statistic answers, in a sentence."""
    chart: str | None = None
    narrowed: str | None = None
    """The rows and columns that were picked of the answer: `select=state,value, value=gte.30`."""
    warnings: Sequence[str] = ()
    """What is odd in the rows of the dataset, and what was done about it."""
    wordings: Sequence[Mapping[str, Any]] | None = None
    """Each wording in which a question that was asked for was published: its `code`, `wording` and `years`."""
    notes: Sequence[str] = ()
    """What the statistic says of this answer as a whole, such as how many places were left out."""
    methods: Sequence[str] = ()
    """The methods that the statistic uses, each with its source."""


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Answer:
    """A result with its provenance; `shape` makes its JSON form, which `returns` declares."""

    key: str
    provenance: Provenance
    returns: str
    result: Result
    shape: Shape

    @property
    def is_there(self) -> bool:
        """Whether its rows, if they are on the disk, are still there."""
        return self.result.is_there


def make_provenance(facts: Facts, **own: Any) -> Provenance:
    """The provenance of what is computed now on a dataset; `own` are the fields that its facts do not hold."""
    return Provenance(
        dataset=facts.version,
        source=facts.source,
        years=facts.years,
        sample=facts.sample,
        warnings=[finding.text for finding in facts.warnings],
        computed_at=iso(time.time()),
        **own,
    )


def make_answer(key: str, provenance: Provenance, returns: str, shape: Shape, result: Result) -> Answer:
    """The answer of a result; raises NotFound when it has no rows."""
    if result.length:
        provenance = provenance._replace(notes=list(result.notes))
        return Answer(key=key, provenance=provenance, returns=returns, result=result, shape=shape)
    given = ", ".join(
        f"{name} = {value if isinstance(value, str) else encode(value).decode()}"
        for name, value in provenance.arguments.items()
    )
    advice = "the statistic coverage shows which question was asked where and when"
    raise NotFound(f"no data for {given}; {advice}" if given else f"no data for {provenance.statistic}")


def restored(key: str, provenance: Mapping[str, Any], returns: str, result: Result) -> Answer:
    """An answer that was kept outside the process."""
    shape = make_shape(returns, result.names)
    return Answer(key=key, provenance=Provenance(**provenance), returns=returns, result=result, shape=shape)
