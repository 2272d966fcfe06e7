"""What is measured: cases, each with variants of the service and with what stands beside it."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from contextlib import AbstractContextManager
from itertools import cycle
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

from bench.clients import Ask, Client, load
from bench.questions import MIX, Question, everything, questions
from bench.service import Process, bare_server, rival, service

MANY = 900
AGAIN = 4
"""How often each question that differs is asked from an empty cache: once computed, then known."""
WARM_UP = 0.5
UNCACHED = {"cache_bytes": 0}


class Case(NamedTuple):
    """What is asked of the service, and in which state; `computed` is the share of jobs whose answer is not known."""

    name: str
    asked: Callable[[], list[Question]]
    computed: float
    settings: Mapping[str, Any] = MappingProxyType({})
    ask: Ask = Client.ask
    has_rival: bool = True


class Figures(NamedTuple):
    """Of one job: CPU milliseconds by thread, context switches, polls; milliseconds, megabytes, bytes on the wire."""

    rate: float
    p50: float
    p99: float
    threads: dict[str, float]
    voluntary: float
    involuntary: float
    polls: float
    bytes: int
    ready_after: float
    ready_memory: float
    peak_memory: float

    @property
    def cpu(self) -> float:
        """Of all threads."""
        return sum(self.threads.values())

    @property
    def switches(self) -> float:
        """Of both kinds."""
        return self.voluntary + self.involuntary


CASES = (
    Case("nothing cached", lambda: questions(MIX, MANY), 1, UNCACHED),
    Case("state_mean, nothing cached", lambda: questions("state_mean", MANY), 1, UNCACHED),
    Case("from an empty cache", lambda: everything() * AGAIN, 1 / AGAIN),
    Case("all known", lambda: questions(MIX, MANY), 0),
    Case("all known, by GET", lambda: questions(MIX, MANY), 0, ask=Client.get, has_rival=False),
)
DEFAULT = "default"
VARIANTS: dict[str, tuple[dict[str, Any], dict[str, str]]] = {
    DEFAULT: ({}, {}),
    "journal": ({"jobs_journal": ""}, {}),
    "log": ({"log_level": "ERROR"}, {}),
    "compression": ({}, {"Accept-Encoding": "identity"}),
}
"""By what is switched off: settings of the service, headers of the clients."""


class Bench(NamedTuple):
    """How, and over which table, a case is measured."""

    table: Path
    clients: int
    seconds: float

    def round(self, case: Case, variants: Iterable[str]) -> dict[str, Figures]:
        """The figures of each variant, the bare handler and the rival: one after the other, each alone."""
        found = {}
        for variant in variants:
            settings, headers = VARIANTS[variant]
            found[variant] = self._service(case, settings, headers)
        found["bare"] = self._measure(bare_server(found[DEFAULT].bytes), case)
        if case.has_rival:
            found["rival"] = self._measure(rival(self.table), case)
        return found

    def _service(self, case: Case, settings: Mapping[str, Any], headers: dict[str, str]) -> Figures:
        starting = service(self.table, **case.settings, **settings)
        return self._measure(starting, case, headers, from_start=0 < case.computed < 1)

    def _measure(
        self,
        starting: AbstractContextManager[Process],
        case: Case,
        headers: dict[str, str] | None = None,
        *,
        from_start: bool = False,
    ) -> Figures:
        """A server under load: from its start on until all was asked, or, once it has warmed up, for a while."""
        asked, begun = case.asked(), time.perf_counter()
        how: dict[str, Any] = {"clients": self.clients, "ask": case.ask, "headers": headers}
        with starting as server:
            ready_after, ready_memory = time.perf_counter() - begun, server.peak_memory() / 1e6
            if not from_start:
                load(server.port, asked, **how, seconds=WARM_UP if case.computed else None)
            before = server.usage()
            if from_start:
                done = load(server.port, asked, **how)
            else:
                done = load(server.port, cycle(asked), **how, seconds=self.seconds)
            used = server.usage().since(before)
            return Figures(
                rate=done.rate,
                p50=done.percentile(0.5),
                p99=done.percentile(0.99),
                threads={name: seconds * 1000 / done.jobs for name, seconds in used.cpu.items()},
                voluntary=used.switches["voluntary"] / done.jobs,
                involuntary=used.switches["nonvoluntary"] / done.jobs,
                polls=done.polls / done.jobs,
                bytes=done.bytes // done.jobs,
                ready_after=ready_after,
                ready_memory=ready_memory,
                peak_memory=server.peak_memory() / 1e6,
            )
