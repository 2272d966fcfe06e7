"""A job with what only this process knows about it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from service.answers.answer import Answer
from service.jobs.embedded.journal.acknowledgement import Acknowledgement
from service.jobs.job import Job


@dataclass(slots=True, eq=False, kw_only=True)
class TableJob(Job):
    answer: Answer | None = None
    request_id: str = ""
    """Of the request that it came with, for the log."""
    crashes: int = 0
    """How often the process crashed while the job was running."""
    acknowledgement: Acknowledgement | None = None
    """The journal's; None while there is nothing to wait for."""
    change: asyncio.Future[None] | None = None
    end: asyncio.Future[None] | None = None
    """Both exist only while somebody waits for them."""

    async def changed(self, seconds: float) -> None:
        """Return when the state has changed, or after so many seconds."""
        if self.change is None:
            self.change = asyncio.get_running_loop().create_future()
        await asyncio.wait([self.change], timeout=seconds)

    async def ended(self, seconds: float) -> bool:
        """Return when the job has finished, or after so many seconds; whether it has."""
        if seconds and not self.finished:
            if self.end is None:
                self.end = asyncio.get_running_loop().create_future()
            await asyncio.wait([self.end], timeout=seconds)
        return self.finished
