"""Many callers' items in one statement: those that come while it runs go together into the next."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import Generic, TypeVar

from service.errors import Unavailable

Item = TypeVar("Item")
Done = TypeVar("Done")

MOST = 200
"""Items of a statement."""


class Batches(Generic[Item, Done]):
    """`do` is given items, and returns what each came to. Where it fails each is done alone, with its own error."""

    def __init__(self, do: Callable[[Sequence[Item]], Awaitable[Sequence[Done]]]) -> None:
        self._do = do
        self._waiting: list[tuple[Item, asyncio.Future[Done]]] = []
        self._doing: asyncio.Task[None] | None = None

    async def add(self, item: Item) -> Done:
        """Return when it is done. It is done also when its caller goes away."""
        future: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._waiting.append((item, future))
        if self._doing is None:
            self._doing = asyncio.ensure_future(self._do_all())
        return await future

    async def _do_all(self) -> None:
        while self._waiting:
            await asyncio.sleep(0)  # whoever asks in this turn of the loop is still to come
            batch, self._waiting = self._waiting[:MOST], self._waiting[MOST:]
            await self._do_batch(batch)
        self._doing = None

    async def _do_batch(self, batch: Sequence[tuple[Item, asyncio.Future[Done]]]) -> None:
        try:
            done = await self._do([item for item, _ in batch])
        except Exception as error:
            if len(batch) > 1 and not isinstance(error, Unavailable):
                for each in batch:  # one that cannot be done must not spoil the others
                    await self._do_batch([each])
                return
            for _, future in batch:
                if not future.done():
                    future.set_exception(error)
                    future.exception()  # its caller may have gone
        else:
            for (_, future), result in zip(batch, done, strict=True):
                if not future.done():
                    future.set_result(result)

    async def settled(self) -> None:
        """Return when nothing is being done."""
        while self._doing is not None:
            await asyncio.wait([self._doing])
