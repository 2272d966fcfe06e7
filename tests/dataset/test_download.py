"""Fetching from a real local server: in pieces, broken off, changed meanwhile, and wrong."""

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

import pytest
from rich.console import Console

from service.dataset.download import Access, FetchError, Patience, fetch
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


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Run]:
    """A place where an older table lies; nothing but a table is ever left there."""
    (tmp_path / "brfss.csv").write_bytes(b"older")
    yield Run(tmp_path / "brfss.csv", io.StringIO())
    assert [file.name for file in tmp_path.iterdir()] == ["brfss.csv"]


@pytest.mark.parametrize("length", [True, False])
def test_a_table_in_pieces_arrives_whole(run: Run, *, length: bool) -> None:
    """The body comes in several pieces, with its length known or not."""
    with serving(Reply(length=length)) as server:
        assert run.fetch(server.url) == "is the table"
    assert run.target.read_bytes() == TABLE


@pytest.mark.parametrize("length", [True, False])
def test_a_broken_connection_is_resumed(run: Run, *, length: bool) -> None:
    """The second attempt asks for the rest only, and the file is whole."""
    with serving(Reply(cut=300_000, length=length), Reply()) as server:
        run.fetch(server.url)
    assert "Range" not in server.asked[0]
    begin = int(server.asked[1]["Range"].removeprefix("bytes=").removesuffix("-"))
    assert 0 < begin <= 300_000
    assert run.target.read_bytes() == TABLE
    assert "the connection broke" in run.printed.getvalue()
    assert "bytes; trying again in" in run.printed.getvalue()


@pytest.mark.parametrize("etag", [None, 'W/"weak"'])
def test_without_a_strong_etag_it_starts_again(run: Run, etag: str | None) -> None:
    """A server that cannot say that the rest belongs to what arrived is asked for the whole."""
    with serving(Reply(cut=300_000, etag=etag), Reply(etag=etag)) as server:
        run.fetch(server.url)
    assert "Range" not in server.asked[1]
    assert run.target.read_bytes() == TABLE


def test_a_server_without_ranges_sends_the_whole(run: Run) -> None:
    """A 200 instead of a 206 starts the file again."""
    with serving(Reply(cut=300_000), Reply(ranges=False)) as server:
        run.fetch(server.url)
    assert run.target.read_bytes() == TABLE


def test_a_table_that_changed_meanwhile_is_fetched_again(run: Run) -> None:
    """A file is never made of halves of two tables."""
    with serving(Reply(cut=300_000), Reply(body=OTHER, etag='"two"')) as server:
        run.fetch(server.url)
    assert run.target.read_bytes() == OTHER


def test_it_gives_up_after_some_attempts(run: Run) -> None:
    """The reason and the number of attempts are named, and the older table is left as it was."""
    with serving(Reply(cut=1000, ranges=False)) as server, pytest.raises(FetchError, match="gave up after 4 attempts"):
        run.fetch(server.url)
    assert len(server.asked) == 4
    assert run.target.read_bytes() == b"older"


def test_an_attempt_that_got_further_does_not_count_as_failed(run: Run) -> None:
    """A connection that breaks every 30 kB still brings the table, and no byte that arrived is asked for twice."""
    with serving(Reply(cut=30_000)) as server:
        run.fetch(server.url)
    assert len(server.asked) == 21
    assert server.asked[-1]["Range"] == "bytes=600000-"
    assert run.target.read_bytes() == TABLE


def test_a_length_that_is_not_a_number_is_ignored(run: Run) -> None:
    """The table arrives whole without it."""
    with serving(Reply(more=(("Content-Length", "abc"),))) as server:
        run.fetch(server.url)
    assert run.target.read_bytes() == TABLE


def test_a_circle_of_redirects_is_final(run: Run) -> None:
    """Another attempt would not help, so there is none."""
    circle = Reply(b"", 302, more=(("Location", "/rows.csv"), ("Content-Length", "0"), ("Connection", "close")))
    with serving(circle) as server, pytest.raises(FetchError, match="it redirects too many times"):
        run.fetch(server.url)
    assert "trying again" not in run.printed.getvalue()


