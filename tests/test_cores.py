"""The cores that the process may use: by its affinity, and by the limits of its control groups."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from service import cores

AFFINITY = cores.usable(Path("/no/such/folder"))


def machine(folder: Path, **files: str) -> Path:
    """A folder with the files of /proc and /sys that tell limits, named as in `sys__fs__cgroup__cpu.max`."""
    for name, text in files.items():
        path = folder / name.replace("__", "/")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="ascii")
    return folder


@pytest.mark.skipif(not shutil.which("taskset"), reason="taskset binds a process to cores")
def test_a_process_that_is_bound_to_one_core_has_one() -> None:
    """However many the machine has."""
    command = [sys.executable, "-c", "from service.settings import Settings; print(Settings().worker_threads)"]
    core = str(min(os.sched_getaffinity(0)))
    done = subprocess.run(["taskset", "-c", core, *command], capture_output=True, text=True, check=True)
    assert done.stdout == "1\n"


@pytest.mark.skipif(AFFINITY < 2, reason="one core cannot be limited further")
@pytest.mark.parametrize(
    "files",
    [
        {"proc__self__cgroup": "0::/\n", "sys__fs__cgroup__cpu.max": "50000 100000\n"},
        {"proc__self__cgroup": "0::/pod/one\n", "sys__fs__cgroup__pod__cpu.max": "100000 100000\n"},
        {"proc__self__cgroup": "0::/host/path\n", "sys__fs__cgroup__cpu.max": "10000 100000\n"},
        {
            "proc__self__cgroup": "4:memory:/x\n3:cpu,cpuacct:/x\n0::/\n",
            "sys__fs__cgroup__cpu__x__cpu.cfs_quota_us": "75000\n",
            "sys__fs__cgroup__cpu__x__cpu.cfs_period_us": "100000\n",
        },
    ],
    ids=["version 2", "a group around it", "a container that sees the host's path", "version 1"],
)
def test_a_group_limits_the_cores(tmp_path: Path, files: dict[str, str]) -> None:
    """A limit of a core or less leaves one."""
    assert cores.usable(machine(tmp_path, **files)) == 1


@pytest.mark.skipif(AFFINITY < 2, reason="one core cannot be limited further")
def test_a_part_of_a_core_counts_as_one(tmp_path: Path) -> None:
    """A limit of a core and a half is rounded up."""
    files = {"proc__self__cgroup": "0::/\n", "sys__fs__cgroup__cpu.max": "150000 100000\n"}
    assert cores.usable(machine(tmp_path, **files)) == 2


@pytest.mark.parametrize(
    "files",
    [
        {},
        {"proc__self__cgroup": "0::/\n", "sys__fs__cgroup__cpu.max": "max 100000\n"},
        {
            "proc__self__cgroup": "1:cpu:/\n",
            "sys__fs__cgroup__cpu__cpu.cfs_quota_us": "-1\n",
            "sys__fs__cgroup__cpu__cpu.cfs_period_us": "100000\n",
        },
        {"proc__self__cgroup": "0::/\n", "sys__fs__cgroup__cpu.max": "99900000 100000\n"},
    ],
    ids=["no groups", "version 2 without a limit", "version 1 without a limit", "a limit above the machine's cores"],
)
def test_without_a_limit_the_affinity_counts(tmp_path: Path, files: dict[str, str]) -> None:
    """And a limit never adds cores."""
    assert cores.usable(machine(tmp_path, **files)) == AFFINITY
