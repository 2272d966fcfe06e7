"""A job of the embedded table, and who waits for it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from service.jobs.embedded.journal.acknowledgement import Acknowledgement
from service.jobs.runner.local_job import LocalJob


@dataclass(slots=True, eq=False, kw_only=True)
class TableJob(LocalJob):
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
