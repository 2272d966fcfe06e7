"""What was found, for people: a column for each case, a row for each figure."""

from __future__ import annotations

from collections.abc import Iterator
from statistics import median
from typing import NamedTuple

from rich.table import Table

from bench.cases import BARE, DEFAULT, RIVAL, VARIANTS, Case
from bench.rounds import Round

LEAST = 0.01
"""Milliseconds of a job below which a thread is not shown."""


class Found(NamedTuple):
    """The rounds of a case."""

    case: Case
    times: int
    rounds: list[Round]

    @property
    def name(self) -> str:
        """The column's heading."""
        return self.case.name if self.times == 1 else f"{self.case.name}, {self.times} times the rows"

    def of(self, figure: str, measured: str = DEFAULT) -> float:
        """The median of the rounds."""
        return float(median(getattr(each.figures[measured], figure) for each in self.rounds))

    def thread(self, name: str) -> float:
        """The CPU milliseconds of a job in one kind of thread."""
        return median(each.figures[DEFAULT].threads.get(name, 0) for each in self.rounds)

    def of_it_for(self, variant: str) -> float:
        """The CPU milliseconds of a job that are saved with something switched off: the median of the rounds."""
        return median(each.figures[DEFAULT].cpu - each.figures[variant].cpu for each in self.rounds)

    @property
    def sql(self) -> float:
        """The SQL of what has to be computed: the median of the rounds."""
        return median(each.sql for each in self.rounds) * self.case.computed

    @property
    def ratio(self) -> float:
        """The CPU time of a job by that of its parts, of the same round."""
        return median(
            each.figures[DEFAULT].cpu / (each.sql * self.case.computed + each.figures[BARE].cpu) for each in self.rounds
        )

    @property
    def share(self) -> float:
        """Jobs per second by those of the bare handler."""
        return self.of("rate") / self.of("rate", BARE)

    def rows(self) -> Iterator[tuple[str, str]]:
        """Headings, and what is shown."""
        yield "jobs/s", f"{self.of('rate'):.0f}"
        yield "p50, p99 in ms", f"{self.of('p50'):.1f}, {self.of('p99'):.1f}"
        yield "polls", f"{self.of('polls'):.2f}"
        yield "context switches", f"{self.of('voluntary'):.1f} + {self.of('involuntary'):.1f}"
        yield "CPU/job in ms", f"{self.of('cpu'):.2f}"
        threads = [each.figures[DEFAULT].threads for each in self.rounds]
        names = {name for each in threads for name, ms in each.items() if ms >= LEAST}
        for name in sorted(names, key=self.thread, reverse=True):
            yield f"  by {name}", f"{self.thread(name):.2f}"
        for variant in [name for name in VARIANTS if name in self.rounds[0].figures and name != DEFAULT]:
            yield f"  less without {variant}", f"{self.of_it_for(variant):.2f}"
        yield "SQL alone, ms", f"{self.sql:.2f}"
        yield "bare requests, ms", f"{self.of('cpu', 'bare'):.2f}"
        yield "ratio", f"{self.ratio:.2f}"
        yield "bare handler, jobs/s", f"{self.of('rate', 'bare'):.0f}"
        yield "share", f"{self.share:.2f}"
        if self.case.has_rival:
            yield "Flask, jobs/s", f"{self.of('rate', RIVAL):.0f}"
            yield "Flask, CPU/job in ms", f"{self.of('cpu', RIVAL):.2f}"
        yield "ready after s", f"{self.of('ready_after'):.1f}"
        yield "MB at most: ready", f"{self.of('ready_memory'):.0f}"
        yield "MB at most: after", f"{self.of('peak_memory'):.0f}"


def table(found: list[Found], title: str) -> Table:
    """All of it."""
    columns = [dict(each.rows()) for each in found]
    shown = Table(title=title)
    shown.add_column("")
    for each in found:
        shown.add_column(each.name, justify="right", overflow="fold")
    for heading in dict.fromkeys(heading for column in columns for heading in column):
        shown.add_row(heading, *(column.get(heading, "") for column in columns))
    return shown
