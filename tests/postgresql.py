"""A real PostgreSQL, started and ended by the tests, as its own user where they run as root."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from tests.nginx import free_port
from tests.waiting import LIMIT, wait_until

BINARIES = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
"""Where Debian has them, the newest last."""
PASSWORD = "never-to-be-shown"


class PostgreSQL:
    """A server on a port of its own, which may be killed and started again."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._user = "postgres" if os.geteuid() == 0 else None
        self.port = free_port()
        (folder / "password").write_text(PASSWORD, encoding="ascii")
        if self._user:
            shutil.chown(folder, self._user)
            shutil.chown(folder / "password", self._user)
        options = ["--username=health", f"--pwfile={folder / 'password'}", "--auth=scram-sha-256", "--no-sync"]
        self._run("initdb", f"--pgdata={folder / 'data'}", "--encoding=UTF8", "--locale=C", *options).communicate()
        self.start()

    def _run(self, program: str, *arguments: str) -> subprocess.Popen[bytes]:
        with (self._folder / "log").open("ab") as log:
            command = [str(BINARIES[-1] / program), *arguments]
            return subprocess.Popen(command, stdout=log, stderr=log, user=self._user, cwd=self._folder)

    def start(self) -> None:
        settings = {"port": self.port, "listen_addresses": "127.0.0.1", "unix_socket_directories": "", "fsync": "off"}
        given = [part for name, value in settings.items() for part in ("-c", f"{name}={value}")]
        self.process = self._run("postgres", "-D", str(self._folder / "data"), *given)
        wait_until(self._takes_connections)

    def _takes_connections(self) -> bool:
        assert self.process.poll() is None, (self._folder / "log").read_text(encoding="utf-8")
        asked = self._run("pg_isready", "-h", "127.0.0.1", "-p", str(self.port))
        return asked.wait(LIMIT) == 0

    def create(self, database: str) -> None:
        """A database of its own."""
        with_password = {"PGPASSWORD": PASSWORD, **os.environ}
        subprocess.run(
            [BINARIES[-1] / "createdb", "-h", "127.0.0.1", "-p", str(self.port), "-U", "health", database],
            env=with_password,
            check=True,
        )

    def kill(self) -> None:
        """As a crash does: with all of its processes, and at once."""
        self.process.send_signal(signal.SIGQUIT)
        self.process.wait(LIMIT)

    def url(self, database: str = "postgres") -> str:
        return f"postgresql://health:{PASSWORD}@127.0.0.1:{self.port}/{database}"


@contextmanager
def running() -> Iterator[PostgreSQL]:
    """In a folder that its user may enter, unlike those of pytest; skips where it is not installed."""
    if not BINARIES:
        pytest.skip("PostgreSQL is not installed: apt-get install postgresql")
    with TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        server = PostgreSQL(Path(folder))
        try:
            yield server
        finally:
            if server.process.poll() is None:
                server.kill()
