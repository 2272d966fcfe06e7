"""No request may stop the others: what a server's event loop runs while a test lasts takes little CPU time."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import cast

import pytest

from service.api.server import collecting_rarely
from service.runtime.slow_callbacks import log, slow_callbacks_logged

MOST = 20.0
"""Milliseconds of CPU time."""
OWN = (
    f" of {Path(__file__).parent}",
    "site-packages/_pytest",
    "site-packages/playwright",
    "pytest_asyncio",
    "ResponseHandler received",
)
"""What the test itself runs on the same loop, with its client or browser."""


class Kept(logging.Handler):
    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def emit(self, record: logging.LogRecord) -> None:
        spent, garbage, what = cast("tuple[float, float, str]", record.args)
        if spent - garbage > MOST and not any(name in what for name in OWN):
            self.lines.append(record.getMessage())


@contextmanager
def never_held_up() -> Iterator[None]:
    """Fail when a callback of the server takes too long.

    Garbage is looked for as rarely as in its own process, and does not count: here most objects are the tests'.
    """
    kept = Kept()
    log.addHandler(kept)
    try:
        with collecting_rarely(), slow_callbacks_logged(MOST):
            gc.freeze()
            yield
    finally:
        log.removeHandler(kept)
    if kept.lines:
        pytest.fail("\n".join(kept.lines))
