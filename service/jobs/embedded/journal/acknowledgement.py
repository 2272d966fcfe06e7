"""What a request waits for before its job is acknowledged: that the journal has it on disk."""

from __future__ import annotations

import asyncio

from service.errors import Unavailable


class Acknowledgement:
    """Shared by everything in one batch."""

    def __init__(self) -> None:
        self._settled = asyncio.Event()
        self._fault: str | None = None

    def settle(self, fault: str | None = None) -> None:
        """Release the waiters: the batch is on disk, or `fault` is the reason why it is not."""
        self._fault = fault
        self._settled.set()

    async def settled(self) -> None:
        """Return when it is on disk; raises Unavailable when it could not be written."""
        await self._settled.wait()
        if self._fault is not None:
            raise refusal(self._fault)


def refusal(fault: str) -> Unavailable:
    """What clients get while the journal cannot be written."""
    return Unavailable(f"the journal cannot be written ({fault}), so no new jobs are accepted", retry_after=5)
