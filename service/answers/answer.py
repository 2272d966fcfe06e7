"""An answer: what a statistic gave for some arguments, where it comes from, and its forms as bytes."""

from __future__ import annotations

import hashlib
import json
import time
from asyncio import Future
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

import msgspec

from service.answers.shapes import Shape, make_shape
from service.dataset import Facts
from service.encoding import encode
from service.engine.result import Result
from service.errors import NotFound
from service.statistics.statistic import Statistic

MOST_BYTES = 16_000_000
"""Of an answer and its forms."""
LONGEST_HEADER = 4000
"""Characters: many clients take no longer lines than 8,000."""


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
    computed_at: str
    title: str | None = None
    method: str | None = None
    """What the statistic answers, in a sentence."""
    chart: str | None = None

    def describe(self) -> dict[str, Any]:
        """For JSON."""
        return self._asdict()


class Rendering(NamedTuple):
    """A form as bytes, and what to say of it over HTTP."""

    body: bytes
    etag: str
    coding: str = "identity"
    alt: str | None = None
    """Of a picture: what it shows, in words."""


@dataclass(slots=True, eq=False, weakref_slot=True)
class Answer:
    """A result with its provenance and, by format and options, the forms that were asked for so far."""

    key: str
    provenance: Provenance
    returns: str
    result: Result
    shape: Shape
    renderings: dict[Any, Rendering] = field(default_factory=dict)
    making: dict[Any, Future[Rendering]] = field(default_factory=dict)
    """The forms that are being made."""
    saved: int | None = None
    """Its number in the journal."""
    headers: Mapping[str, str] = field(init=False)
    """The provenance as HTTP's headers, which are ASCII."""

    def __post_init__(self) -> None:
        """Made once: they are sent with every form."""
        self.headers = _headers(self.provenance)

    @property
    def bytes(self) -> int:
        """What it takes of the memory; threads may add forms meanwhile."""
        return self.result.memory_bytes + sum(len(rendering.body) for rendering in list(self.renderings.values()))

    def has_room(self, size: int) -> bool:
        """Whether so many bytes more may be kept of its forms: one answer must not drive all others out."""
        return self.bytes + size <= MOST_BYTES


def _headers(said: Provenance) -> dict[str, str]:
    arguments = ascii_json(said.arguments)
    if len(arguments) > LONGEST_HEADER:
        arguments = (
            f"{len(arguments)} characters, too many for a header; the forms that have a place for them hold them"
        )
    values = {
        "Statistic": said.statistic,
        "Arguments": arguments,
        "Dataset": said.dataset,
        "Source": said.source.encode("ascii", "backslashreplace").decode(),
        "Years": f"{said.years[0]}-{said.years[-1]}",
        "Sample": str(said.sample).lower(),
        "Sql": said.sql,
        "Computed-At": said.computed_at,
    }
    return {f"Provenance-{name}": value for name, value in values.items()}


def ascii_json(value: Any) -> str:
    """JSON on one line in ASCII."""
    return json.dumps(msgspec.to_builtins(value), separators=(",", ":"))


def key_of(statistic: Statistic, arguments: Mapping[str, Any], facts: Facts) -> str:
    """The same for the same SQL, arguments and dataset, and for nothing else."""
    text = encode([statistic.name, statistic.hash, facts.version, arguments])
    return hashlib.blake2b(text, digest_size=16).hexdigest()


def make_answer(key: str, statistic: Statistic, arguments: Mapping[str, Any], facts: Facts, result: Result) -> Answer:
    """The answer of a result; raises NotFound when it has no rows."""
    if not result.length:
        given = ", ".join(
            f"{name} = {value if isinstance(value, str) else encode(value).decode()}"
            for name, value in arguments.items()
        )
        mend = "ask for what there is: the statistic coverage tells which question was asked where and when"
        raise NotFound(f"no data for {given}; {mend}" if given else f"no data for {statistic.name}")
    said = Provenance(
        statistic.name,
        arguments,
        statistic.unit,
        facts.version,
        facts.source,
        facts.years,
        facts.sample,
        statistic.hash,
        iso(time.time()),
        statistic.title,
        statistic.summary,
        statistic.chart,
    )
    return Answer(key, said, statistic.returns, result, statistic.shape)


def restored(key: str, provenance: Mapping[str, Any], returns: str, result: Result) -> Answer:
    """An answer that was kept outside the process."""
    return Answer(key, Provenance(**provenance), returns, result, make_shape(returns, result.names))


def iso(seconds: float) -> str:
    """A time in UTC, ISO 8601, with milliseconds and a Z."""
    return datetime.fromtimestamp(seconds, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
