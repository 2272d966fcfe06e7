"""What every replica's notifications tell this one: who waits for a job is woken, and listeners get events."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from typing import Any

import msgspec

from service.errors import Unavailable
from service.jobs.events import Events, Listener
from service.jobs.job import State
from service.jobs.postgresql.database import Database
from service.jobs.postgresql.stored_job import COLUMNS, StoredJob, job_of

log = logging.getLogger(__name__)

BY_ID = f"select {COLUMNS} from health.jobs where id = any($1::bigint[])"


class Notification(msgspec.Struct):
    """A notification: jobs with the state that each has come to."""

    jobs: Sequence[tuple[int, State]]


class Notifications:
    """For the event loop. `queued` is called when there may be a job to claim, `cancelled` with one that must stop."""

    def __init__(self, database: Database, queued: Callable[[], None], cancelled: Callable[[int], None]) -> None:
        self._database = database
        self._queued = queued
        self._cancelled = cancelled
        self._events = Events()
        self._following = 0
        self._waiting: dict[int, set[asyncio.Future[None]]] = defaultdict(set)
        self._undelivered: asyncio.Queue[Notification] = asyncio.Queue()
        self._sending = asyncio.ensure_future(self._send_events())

    def receive(self, *given: Any) -> None:
        """What asyncpg calls with the connection, the server's process, the channel and the payload."""
        notification = msgspec.json.decode(given[-1], type=Notification)
        for job, state in notification.jobs:
            if state is State.CANCELLED:
                self._cancelled(job)
        if any(state is State.QUEUED for _, state in notification.jobs):
            self._queued()
        if self._following:
            self._undelivered.put_nowait(notification)
        else:
            self._events.forget()
            self._wake([job for job, _ in notification.jobs])

    def _wake(self, jobs: Iterable[int]) -> None:
        for waiting in [each for job in jobs for each in self._waiting.pop(job, ())]:
            if not waiting.done():
                waiting.set_result(None)

    def missed(self) -> None:
        """Notifications were lost with their connection: who waits looks again, and listeners list the jobs anew."""
        self._wake(list(self._waiting))
        self._events.reset()

    async def _send_events(self) -> None:
        while True:
            notification = await self._undelivered.get()
            try:
                for job in await self._jobs(notification):
                    self._events.changed(job)
            except Unavailable:
                self._events.reset()
            except Exception:  # those who wait must be woken in any case
                log.exception("events of jobs cannot be sent")
                self._events.reset()
            self._wake([job for job, _ in notification.jobs])

    async def _jobs(self, notification: Notification) -> list[StoredJob]:
        rows = await self._database.rows(BY_ID, [job for job, _ in notification.jobs])
        found = {row["id"]: job_of(row) for row in rows}
        return [found[job].as_it_was(state) for job, state in notification.jobs if job in found]

    @contextmanager
    def change_of(self, job: int) -> Iterator[asyncio.Future[None]]:
        """A future that is done once a notification names the job."""
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._waiting[job].add(future)
        try:
            yield future
        finally:
            self._waiting[job].discard(future)
            if not self._waiting[job]:
                del self._waiting[job]

    @asynccontextmanager
    async def listen(
        self, job: StoredJob | None, after: str | None, now: Callable[[], Awaitable[StoredJob]]
    ) -> AsyncIterator[Listener]:
        """Follow all jobs, or one, which `now` finds as it is: it may have ended while this began."""
        self._following += 1
        try:
            async with self._events.listen(job, after) as listener:
                if job is not None and not job.finished and (again := await now()).finished:
                    listener.put(self._events.event(again))
                yield listener
        finally:
            self._following -= 1

    def close(self) -> None:
        """End every listener."""
        self._events.close()
        self._sending.cancel()