def test_tls_that_cannot_be_trusted_is_final(run: Run) -> None:
    """A server that speaks no TLS under https:// is not asked again."""
    with serving(Reply()) as server, pytest.raises(FetchError, match="its certificate or its TLS cannot be trusted"):
        run.fetch(server.url.replace("http:", "https:"))
    assert "trying again" not in run.printed.getvalue()


def test_reasons_are_in_words(run: Run) -> None:
    """What is printed while it tries again is for a person."""
    with serving(Reply(cut=300_000), Reply(silent=True), Reply()) as server:
        run.fetch(server.url)
        gone = server.url
    printed = " ".join(run.printed.getvalue().split())
    assert "the connection broke (it ended too early), after 300,000 bytes; trying again" in printed
    assert "(it said nothing for too long)" in printed
    with pytest.raises(FetchError, match=r"no answer \(it cannot be reached\)"):
        run.fetch(gone)
    with pytest.raises(FetchError, match=r"no answer \(its name cannot be found\)"):
        run.fetch("http://no.such.host.invalid/rows.csv")


def test_no_advice_to_fetch_while_fetching(run: Run) -> None:
    """The fault of the file that came is reported without the advice to fetch the table."""

    def refuse(file: Path) -> str:
        raise DatasetError(f"{file}: the file is empty; get the table with `python run.py fetch`")

    with serving(Reply()) as server, pytest.raises(FetchError) as error:
        fetch(server.url, run.target, refuse, console=Console(file=run.printed))
    assert "what came is not the table: brfss.csv: the file is empty; " in error.value.reason
    assert "run.py fetch" not in error.value.reason


def test_a_silent_server_is_asked_again(run: Run) -> None:
    """After the timeout the attempt has failed, and another brings the table."""
    with serving(Reply(silent=True), Reply()) as server:
        run.fetch(server.url)
    assert run.target.read_bytes() == TABLE


def test_a_busy_server_is_asked_again(run: Run) -> None:
    """503 is tried again."""
    with serving(Reply(b"busy", 503), Reply(b"busy", 429), Reply()) as server:
        run.fetch(server.url)
    assert run.target.read_bytes() == TABLE
    assert "the server answers 503" in run.printed.getvalue()


def test_not_found_is_final(run: Run) -> None:
    """404 is not tried again."""
    with serving(Reply(b"no", 404)) as server, pytest.raises(FetchError, match="the server answers 404"):
        run.fetch(server.url)
    assert len(server.asked) == 1
    assert run.target.read_bytes() == b"older"


def test_wrong_content_is_refused(run: Run) -> None:
    """A page instead of the table leaves the older table where it was."""
    page = Reply(b"<html>moved</html>")
    with serving(page) as server, pytest.raises(FetchError, match=r"what came is not the table: .*the header lacks"):
        run.fetch(server.url)
    assert run.target.read_bytes() == b"older"


def test_nobody_listens(run: Run) -> None:
    """A refused connection is tried again, then named."""
    with serving(Reply()) as server:
        url = server.url
    with pytest.raises(FetchError, match=r"no answer .*gave up after 4 attempts"):
        run.fetch(url)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "rows.csv", "ftp://example.org/rows.csv"])
def test_only_http_is_fetched(run: Run, url: str) -> None:
    """Other addresses are refused, with what to do instead."""
    with pytest.raises(FetchError, match="only http:// and https://"):
        run.fetch(url)


def test_an_interrupt_leaves_nothing_behind(run: Run) -> None:
    """Ctrl-C removes what has arrived; the older table stays."""

    def interrupted(_: Path) -> str:
        raise KeyboardInterrupt

    with serving(Reply()) as server, pytest.raises(KeyboardInterrupt):
        fetch(server.url, run.target, interrupted, console=Console(file=run.printed))
    assert run.target.read_bytes() == b"older"


def test_progress_shows_the_bytes_and_the_rate(run: Run) -> None:
    """So that one sees that it goes on."""
    with serving(Reply()) as server:
        run.fetch(server.url)
    assert re.search(r"brfss\.csv .*600\.0/600\.0 kB .*/s", run.printed.getvalue())
