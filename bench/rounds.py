"""A round of a case: the servers and the plain SQL in turns, and what each of them took."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping
from contextlib import ExitStack, closing
from itertools import cycle
from pathlib import Path
from typing import Any, NamedTuple

from bench.cases import BARE, DEFAULT, RIVAL, VARIANTS, Case
from bench.clients import Load, load
from bench.plain_sql import PlainSql
from bench.questions import Question
from bench.service import Process, Usage, bare_server, rival, service

WARM_UP = 2.0
TURNS = 6


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


class Round(NamedTuple):
    """By what was measured, and the CPU milliseconds of the same SQL in plain DuckDB."""

    sql: float
    figures: dict[str, Figures]


class Bench(NamedTuple):
    """How, and over which table, a case is measured."""

    table: Path
    clients: int
    seconds: float

    def round(self, case: Case, variants: Iterable[str]) -> Round:
        """Each server in turns of a second or so, and the plain SQL: a machine may be half as fast a minute later.

        A case that begins with the start has one turn, until all was asked.
        """
        names = [*variants, BARE, *([RIVAL] if case.has_rival else [])]
        turns = 1 if case.from_start else TURNS
        seconds = self.seconds / turns
        measured: dict[str, Measured] = {}
        with ExitStack() as stack:
            sql = stack.enter_context(closing(PlainSql(self.table, case.asked()))) if case.computed else None
            for number in range(turns):
                for name in names[:: -1 if number % 2 else 1]:  # who comes first is not always the same
                    if name not in measured:
                        measured[name] = self._begin(stack, case, name, measured)
                    measured[name].turn(None if case.from_start else seconds)
                if sql:
                    sql.run(seconds)
            figures = {name: each.figures() for name, each in measured.items()}
        return Round(sql.milliseconds if sql else 0, figures)

    def _begin(self, stack: ExitStack, case: Case, name: str, others: Mapping[str, Measured]) -> Measured:
        """A server that listens, and has warmed up where it may."""
        settings, headers = VARIANTS.get(name, ({}, {}))
        begun = time.perf_counter()
        if name == BARE:
            starting = bare_server(others[DEFAULT].figures().bytes)
        elif name == RIVAL:
            starting = rival(self.table)
        else:
            starting = service(self.table, **case.settings, **settings)
        server = stack.enter_context(starting)
        how: dict[str, Any] = {"clients": self.clients, "ask": case.ask, "headers": headers}
        found = Measured(server, case.asked(), how, ready_after=time.perf_counter() - begun)
        if not case.from_start:
            load(server.port, case.asked(), **how, seconds=WARM_UP if case.computed else None)
        return found


class Measured:
    """A server, what it was asked, and what that took in all its turns."""

    def __init__(self, server: Process, asked: list[Question], how: dict[str, Any], *, ready_after: float) -> None:
        self._server, self._asked, self._how = server, asked, how
        self._ready_after, self._ready_memory = ready_after, server.peak_memory()
        self._loads: list[Load] = []
        self._used: list[Usage] = []

    def turn(self, seconds: float | None) -> None:
        """For so many seconds; without, until all was asked once."""
        before = self._server.usage()
        asked = self._asked if seconds is None else cycle(self._asked)
        self._loads.append(load(self._server.port, asked, **self._how, seconds=seconds))
        self._used.append(self._server.usage().since(before))

    def figures(self) -> Figures:
        """Of all turns so far."""
        latencies = sorted(each for turn in self._loads for each in turn.latencies)
        jobs = len(latencies)
        done = Load(
            sum(turn.seconds for turn in self._loads),
            latencies,
            sum(turn.polls for turn in self._loads),
            sum(turn.bytes for turn in self._loads),
        )
        cpu: Counter[str] = sum((each.cpu for each in self._used), Counter())
        switches: Counter[str] = sum((each.switches for each in self._used), Counter())
        return Figures(
            rate=done.rate,
            p50=done.percentile(0.5),
            p99=done.percentile(0.99),
            threads={name: seconds * 1000 / jobs for name, seconds in cpu.items()},
            voluntary=switches["voluntary"] / jobs,
            involuntary=switches["nonvoluntary"] / jobs,
            polls=done.polls / jobs,
            bytes=done.bytes // jobs,
            ready_after=self._ready_after,
            ready_memory=self._ready_memory / 1e6,
            peak_memory=self._server.peak_memory() / 1e6,
        )
