"""Benchmarks, as short as they can be: their exit codes tell whether every bound was kept."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.process import ROOT

SOAK = ("bench.soak", "--minutes", "2")
OVERLOAD = ("bench.overload", "--seconds", "5")
ENGINES = ("bench.engines", "--times", "1", "--count", "9")
JOBS = ("bench.jobs", "--only", "nothing cached", "--rounds", "1", "--seconds", "1")
START = ("bench.start", "--rounds", "2")


@pytest.mark.slow
@pytest.mark.long
@pytest.mark.parametrize(
    "command", [SOAK, OVERLOAD, ENGINES, JOBS, START], ids=["soak", "overload", "engines", "jobs", "start"]
)
def test_every_bound_is_kept(command: tuple[str, ...]) -> None:
    """What was found is in the message."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=ROOT, text=True, capture_output=True, check=False, timeout=600
    )
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-2000:]
