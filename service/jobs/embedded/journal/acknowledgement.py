"""What one waits for before a job is acknowledged: that the journal has it on disk."""

from __future__ import annotations

import asyncio

from service.errors import Unavailable


class Acknowledgement:
    """Shared by all that is written at once."""

    def __init__(self) -> None:
        self._settled = asyncio.Event()
        self._fault: str | None = None

    def settle(self, fault: str | None = None) -> None:
        """It is on disk, or the reason why it is not."""
        self._fault = fault
        self._settled.set()

    async def settled(self) -> None:
        """Return when it is on disk; raises Unavailable when it could not be written."""
        await self._settled.wait()
        if self._fault is not None:
            raise refusal(self._fault)


def refusal(fault: str) -> Unavailable:
    """What clients get while the journal cannot be written."""
    return Unavailable(f"the journal cannot be written ({fault}), so no new jobs are taken", retry_after=5)
