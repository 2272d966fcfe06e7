"""Graceful shutdown: no new jobs, those accepted are finished, results stay readable for a while, then the end."""

from __future__ import annotations

import asyncio
import logging

from service.jobs.protocol import JobStore

log = logging.getLogger(__name__)


class Shutdown:
    """Begun by a signal or a local caller; a second signal ends the process at once."""

    def __init__(self, jobs: JobStore, linger: float, *, durable: bool) -> None:
        """`linger` is for how many seconds results stay readable; `durable` says whether jobs outlive the process."""
        self._jobs = jobs
        self._linger = linger
        self._fate = "run again at the next start" if durable else "are dropped"
        self._begun = asyncio.Event()
        self._at_once = asyncio.Event()

    def begin(self, why: str) -> None:
        """Accept no new jobs from now on. Beginning twice changes nothing."""
        if not self._begun.is_set():
            log.info("shutting down (%s): no new jobs are accepted, the pending ones are finished", why)
            self._jobs.refuse_new()
            self._begun.set()

    def signal(self, name: str) -> None:
        """The first signal begins, the second one ends at once."""
        if self._begun.is_set():
            log.warning("ending at once (%s): pending jobs %s", name, self._fate)
            self._at_once.set()
        self.begin(name)

    async def completed(self) -> bool:
        """Wait until the process may end; whether every job was finished."""
        await self._begun.wait()
        graceful = asyncio.ensure_future(self._drain())
        at_once = asyncio.ensure_future(self._at_once.wait())
        try:
            await asyncio.wait([graceful, at_once], return_when=asyncio.FIRST_COMPLETED)
            return not self._at_once.is_set()
        finally:
            graceful.cancel()
            at_once.cancel()

    async def _drain(self) -> None:
        await self._jobs.drained()
        log.info("all jobs are finished; results stay readable for %g s", self._linger)
        await asyncio.sleep(self._linger)
