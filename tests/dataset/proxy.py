"""A small HTTP proxy: absolute addresses for http://, CONNECT for https://."""

from __future__ import annotations

import base64
import http.client
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ssl import SSLContext
from threading import Thread
from urllib.parse import urlsplit

from tests.dataset.table_server import running

HOP = {"connection", "transfer-encoding", "proxy-authorization"}


class Proxy(ThreadingHTTPServer):
    """Remembers what it was asked for, as `METHOD target`, and with a password refuses who does not have it."""

    def __init__(self, password: str | None, status: int) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.asked: list[str] = []
        self.password = password
        self.status = status
        """Sent to whom it refuses."""
        self.address = f"127.0.0.1:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """One request, or one tunnel."""

    server: Proxy

    def do_CONNECT(self) -> None:
        if self._is_refused():
            return
        host, _, port = self.path.rpartition(":")
        with socket.create_connection((host, int(port))) as there:
            self.send_response(200)
            self.end_headers()
            back = Thread(target=relay, args=(there, self.connection))
            back.start()
            relay(self.connection, there)
            back.join()

    def do_GET(self) -> None:
        if self._is_refused():
            return
        target = urlsplit(self.path)
        there = http.client.HTTPConnection(target.netloc)
        headers = {name: value for name, value in self.headers.items() if name.lower() not in HOP}
        there.request("GET", f"{target.path}?{target.query}", headers=headers)
        reply = there.getresponse()
        self.send_response(reply.status)
        for name, value in reply.getheaders():
            if name.lower() not in HOP:
                self.send_header(name, value)
        self.end_headers()
        self.wfile.write(reply.read())
        there.close()

    def _is_refused(self) -> bool:
        self.server.asked.append(f"{self.command} {self.path}")
        given = self.headers.get("Proxy-Authorization", "").removeprefix("Basic ")
        refused = self.server.password is not None and base64.b64decode(given).decode() != self.server.password
        if refused:
            self.send_response(self.server.status)
            self.send_header("Content-Length", "0")
            self.end_headers()
        return refused

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the tests' output quiet."""


def relay(source: socket.socket, target: socket.socket) -> None:
    """Bytes one way, until there are no more."""
    try:
        while data := source.recv(2**16):
            target.sendall(data)
        target.shutdown(socket.SHUT_WR)
    except OSError:  # the other side has gone
        return


@contextmanager
def proxying(password: str | None = None, status: int = 407, tls: SSLContext | None = None) -> Iterator[Proxy]:
    """A running proxy; `password` is NAME:PASSWORD, and with `tls` it is asked by https."""
    proxy = Proxy(password, status)
    if tls:
        proxy.socket = tls.wrap_socket(proxy.socket, server_side=True)
    with running(proxy):
        yield proxy
