"""The service as a process of its own, for tests."""

from __future__ import annotations

import json
import os
import re
import select
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, cast

import psutil

from bench.service import WITHOUT_NUMPY
from tests.waiting import LIMIT, wait_until

ROOT = Path(__file__).parent.parent
SLOW = """\
-- Something that takes a while.
-- $millions integer(1..1000000) = 1: how long
-- returns: row
select sum(hash(range))::double as total from range($millions::bigint * 1000000)
"""
FAST = """\
-- One.
select 1 as one
"""


class Process:
    """A service of its own, started as a person would."""

    def __init__(self, folder: Path, *arguments: str, **variables: object) -> None:
        self.folder = folder
        environment = {name: value for name, value in os.environ.items() if not name.startswith(("HEALTH_", "TP_NUM"))}
        environment |= {
            "HEALTH_SERVER_PORT": "0",
            "HEALTH_SERVER_LINGER": "0.2",
            "HEALTH_LOG_FOLDER": str(folder / "log"),
            "HEALTH_JOBS_JOURNAL": str(folder / "jobs.sqlite3"),
            "HEALTH_RESULTS_FOLDER": str(folder / "results"),
            **{f"HEALTH_{name.upper()}": str(value) for name, value in variables.items()},
        }
        # With warnings as errors, also for what is left open at the end.
        command = [sys.executable, "-W", "error", "-X", "dev", *WITHOUT_NUMPY, *arguments]
        self._popen = subprocess.Popen(
            command, cwd=ROOT, env=environment, text=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        self.url = ""

    def ready(self) -> None:
        """Return when it listens, and its log says so."""
        assert self._popen.stdout
        for line in self._popen.stdout:
            found = re.search(r"ready after .* on (http://\S+)", line)
            if found:
                self.url = found[1]
                wait_until(partial(has_logged, self, line))
                return
        raise AssertionError(f"ended with {self._popen.wait()}: {self._popen.communicate()[1]}")

    def ask(self, method: str, path: str, body: object = None, **headers: str) -> tuple[int, Any]:
        """Status and body of an answer."""
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": "application/json", **headers})
        request.method = method
        try:
            with urllib.request.urlopen(request, timeout=LIMIT) as response:
                return response.status, json.load(response)
        except urllib.error.HTTPError as error:
            with error:
                return error.code, json.load(error)

    def count(self, path: str, **headers: str) -> int:
        """The bytes of an answer of any length."""
        request = urllib.request.Request(self.url + path, headers=headers)
        with urllib.request.urlopen(request, timeout=LIMIT) as response:
            return sum(map(len, iter(lambda: response.read(2**20), b"")))

    @property
    def pid(self) -> int:
        return self._popen.pid

    def compute(self, seconds: float) -> None:
        """Return when it has used so much CPU time from now on: a measure of its own progress, on any machine."""
        times = psutil.Process(self.pid).cpu_times
        enough = sum(times()[:2]) + seconds
        wait_until(lambda: sum(times()[:2]) >= enough)

    def send(self, number: signal.Signals) -> None:
        self._popen.send_signal(number)

    def is_alive(self) -> bool:
        return self._popen.poll() is None

    def ended(self) -> tuple[int, str]:
        """Exit code and standard error."""
        _, errors = self._popen.communicate(timeout=LIMIT)
        return self._popen.returncode, errors

    def log(self) -> str:
        return (self.folder / "log" / "service.log").read_text(encoding="utf-8")

    def has_complained(self) -> bool:
        """Whether there is something on its standard error."""
        assert self._popen.stderr
        return bool(select.select([self._popen.stderr], [], [], 0)[0])

    def kill(self) -> None:
        if self._popen.poll() is None:
            self._popen.kill()
            self._popen.communicate()


Start = Callable[..., Process]


def ended(service: Process, job_id: int) -> tuple[int, Any]:
    """Status and body of a job's results, once it has ended."""

    def results() -> tuple[int, Any] | None:
        reply = service.ask("GET", f"/api/results/{job_id}?wait=60")
        return None if reply[1]["status"] == "running" else reply

    return cast("tuple[int, Any]", wait_until(results))


def all_is_written(service: Process) -> bool:
    """Whether nothing that has changed waits for the disk."""
    with urllib.request.urlopen(f"{service.url}/metrics", timeout=LIMIT) as response:
        return b"\nhealth_journal_lag_seconds 0.0\n" in response.read()


def has_logged(service: Process, text: str, times: int = 1) -> bool:
    return service.log().count(text) >= times


def has_status(service: Process, job_id: int, status: str) -> bool:
    return bool(service.ask("GET", f"/api/status/{job_id}")[1]["status"] == status)


def crash(service: Process) -> None:
    service.send(signal.SIGKILL)
    service.ended()
