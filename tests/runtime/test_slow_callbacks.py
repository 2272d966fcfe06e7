"""Which callbacks of the event loop are slow: those that compute, not those that the machine keeps waiting."""

from __future__ import annotations

import asyncio
import time

import pytest

from service.runtime.slow_callbacks import slow_callbacks_logged


def compute() -> None:
    until = time.thread_time() + 0.02
    while time.thread_time() < until:
        pass


async def step() -> None:
    compute()


def wait() -> None:
    time.sleep(0.05)


async def test_what_computes_for_long_is_logged(caplog: pytest.LogCaptureFixture) -> None:
    """With what it is: a function, or a coroutine and its file."""
    with slow_callbacks_logged(10):
        for callback in (compute, wait):
            asyncio.get_running_loop().call_soon(callback)
        await asyncio.create_task(step())
    function, coroutine = [record.getMessage() for record in caplog.records]
    assert "function compute" in function
    assert f"step of {__file__}" in coroutine


async def test_nothing_is_logged_by_default(caplog: pytest.LogCaptureFixture) -> None:
    """And the event loop is left as it is."""
    with slow_callbacks_logged(0):
        await asyncio.create_task(step())
    assert not caplog.records
