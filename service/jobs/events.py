"""What happened to jobs, as numbered events that listeners follow live and may resume."""

from __future__ import annotations

import asyncio
import secrets
from collections import deque
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, NamedTuple

from service.answers.answer import iso
from service.encoding import encode
from service.jobs.job import Job, State

KEPT = 10_000
"""Events that a listener who comes back can still get."""
WAITING = 2_000
"""Events that a listener may be behind; a slower one is dropped, and may come back."""


class Event(NamedTuple):
    """A job's change, `state` being what it is since then."""

    number: int
    job_id: int
    state: State
    statistic: str
    arguments: Mapping[str, Any]
    submitted_at: float
    started_at: float | None
    finished_at: float | None
    reason: str | None

    def describe(self) -> str:
        """The job at that time, as JSON."""
        times = {"submitted_at": self.submitted_at, "started_at": self.started_at, "finished_at": self.finished_at}
        body = {
            "job_id": self.job_id,
            "status": self.state,
            "statistic": self.statistic,
            "arguments": self.arguments,
            **{name: iso(time) for name, time in times.items() if time is not None},
            **({"reason": self.reason} if self.reason else {}),
        }
        return encode(body).decode()


class Listener:
    """Gets events one by one; `dropped` when it was too slow."""

    def __init__(self, job_id: int | None) -> None:
        self.job_id = job_id
        self.dropped = False
        self.queue: asyncio.Queue[Event | None] = asyncio.Queue(WAITING)

    def put(self, event: Event | None) -> None:
        """An event, or None at the end; never waits."""
        if event is not None and self.job_id not in {None, event.job_id}:
            return
        try:
            self.queue.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped = True

    async def __aiter__(self) -> AsyncIterator[Event]:
        """The events, until the service ends or the listener is dropped."""
        while not self.dropped and (event := await self.queue.get()) is not None:
            yield event


class Events:
    """A watcher of the job table. An event's id is `BOOT-NUMBER`, so that ids of an earlier process are told apart."""

    def __init__(self) -> None:
        self._boot = secrets.token_hex(3)
        self._kept: deque[Event] = deque(maxlen=KEPT)
        self._listeners: set[Listener] = set()
        self._number = 0
        self._closed = False

    def changed(self, job: Job) -> None:
        """The job is new, or its state is."""
        self._number += 1
        event = self.snapshot(job)
        self._kept.append(event)
        for listener in self._listeners:
            listener.put(event)

    def snapshot(self, job: Job) -> Event:
        """What the job is now, after the newest event."""
        return Event(
            self._number,
            job.id,
            job.state,
            job.statistic,
            job.arguments,
            job.submitted_at,
            job.started_at,
            job.finished_at,
            job.error.reason if job.error else None,
        )

    def forgotten(self, job: Job) -> None:
        """A job that goes is no change of it."""

    def id_of(self, event: Event) -> str:
        """What a listener names to resume after this event."""
        return f"{self._boot}-{event.number}"

    @property
    def newest(self) -> str:
        """The id of the newest event."""
        return f"{self._boot}-{self._number}"

    def missed(self, last_id: str) -> list[Event] | None:
        """The events after an id; None when they are not known any more."""
        boot, _, text = last_id.partition("-")
        if boot != self._boot or not text.isdecimal() or not 0 <= int(text) <= self._number:
            return None
        first = self._kept[0].number if self._kept else self._number + 1
        if int(text) < first - 1:
            return None
        return [event for event in self._kept if event.number > int(text)]

    @asynccontextmanager
    async def listen(self, job_id: int | None = None) -> AsyncIterator[Listener]:
        """Follow all jobs, or one, for as long as the context lasts."""
        listener = Listener(job_id)
        self._listeners.add(listener)
        if self._closed:
            listener.put(None)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def close(self) -> None:
        """Tell every listener that no more events come."""
        self._closed = True
        for listener in self._listeners:
            listener.put(None)
