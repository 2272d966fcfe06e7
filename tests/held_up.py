"""No request may stop the others: what a server's event loop runs while a test lasts takes little CPU time."""

from __future__ import annotations

import gc
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

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
        self.lines.append(record.getMessage())


@contextmanager
def never_held_up() -> Iterator[None]:
    """Fail when a callback of the server takes too long; garbage is looked for as rarely as in its own process."""
    kept = Kept()
    log.addHandler(kept)
    try:
        with collecting_rarely(), slow_callbacks_logged(MOST):
            gc.freeze()
            yield
    finally:
        log.removeHandler(kept)
    if lines := [line for line in kept.lines if not any(name in line for name in OWN)]:
        pytest.fail("\n".join(lines))
