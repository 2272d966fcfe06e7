"""The servers that are measured, each a process of its own, and what they cost by thread."""

from __future__ import annotations

import os
import re
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, suppress
from http import HTTPStatus
from pathlib import Path
from typing import NamedTuple

import psutil

from service.cores import usable

ROOT = Path(__file__).parent.parent
LONGEST_START = 600
NAMED = ("-m", "bench.named_threads", "run.py")
WITHOUT_NUMPY = ("-c", "import runpy, sys; sys.modules['numpy'] = None; runpy.run_path('run.py', run_name='__main__')")
"""run.py as it is where requirements.txt alone is installed. Tests and benchmarks need numpy and pandas, and pyarrow
imports them wherever they are, which takes 20 MB and half a second."""
SWITCHES = re.compile(r"^(voluntary|nonvoluntary)_ctxt_switches:\s+(\d+)", re.MULTILINE)


class Usage(NamedTuple):
    """Seconds of CPU time by kind of thread, and context switches, since the start."""

    cpu: Counter[str]
    switches: Counter[str]

    def since(self, before: Usage) -> Usage:
        """What was added."""
        return Usage(self.cpu - before.cpu, self.switches - before.switches)


class Process(NamedTuple):
    """A server that listens, and its processes."""

    port: int
    process: psutil.Process

    def usage(self) -> Usage:
        """So far, of all threads there are, from Linux's own books in /proc."""
        cpu, switches = Counter[str](), Counter[str]()
        for process in self._processes():
            for thread in Path(f"/proc/{process.pid}/task").iterdir():
                with suppress(FileNotFoundError):  # it has just ended
                    nanoseconds = int((thread / "schedstat").read_text(encoding="ascii").split()[0])
                    name = (thread / "comm").read_text(encoding="utf-8").strip()
                    unnamed = "event loop" if int(thread.name) == process.pid else "libraries"
                    kind = unnamed if name == process.name() else re.sub(r"_\d+$", "", name)
                    cpu[kind] += nanoseconds / 1e9  # type: ignore[assignment] # a Counter's values may be of any kind
                    found = SWITCHES.findall((thread / "status").read_text(encoding="utf-8"))
                    switches.update({kind: int(count) for kind, count in found})
        return Usage(cpu, switches)

    def peak_memory(self) -> int:
        """The most bytes that the processes have held (VmHWM)."""
        texts = (Path(f"/proc/{process.pid}/status").read_text(encoding="utf-8") for process in self._processes())
        return sum(int(kilobytes) for text in texts for kilobytes in re.findall(r"VmHWM:\s+(\d+)", text)) * 1024

    def _processes(self) -> list[psutil.Process]:
        return [self.process, *self.process.children(recursive=True)]


@contextmanager
def running(command: list[str], port: int, variables: dict[str, str]) -> Iterator[Process]:
    """Start a server that is to listen on a port, and end it again."""
    with tempfile.TemporaryDirectory() as folder:
        own = {
            "HEALTH_LOG_FOLDER": folder,
            "HEALTH_JOBS_JOURNAL": f"{folder}/jobs.sqlite3",
            "HEALTH_RESULTS_FOLDER": f"{folder}/results",
            "RIVAL_RESULTS": folder,
        }
        # The console's lines go to a file: a pipe that nobody reads would stop the server.
        with (Path(folder) / "console").open("w+", encoding="utf-8") as console:
            popen = subprocess.Popen(
                [sys.executable, *command],
                cwd=ROOT,
                env=os.environ | own | variables,
                stdout=console,
                stderr=subprocess.STDOUT,
            )
            try:
                if not _is_ready(popen, port):
                    raise SystemExit(f"the server did not start: {Path(console.name).read_text(encoding='utf-8')}")
                yield Process(port, psutil.Process(popen.pid))
            finally:
                popen.terminate()
                try:
                    popen.wait(10)
                except subprocess.TimeoutExpired:
                    popen.kill()
                    popen.wait()


def _is_ready(popen: subprocess.Popen[bytes], port: int) -> bool:
    """Whether it is in time; a server without /readyz is as soon as it answers."""
    until = time.monotonic() + LONGEST_START
    while time.monotonic() < until and popen.poll() is None:
        try:
            urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=LONGEST_START).close()
            return True
        except urllib.error.HTTPError as error:
            if error.code == HTTPStatus.NOT_FOUND:
                return True
        except OSError:
            pass  # it does not listen yet
        time.sleep(0.01)
    return False


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        return int(taken.getsockname()[1])


def service(
    table: Path | str, command: Sequence[str] = NAMED, /, **settings: object
) -> AbstractContextManager[Process]:
    """The service, with default settings but those given, such as `cache_bytes=0`; "" is the table that it finds."""
    port = _free_port()
    given = {"server_port": port, "server_linger": 0, "dataset_source": table, "dataset_value_types": "warn"} | settings
    variables = {f"HEALTH_{name.upper()}": str(value) for name, value in given.items()}
    return running([*command], port, variables)


def rival(table: Path) -> AbstractContextManager[Process]:
    """Flask and pandas, as a process for each core."""
    port = _free_port()
    options = f"-m gunicorn --bind 127.0.0.1:{port} --workers {usable()} --worker-class gthread --threads 8"
    command = [*options.split(), "--preload", "--no-control-socket", "bench.rival:app"]
    return running(command, port, {"RIVAL_TABLE": str(table)})


def bare_server(size: int) -> AbstractContextManager[Process]:
    """An aiohttp server that does nothing: every answer has so many bytes."""
    port = _free_port()
    return running(["-m", "bench.bare", str(port), str(size)], port, {})
