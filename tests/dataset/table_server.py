"""A server that a table is fetched from: in pieces, broken off, changed meanwhile, silent …"""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from ssl import SSLContext
from threading import Condition, Thread
from typing import NamedTuple

from rich.console import Console

from service.dataset.download import Access, Patience, fetch
from service.errors import DatasetError

HEADER = b"YearStart,Question\n"


TABLE = HEADER + b"2020,Obese?\n" * 50_000


OTHER = HEADER + b"2021,Active?\n" * 50_000


class Reply(NamedTuple):
    """What the server does with one request: a body, of which it may send only a part."""

    body: bytes = TABLE
    status: int = 200
    cut: int | None = None
    silent: bool = False
    """After the first piece it sends no more until it is asked again."""
    etag: str | None = '"one"'
    ranges: bool = True
    length: bool = True
    more: tuple[tuple[str, str], ...] = ()


class Server(ThreadingHTTPServer):
    """Answers each request with the next reply, the last one for ever, and remembers the requests' headers."""

    def __init__(self, replies: list[Reply]) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.replies = replies
        self.asked: list[dict[str, str]] = []
        self.changed = Condition()
        """Told of each request."""
        self.url = f"http://127.0.0.1:{self.server_port}/rows.csv?accessType=DOWNLOAD"

    def wait_for_request_after(self, number: int) -> None:
        with self.changed:
            self.changed.wait_for(lambda: len(self.asked) > number, timeout=60)


class Handler(BaseHTTPRequestHandler):
    """One request."""

    protocol_version = "HTTP/1.1"
    server: Server

    def do_GET(self) -> None:
        reply = self.server.replies[min(len(self.server.asked), len(self.server.replies) - 1)]
        self.server.asked.append(dict(self.headers.items()))
        self.number = len(self.server.asked)
        with self.server.changed:
            self.server.changed.notify_all()
        begin = self._begin(reply)
        body = reply.body[begin:]
        self.send_response(206 if begin else reply.status)
        if begin:
            self.send_header("Content-Range", f"bytes {begin}-{len(reply.body) - 1}/{len(reply.body)}")
        if reply.etag:
            self.send_header("ETag", reply.etag)
        declared = ("Content-Length", str(len(body))) if reply.length else ("Transfer-Encoding", "chunked")
        for header in reply.more or [declared]:
            self.send_header(*header)
        self.end_headers()
        self._send(body[: reply.cut], reply, whole=reply.cut is None)

    def _begin(self, reply: Reply) -> int:
        wanted = re.fullmatch(r"bytes=(\d+)-", self.headers.get("Range", ""))
        fits = reply.ranges and self.headers.get("If-Range") == reply.etag
        return int(wanted[1]) if wanted and fits and reply.status == 200 else 0

    def _send(self, body: bytes, reply: Reply, *, whole: bool) -> None:
        for at in range(0, len(body), 100_000):
            block = body[at : at + 100_000]
            self.wfile.write(block if reply.length else f"{len(block):x}\r\n".encode() + block + b"\r\n")
            if reply.silent:
                self.server.wait_for_request_after(self.number)
                break
        if whole and not reply.length:
            self.wfile.write(b"0\r\n\r\n")
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the tests' output quiet."""


@contextmanager
def serving(*replies: Reply, tls: SSLContext | None = None) -> Iterator[Server]:
    server = Server(list(replies))
    if tls:
        server.socket = tls.wrap_socket(server.socket, server_side=True)
        server.url = server.url.replace("http:", "https:")
    with running(server):
        yield server


@contextmanager
def running(server: ThreadingHTTPServer) -> Iterator[None]:
    thread = Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield
    finally:
        server.shutdown()
        server.server_close()
        thread.join()


def check(file: Path) -> str:
    """As the loader does: the first line tells whether it is the table."""
    with file.open("rb") as content:
        if content.readline() != HEADER:
            raise DatasetError(f"{file}:1: the header lacks YearStart")
    return "is the table"


QUICK = Access(timeout=2)


class Run(NamedTuple):
    """A target in a folder of its own, and what was printed."""

    target: Path
    printed: io.StringIO

    def fetch(self, url: str, access: Access = QUICK) -> str:
        console = Console(file=self.printed, width=200)
        return fetch(url, self.target, check, console=console, access=access, patience=Patience(attempts=4, wait=0.01))
