"""Work on long answers, which must not keep the threads that everything else needs."""

from __future__ import annotations

import asyncio
import gc
import threading
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.api.streams import first_piece
from service.errors import ServiceError
from service.formats.rendering_file import write
from service.threads import in_short_thread, shared

MANY = 50
"""More than asyncio has threads."""


def waiting(go_on: threading.Event) -> Iterator[bytes]:
    """Pieces that take as long as they are made to."""
    assert go_on.wait(60)
    yield b"piece"


async def test_long_answers_do_not_hold_up_what_is_short(tmp_path: Path) -> None:
    """However many are being written or sent."""
    go_on = threading.Event()
    writing = [asyncio.ensure_future(write(tmp_path, 100, waiting(go_on))) for _ in range(MANY)]
    sending = [asyncio.ensure_future(first_piece(waiting(go_on))) for _ in range(MANY)]
    await asyncio.sleep(0)
    try:
        assert await asyncio.wait_for(asyncio.to_thread(lambda: "short"), 10) == "short"
    finally:
        go_on.set()
    assert await asyncio.gather(*sending) == [b"piece"] * MANY
    assert {file.bytes for file in await asyncio.gather(*writing)} == {5}


async def test_long_answers_take_turns(tmp_path: Path) -> None:
    """A short file that is asked for behind many long ones does not wait for their ends."""
    ends = threading.Event()

    def without_end() -> Iterator[bytes]:
        while not ends.is_set():
            yield b"."

    long = [asyncio.ensure_future(write(tmp_path, 10**9, without_end())) for _ in range(5)]
    file = await asyncio.wait_for(write(tmp_path, 100, iter([b"a", b"b"])), 30)
    assert file.bytes == 2
    ends.set()
    await asyncio.gather(*long)


async def test_a_failure_that_nobody_waits_for_is_nobodys(caplog: pytest.LogCaptureFixture) -> None:
    """All who asked have gone away before the work fails: nothing says that its exception was lost."""
    fails = asyncio.Event()

    async def work() -> None:
        await fails.wait()
        raise ValueError

    making = asyncio.ensure_future(work())
    waiting = [asyncio.ensure_future(shared(making)) for _ in range(2)]
    await asyncio.sleep(0)
    for one in waiting:
        one.cancel()
    fails.set()
    await asyncio.wait([making, *waiting])
    del making
    gc.collect()
    assert [record.getMessage() for record in caplog.records if record.name == "asyncio"] == []


async def test_a_failure_keeps_nothing_that_its_thread_had() -> None:
    """Though it is kept itself, as by a job: what had been fetched is freed."""

    class Rows:
        """What takes much memory."""

    freed: list[weakref.ref[Rows]] = []

    def fetch() -> None:
        rows = Rows()
        freed.append(weakref.ref(rows))
        try:
            raise OSError
        except OSError:
            raise ServiceError("too long") from None

    with pytest.raises(ServiceError) as found:
        await in_short_thread(fetch)
    assert [each() for each in freed] == [None], found
