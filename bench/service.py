"""The real service as a process of its own, and what it costs."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

import psutil

ROOT = Path(__file__).parent.parent
LONGEST_START = 60


class Process(NamedTuple):
    """A server that listens; `ready_after` is the seconds from its start to its first readiness."""

    port: int
    ready_after: float
    process: psutil.Process

    def cpu(self) -> float:
        """Seconds of CPU time so far, of the process and the kernel for it."""
        times = self.process.cpu_times()
        return times.user + times.system

    def peak_memory(self) -> int:
        """The most memory that the process has held at once, in bytes."""
        status = Path(f"/proc/{self.process.pid}/status").read_text(encoding="ascii")
        found = re.search(r"VmHWM:\s+(\d+) kB", status)
        return int(found[1]) * 1024 if found else self.process.memory_info().rss


@contextmanager
def running(command: list[str], variables: dict[str, str], ready: str) -> Iterator[Process]:
    """Start a server and end it again; `ready` is what it prints when it listens, with the port as a group."""
    begun = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        own = {
            "HEALTH_LOG_FOLDER": folder,
            "HEALTH_JOBS_JOURNAL": f"{folder}/jobs.sqlite3",
            "HEALTH_RESULTS_FOLDER": f"{folder}/results",
        }
        environment = own | os.environ | variables
        # The console's lines go to a file: a pipe that nobody reads would stop the server.
        with (Path(folder) / "console").open("w+", encoding="utf-8") as console:
            popen = subprocess.Popen([sys.executable, *command], cwd=ROOT, env=environment, stdout=console)
            try:
                port = _port(popen, Path(console.name), ready)
                yield Process(port, time.perf_counter() - begun, psutil.Process(popen.pid))
            finally:
                popen.terminate()
                try:
                    popen.wait(10)
                except subprocess.TimeoutExpired:
                    popen.kill()
                    popen.wait()


def _port(popen: subprocess.Popen[bytes], console: Path, ready: str) -> int:
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until and popen.poll() is None:
        found = re.search(ready, console.read_text(encoding="utf-8"))
        if found:
            return int(found[1])
        time.sleep(0.01)
    raise SystemExit(f"the server did not start: {console.read_text(encoding='utf-8')}")


@contextmanager
def service(csv: str, **variables: object) -> Iterator[Process]:
    """The service on a free port, with settings such as `cache_bytes=0` on top."""
    given = {"server_port": 0, "server_linger": 0, "dataset_csv": csv} | variables
    environment = {f"HEALTH_{name.upper()}": str(value) for name, value in given.items()}
    with running(["run.py"], environment, r"ready after .*:(\d+)") as process:
        yield process
