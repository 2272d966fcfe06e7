"""Runs a script whose threads have their names in /proc too, as Python gives them itself from 3.14 on."""

from __future__ import annotations

import runpy
import sys
import threading
from pathlib import Path

_run = threading.Thread.run


def _run_named(thread: threading.Thread) -> None:
    Path("/proc/thread-self/comm").write_text(thread.name[:15], encoding="utf-8")
    _run(thread)


if __name__ == "__main__":
    threading.Thread.run = _run_named  # type: ignore[assignment, method-assign]
    sys.argv = sys.argv[1:]
    runpy.run_path(sys.argv[0], run_name="__main__")
