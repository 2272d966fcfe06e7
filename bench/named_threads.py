"""Runs a script whose threads have their names in /proc too, as Python gives them itself from 3.14 on."""

from __future__ import annotations

import runpy
import sys
import threading
from contextlib import suppress
from pathlib import Path

_start = threading.Thread.start


def _start_named(thread: threading.Thread) -> None:
    _start(thread)
    with suppress(FileNotFoundError):  # it has already ended
        Path(f"/proc/self/task/{thread.native_id}/comm").write_text(thread.name[:15], encoding="utf-8")


if __name__ == "__main__":
    threading.Thread.start = _start_named  # type: ignore[assignment, method-assign]
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
