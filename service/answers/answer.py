"""An answer: what a statistic gave for some arguments, and where it comes from."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import msgspec
from msgspec import UNSET, Meta, Struct, UnsetType
from msgspec.structs import replace

from service.answers.shapes import Shape, make_shape
from service.dataset import Facts
from service.encoding import encode, iso
from service.engine.result import Result
from service.errors import NotFound


def _told(description: str) -> Meta:
    return Meta(description=description)


class Provenance(Struct, frozen=True, kw_only=True):
    """Where an answer comes from. Its fields are JSON's types, in the order in which files show them.

    An answer that an earlier version kept lacks the fields that came later, and has the file's name as its source.
    """

    source: Annotated[str, _told("the CDC's table with its address, or the sample")]
    citation: Annotated[str | None, _told("how to cite the source")] = None
    bibtex: Annotated[str | None, _told("the citation for LaTeX and for reference managers")] = None
    about: Annotated[str | None, _told("what every figure of the source is")] = None
    sample: Annotated[bool, _told("whether it is a modelled sample, not the CDC's data")]
    statistic: str
    title: str | None = None
    method: Annotated[str | None, _told("what the statistic answers, in a sentence")] = None
    arguments: Mapping[str, Any]
    unit: str | None = None
    years: Annotated[Sequence[int], _told("the survey years of this answer")]
    conclusion: Annotated[str | UnsetType, _told("the answer in a sentence, if the statistic gives one")] = UNSET
    notes: Annotated[Sequence[str], _told("what is to be known of this answer as a whole")] = ()
    methods: Annotated[Sequence[str], _told("the statistic's methods, each with its source")] = ()
    warnings: Annotated[Sequence[str], _told("what is odd in the table's rows, and what was done about it")] = ()
    wordings: Annotated[
        Sequence[Mapping[str, Any]] | None,
        _told("each wording in which a question was published that was asked for: its code, wording and years"),
    ] = None
    usual_range: Annotated[
        Sequence[float] | None,
        _told("from where to where the figures of the question lie in nearly all states and years, of all adults"),
    ] = None
    chart: str | None = None
    narrowed: Annotated[str | None, _told("the rows and columns that were picked: `select=state,value`")] = None
    computed_at: str
    file: Annotated[str | None, _told("the file that the table was loaded from")] = None
    dataset: Annotated[str, _told("the version of the table")]
    sql: Annotated[str, _told("the hash of the statistic's file")]


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
        citation=facts.citation,
        bibtex=facts.bibtex,
        about=facts.about,
        file=facts.file,
        sample=facts.sample,
        warnings=[finding.text for finding in facts.warnings],
        computed_at=iso(time.time()),
        **own,
    )


def make_answer(key: str, provenance: Provenance, returns: str, shape: Shape, result: Result) -> Answer:
    """The answer of a result; raises NotFound when it has no rows."""
    if result.length:
        provenance = replace(provenance, notes=result.notes, conclusion=result.conclusion or UNSET)
        return Answer(key=key, provenance=provenance, returns=returns, result=result, shape=shape)
    given = ", ".join(
        f"{name} = {value if isinstance(value, str) else encode(value).decode()}"
        for name, value in provenance.arguments.items()
    )
    advice = "the statistic coverage shows which question was asked where and when"
    raise NotFound(f"nothing is published for {given}; {advice}" if given else f"{provenance.statistic} gave no rows")


def restored(key: str, provenance: str, returns: str, result: Result) -> Answer:
    """An answer that was kept outside the process, its provenance as JSON."""
    shape = make_shape(returns, result.names)
    found = msgspec.json.decode(provenance, type=Provenance)
    return Answer(key=key, provenance=found, returns=returns, result=result, shape=shape)
