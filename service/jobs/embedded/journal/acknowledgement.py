"""What one waits for before a job is acknowledged: that the journal has it on disk."""

from __future__ import annotations

import asyncio

from service.errors import Unavailable


class Acknowledgement:
    """Shared by all that is written at once."""

    def __init__(self) -> None:
        self._settled = False
        self._fault: str | None = None
        self._waiting: list[asyncio.Future[None]] = []

    def settle(self, fault: str | None = None) -> None:
        """It is on disk, or the reason why it is not."""
        self._settled, self._fault = True, fault
        for waiting in self._waiting:
            if not waiting.done():
                waiting.set_result(None)
        self._waiting.clear()

    async def settled(self) -> None:
        """Return when it is on disk; raises Unavailable when it could not be written."""
        if not self._settled:
            # One for each who waits: a client that goes away cancels its own alone.
            waiting = asyncio.get_running_loop().create_future()
            self._waiting.append(waiting)
            await waiting
        if self._fault is not None:
            raise refusal(self._fault)


def refusal(fault: str) -> Unavailable:
    """What clients get while the journal cannot be written."""
    return Unavailable(f"the journal cannot be written ({fault}), so no new jobs are taken", retry_after=5)
