"""Memory that was freed goes back to the system, or to whoever needs it next, rather than wait in pools."""

from __future__ import annotations

import ctypes
from contextlib import suppress

import pyarrow as pa

M_ARENA_MAX = -8
"""Of glibc's <malloc.h>."""
ARENAS = 2


def share_memory() -> None:
    """For all threads: by default Arrow has its own pool, and glibc eight for each core. A soak took 200 MB more so.

    DuckDB has an allocator of its own, and Python's objects are small: both are as fast as before.
    """
    pa.set_memory_pool(pa.system_memory_pool())
    with suppress(OSError, TypeError, AttributeError):  # another system's library
        ctypes.CDLL(None).mallopt(M_ARENA_MAX, ARENAS)
