"""A real Spark cluster on this machine: a master, two workers and a server of Spark Connect, each a process.

Of the pyspark whose folder the variable SPARK_HOME names, and started without its scripts, which leave processes
behind.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import psutil
import pytest

from tests.nginx import free_port
from tests.waiting import LIMIT, wait_until

SPARK_HOME = os.environ.get("SPARK_HOME", "")
DEPLOY = "org.apache.spark.deploy"
CONNECT = "org.apache.spark.sql.connect.service.SparkConnectServer"
OPTIONS = {
    "spark.driver.bindAddress": "127.0.0.1",
    "spark.driver.host": "127.0.0.1",
    "spark.executor.memory": "600m",
    "spark.sql.shuffle.partitions": "2",
    "spark.ui.enabled": "false",
    # A task that does not heed its end takes its executor with it.
    "spark.task.reaper.enabled": "true",
    "spark.task.reaper.killTimeout": "5s",
}


class Standalone:
    """With an executor of one core on each worker."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._processes: list[subprocess.Popen[bytes]] = []
        master, self.port = free_port(), free_port()
        self._run("spark-class", f"{DEPLOY}.master.Master", "--port", str(master), "--webui-port", str(free_port()))
        wait_until(lambda: listens(master))
        for number in range(2):
            options = ["--cores", "1", "--memory", "700m", "--webui-port", str(free_port())]
            options += ["--work-dir", str(folder / f"worker{number}")]
            self._run("spark-class", f"{DEPLOY}.worker.Worker", *options, f"spark://127.0.0.1:{master}")
        conf = {**OPTIONS, "spark.connect.grpc.binding.port": str(self.port)}
        given = [part for name, value in conf.items() for part in ("--conf", f"{name}={value}")]
        self._run(
            "spark-submit", "--master", f"spark://127.0.0.1:{master}", *given, "--class", CONNECT, "spark-internal"
        )
        wait_until(lambda: listens(self.port))

    def _run(self, program: str, *arguments: str) -> None:
        environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "SPARK_MASTER_HOST": "127.0.0.1"}
        with (self._folder / "log").open("ab") as log:
            command = [f"{SPARK_HOME}/bin/{program}", *arguments]
            started = subprocess.Popen(command, stdout=log, stderr=log, env=environment, cwd=self._folder)
        self._processes.append(started)

    @property
    def url(self) -> str:
        return f"sc://127.0.0.1:{self.port}/;user_id=tests"

    def processes(self) -> list[psutil.Process]:
        return [psutil.Process(each.pid) for each in self._processes]

    def executors(self) -> list[psutil.Process]:
        """The processes that compute."""
        children = [child for each in self.processes() for child in each.children(recursive=True)]
        return [child for child in children if "CoarseGrainedExecutorBackend" in " ".join(child.cmdline())]

    def end(self) -> None:
        for process in reversed(self._processes):
            for child in psutil.Process(process.pid).children(recursive=True):
                with suppress(psutil.NoSuchProcess):
                    child.kill()
            process.kill()
            process.wait(LIMIT)


def listens(port: int) -> bool:
    with suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=LIMIT):
        return True
    return False


@contextmanager
def running(folder: Path) -> Iterator[Standalone]:
    if not SPARK_HOME:
        pytest.skip(
            "SPARK_HOME names no Spark: the folder of pyspark, of an environment with pyspark[connect] and Java"
        )
    cluster = Standalone(folder)
    try:
        yield cluster
    finally:
        cluster.end()
