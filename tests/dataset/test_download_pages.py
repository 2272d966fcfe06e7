"""Fetching from a local Socrata that refuses the file: in pages, broken off, changed meanwhile, and wrong."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from rich.console import Console

from service.dataset.download import Access, FetchError, Patience, fetch, pages
from tests.dataset.table_server import running

HEADER = '"yearstart","question"\n'
ROWS = [f'"{2011 + number % 11}","Question, of\n{number}"\n' for number in range(2500)]


class Socrata(ThreadingHTTPServer):
    """A table in pages of at most `most` rows, whose file is refused."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.rows = ROWS
        self.refusal = 403
        self.most = 700
        self.version = "Mon, 01 Jan 2024 00:00:00 GMT"
        self.pages = 0
        self.tokens: set[str | None] = set()
        self.before_page: Callable[[int], int | None] = lambda number: None
        """Called with the number of each request for a page; it may give a status to fail with, or 0 to break off."""
        self.url = f"http://127.0.0.1:{self.server_port}/api/views/hn4x-zwk7/rows.csv?accessType=DOWNLOAD"


class Handler(BaseHTTPRequestHandler):
    """One request."""

    server: Socrata

    def do_GET(self) -> None:
        self.server.tokens.add(self.headers.get("X-App-Token"))
        target = urlsplit(self.path)
        asked = {name: values[0] for name, values in parse_qs(target.query).items()}
        if target.path != "/resource/hn4x-zwk7.csv":
            self._send(self.server.refusal, "refused")
        elif asked.get("$select") == "count(*)":
            self._send(200, f'"count"\n"{len(self.server.rows)}"\n')
        else:
            assert asked["$order"] == ":id"
            self.server.pages += 1
            fault = self.server.before_page(self.server.pages)
            begin = int(asked["$offset"])
            rows = self.server.rows[begin : begin + min(self.server.most, int(asked["$limit"]))]
            self._send(fault or 200, HEADER + "".join(rows), cut=fault == 0)

    def _send(self, status: int, text: str, *, cut: bool = False) -> None:
        body = text.encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("X-SODA2-Truth-Last-Modified", self.server.version)
        self.end_headers()
        self.wfile.write(body[: len(body) // 2] if cut else body)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the base class names it so
        """Keep the tests' output quiet."""


@contextmanager
def socrata(**attributes: object) -> Iterator[Socrata]:
    server = Socrata()
    for name, value in attributes.items():
        setattr(server, name, value)
    with running(server):
        yield server


def whole(server: Socrata) -> str:
    return HEADER + "".join(server.rows)


def fetched(server: Socrata, target: Path, printed: io.StringIO | None = None, token: str = "") -> str:
    """What lies there afterwards."""
    console = Console(file=printed or io.StringIO(), width=200)
    patience = Patience(attempts=3, wait=0.01)
    fetch(server.url, target, lambda _: "", console=console, access=Access(token, timeout=2), patience=patience)
    return target.read_bytes().decode()


@pytest.fixture
def target(tmp_path: Path) -> Iterator[Path]:
    """Where the table is put; nothing else is left there."""
    yield tmp_path / "brfss.csv"
    assert {file.name for file in tmp_path.iterdir()} <= {"brfss.csv"}


@pytest.mark.parametrize("refusal", [403, 404, 410])
def test_a_refused_file_comes_in_pages(target: Path, refusal: int) -> None:
    """One header, and each row once, also where cells hold line breaks and the server gives fewer than asked for."""
    printed = io.StringIO()
    with socrata(refusal=refusal) as server:
        assert fetched(server, target, printed, token="secret") == whole(server)
    assert server.pages == 4
    assert server.tokens == {"secret"}
    assert f"rows.csv?accessType=DOWNLOAD: the server answers {refusal}" in printed.getvalue()
    assert "fetching it in pages from http" in printed.getvalue()
    assert "secret" not in printed.getvalue()


def test_a_whole_page_comes_at_once(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A table whose rows fill its last page needs no empty one."""
    monkeypatch.setattr(pages, "ROWS", 500)
    with socrata() as server:
        assert fetched(server, target) == whole(server)
    assert server.pages == 5


@pytest.mark.parametrize("fault", [0, 429, 503])
def test_a_page_that_fails_is_asked_for_again(target: Path, fault: int) -> None:
    """Those before it are kept."""
    with socrata(before_page=lambda number: fault if number == 3 else None) as server:
        assert fetched(server, target) == whole(server)
    assert server.pages == 5


def test_a_server_that_fails_for_good_is_given_up(target: Path) -> None:
    """After as many attempts as the file has."""
    fault = "the server answers 503; gave up after 3 attempts"
    with socrata(before_page=lambda _: 503) as server, pytest.raises(FetchError, match=fault):
        fetched(server, target)
    assert server.pages == 3
    assert not target.exists()


def test_a_table_that_changes_meanwhile_is_fetched_again(target: Path) -> None:
    """Pages of two versions are never put together."""
    with socrata() as server:

        def change(number: int) -> None:
            if number == 3:
                server.rows, server.version = ROWS[1:], "Tue, 02 Jan 2024 00:00:00 GMT"

        server.before_page = change
        assert fetched(server, target) == whole(server)
    assert server.rows == ROWS[1:]


def test_rows_that_come_meanwhile_are_not_missed(target: Path) -> None:
    """The server's count must be that of the rows that came, at the end too."""
    with socrata() as server:

        def grow(number: int) -> None:
            if number == 4:
                server.rows = [*ROWS, *ROWS[:10]]

        server.before_page = grow
        assert fetched(server, target) == whole(server)


def test_fewer_rows_than_counted_are_an_error(target: Path) -> None:
    """A server that ends its pages too early has not given the table."""
    with socrata(most=0) as server, pytest.raises(FetchError, match="rows came of 2,500"):
        fetched(server, target)
    assert not target.exists()


def test_both_refusals_are_named(target: Path) -> None:
    """Where the pages are not to be had either."""
    fault = r"rows.csv\S+ the server answers 403 .*, and \S+csv\S+ the server answers 404 .*; check the address"
    with socrata(before_page=lambda _: 404) as server, pytest.raises(FetchError, match=fault):
        fetched(server, target)


@pytest.mark.parametrize(
    ("download", "paged"),
    [
        (
            "https://data.cdc.gov/api/views/hn4x-zwk7/rows.csv?accessType=DOWNLOAD",
            "https://data.cdc.gov/resource/hn4x-zwk7.csv",
        ),
        ("https://data.cdc.gov/api/views/hn4x-zwk7/rows.csv", "https://data.cdc.gov/resource/hn4x-zwk7.csv"),
        ("https://example.org/rows.csv", None),
    ],
)
def test_the_pages_of_a_download(download: str, paged: str | None) -> None:
    """Only an address of Socrata's kind has them."""
    assert pages.address(download) == paged
