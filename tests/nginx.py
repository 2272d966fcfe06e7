"""A real nginx, with the configuration that the project shows."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from tests.waiting import LIMIT, wait_until

NGINX = shutil.which("nginx", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin")
SHOWN = (Path(__file__).parent.parent / "ops" / "nginx.conf").read_text(encoding="utf-8")
UPSTREAM = "http://127.0.0.1:5000/;"
CONFIGURATION = """\
daemon off;
pid {folder}/nginx.pid;
error_log {folder}/error.log;
events {{ }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {servers}
}}
"""
SERVER = """\
{before}
server {{
    listen 127.0.0.1:{port};
    {locations}
}}
"""


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@contextmanager
def proxying(folder: Path, port: int, upstream: str, *, keeps: bool, before: str = "") -> Iterator[None]:
    """nginx on `port`, which passes /health/ on to the address `upstream`, and keeps the prefix or strips it."""
    assert UPSTREAM in SHOWN
    locations = SHOWN.replace(UPSTREAM, f"{upstream};" if keeps else f"{upstream}/;")
    with running(folder, port, SERVER.format(port=port, locations=locations, before=before)):
        yield


@contextmanager
def running(folder: Path, port: int, servers: str) -> Iterator[None]:
    """nginx with these servers, one of which listens on `port`."""
    if NGINX is None:
        pytest.skip("nginx is not installed: apt-get install nginx-light")
    file = folder / "nginx.conf"
    file.write_text(CONFIGURATION.format(folder=folder, servers=servers), encoding="utf-8")
    process = subprocess.Popen([NGINX, "-c", file, "-e", folder / "error.log"])
    try:
        wait_until(lambda: process.poll() is not None or _listens(port))
        assert process.poll() is None, (folder / "error.log").read_text(encoding="utf-8")
        yield
    finally:
        process.terminate()
        process.wait(LIMIT)


def _listens(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
