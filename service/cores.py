"""How many CPU cores the process may use: in a container, or bound to some cores, fewer than the machine has."""

from __future__ import annotations

import math
import os
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

ROOT = Path("/")


def usable(root: Path = ROOT) -> int:
    """Cores by affinity and by the limits of the process's control groups, rounded up; `root` has `proc` and `sys`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, math.ceil(min([cores, *_limits(root)])))


def _limits(root: Path) -> Iterator[float]:
    """The limit of each group that the process is in, and of those around it, in cores.

    See cgroups(7). In a container the path in /proc may be the host's, and the container's own group is the topmost.
    """
    with suppress(OSError):
        for line in (root / "proc/self/cgroup").read_text(encoding="utf-8").splitlines():
            _, controllers, path = line.split(":", 2)
            if not controllers or "cpu" in controllers.split(","):
                group = Path(path.lstrip("/"))
                for folder in (group, *group.parents):
                    yield from _limit(root / "sys/fs/cgroup" / ("cpu" if controllers else "") / folder)


def _limit(group: Path) -> Iterator[float]:
    """The group's limit, if it has one: in version 2 as `QUOTA PERIOD` or `max PERIOD`, in version 1 in two files."""
    with suppress(OSError, ValueError):
        quota, period = (group / "cpu.max").read_text(encoding="ascii").split()
        yield int(quota) / int(period)
    with suppress(OSError):
        quota, period = ((group / f"cpu.cfs_{name}_us").read_text(encoding="ascii") for name in ("quota", "period"))
        if int(quota) > 0:
            yield int(quota) / int(period)
