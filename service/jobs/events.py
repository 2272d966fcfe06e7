"""What happened to jobs, as numbered events that listeners follow live and may resume."""

from __future__ import annotations

import asyncio
import re
import secrets
from collections import deque
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import cached_property

from service.encoding import encode, size_of
from service.jobs.job import Job

KEPT = 10_000
"""Events that a listener can still get when it reconnects,"""
KEPT_BYTES = 16_000_000
"""and most bytes of the arguments in them."""
WAITING = 2_000
"""Events that a listener may be behind; a slower one is dropped, and may reconnect."""
RESET = "reset"
"""The kind of event after which a listener has to list the jobs again: what happened since is no longer known."""


@dataclass(frozen=True, eq=False)
class Event:
    """A job as it was at its change; without a job it is a reset."""

    boot: str
    number: int
    job: Job | None = None

    @property
    def id(self) -> str:
        """Distinguishes ids from those of an earlier process."""
        return f"{self.boot}-{self.number}"

    @property
    def kind(self) -> str:
        return "job" if self.job else RESET

    @cached_property
    def data(self) -> str:
        """The job at that time, as JSON, which is made once for all who listen."""
        return encode(self.job.describe() if self.job else {}).decode()


class Listener:
    """Gets events one by one: first those that it missed, then those that come; `dropped` when it was too slow."""

    def __init__(self, job_id: int | None, past: Sequence[Event], *, live: bool) -> None:
        self.past = past
        self.live = live
        """Whether anything can still happen."""
        self.dropped = False
        self._job_id = job_id
        self._queue: asyncio.Queue[Event | None] = asyncio.Queue(WAITING)

    def put(self, event: Event | None) -> None:
        """An event, or None at the end; never waits."""
        if event and self._job_id and (event.job is None or event.job.id != self._job_id):
            return
        try:
            self._queue.put_nowait(event)
        except asyncio.QueueFull:
            self.dropped = True

    async def __aiter__(self) -> AsyncIterator[Event]:
        """The events, until the one job that is followed has ended, the service ends or the listener is dropped."""
        for past in self.past:
            yield past
        while self.live and not self.dropped and (event := await self._queue.get()):
            yield event
            self.live = not (self._job_id and event.job and event.job.finished)


class Events:
    def __init__(self) -> None:
        self._boot = secrets.token_hex(3)
        self._kept: deque[Event] = deque()
        self._bytes = 0
        self._listeners: set[Listener] = set()
        self._number = 0
        self._closed = False

    def changed(self, job: Job) -> None:
        """The job is new, or its state is."""
        self._number += 1
        event = Event(self._boot, self._number, _snapshot(job))
        self._kept.append(event)
        self._bytes += size_of(job.arguments)
        while len(self._kept) > KEPT or self._bytes > KEPT_BYTES:
            if oldest := self._kept.popleft().job:
                self._bytes -= size_of(oldest.arguments)
        for listener in self._listeners:
            listener.put(event)

    def _missed(self, after: str) -> list[Event] | None:
        """The events after an id; None when they are no longer known."""
        number = re.fullmatch(f"{self._boot}-([0-9]{{1,15}})", after)
        behind = self._number - int(number[1]) if number else -1
        if not 0 <= behind <= len(self._kept):
            return None
        return list(self._kept)[len(self._kept) - behind :]

    def _past(self, job: Job | None, after: str | None) -> list[Event]:
        """What a new listener gets first: what it missed, else what its job is now."""
        now = [self.event(job)] if job else []
        if not after:
            return now
        missed = self._missed(after)
        if missed is None:
            return [Event(self._boot, self._number), *now]
        return [event for event in missed if job is None or (event.job and event.job.id == job.id)]

    @asynccontextmanager
    async def listen(self, job: Job | None = None, after: str | None = None) -> AsyncIterator[Listener]:
        """Follow all jobs, or one, for as long as the context lasts."""
        live = not (job and job.finished)
        listener = Listener(job.id if job else None, self._past(job, after), live=live)
        self._listeners.add(listener)
        if self._closed:
            listener.put(None)
        try:
            yield listener
        finally:
            self._listeners.discard(listener)

    def event(self, job: Job) -> Event:
        """The job as it is now, for a listener that may have missed it."""
        return Event(self._boot, self._number, _snapshot(job))

    def forget(self) -> None:
        """Something has happened that is not known here: whoever resumes from before gets a reset."""
        self._boot = secrets.token_hex(3)
        self._kept.clear()
        self._bytes = 0

    def reset(self) -> None:
        """The same, and also whoever listens now has to list the jobs again."""
        self.forget()
        for listener in self._listeners:
            listener.put(Event(self._boot, self._number))

    def close(self) -> None:
        """End every listener."""
        self._closed = True
        for listener in self._listeners:
            listener.put(None)


def _snapshot(job: Job) -> Job:
    """The job as it is now, without its answer and its rows."""
    return Job(
        id=job.id,
        statistic=job.statistic,
        arguments=job.arguments,
        key=job.key,
        submitted_at=job.submitted_at,
        state=job.state,
        started_at=job.started_at,
        finished_at=job.finished_at,
        error=job.error,
    )
