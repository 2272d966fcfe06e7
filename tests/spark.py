"""A real server of Spark Connect, Sail, started and ended by the tests, and settings of a service on it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Protocol

import psutil
import pytest

from service.settings import Settings
from tests.conftest import settings_for
from tests.exported import exported_once
from tests.nginx import free_port
from tests.waiting import LIMIT, wait_until

# pyspark takes a program without a file, as the processes of pytest-xdist are, for a run of its own doctests.
vars(sys.modules["__main__"]).setdefault("__file__", "pytest")


def with_long_cluster(names: Iterable[str]) -> list[object]:
    """Parameters of a fixture, of which those on a cluster are for long runs."""
    return [pytest.param(name, marks=pytest.mark.long) if name == "sail" else name for name in names]


class Cluster(Protocol):
    @property
    def url(self) -> str: ...

    def processes(self) -> list[psutil.Process]:
        """That the tests started."""


class Sail:
    """A server on a port of its own, which may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._log = folder / "sail.log"
        self.port = free_port()
        self.start()

    @property
    def url(self) -> str:
        return f"sc://127.0.0.1:{self.port}/;user_id=tests"

    def start(self) -> None:
        # It computes on the same threads as it listens on, and by default has as many as there are cores.
        environment = {**os.environ, "TOKIO_WORKER_THREADS": "8"}
        command = [str(Path(sys.executable).with_name("sail")), "spark", "server", "--port", str(self.port)]
        with self._log.open("ab") as log:
            self._process = subprocess.Popen(command, stdout=log, stderr=log, env=environment)
        wait_until(self._takes_connections)

    def _takes_connections(self) -> bool:
        assert self._process.poll() is None, self._log.read_text(encoding="utf-8")
        with suppress(OSError), socket.create_connection(("127.0.0.1", self.port), timeout=LIMIT):
            return True
        return False

    def processes(self) -> list[psutil.Process]:
        return [psutil.Process(self._process.pid)]

    def restart(self) -> None:
        self.kill()
        self.start()

    def kill(self) -> None:
        self._process.kill()
        self._process.wait(LIMIT)


@contextmanager
def running(folder: Path) -> Iterator[Sail]:
    sail = Sail(folder)
    try:
        yield sail
    finally:
        sail.kill()


def on_cluster(settings: Settings, cluster: Cluster, **variables: object) -> Settings:
    """The table of `settings`, which the cluster reads from its export; `variables` on top."""
    source = exported_once(settings)
    engine = {"engine_kind": "spark", "engine_url": cluster.url, "engine_table": f"{source}/*.parquet"}
    return settings_for(settings.root, **{"dataset_source": source, **engine, **variables})
