"""What each thread was doing when the process crashed, written by Python's faulthandler, which then needs no Python."""

from __future__ import annotations

import faulthandler
import logging
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from service.errors import StartError

log = logging.getLogger(__name__)

NAME = "crash.log"


@contextmanager
def crashes_to(folder: Path) -> Iterator[None]:
    """For as long as the context lasts, into a file beside the log; what the last crash left is kept, and told."""
    file, before = folder / NAME, faulthandler.is_enabled()
    with suppress(OSError):
        if file.stat().st_size:
            kept = file.replace(file.with_suffix(".1.log"))
            log.error("an earlier process crashed: %s says what each of its threads was doing", kept)
    try:
        opened = file.open("w", encoding="utf-8")
    except OSError as error:
        raise StartError(f"{file}: cannot be written: {error.strerror}; correct folder in [log]") from None
    with opened:
        faulthandler.enable(opened)
        try:
            yield
        finally:
            faulthandler.disable()
            if before:
                faulthandler.enable()
