"""Fetching from a real local server: in pieces, broken off, changed meanwhile, and wrong."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from rich.console import Console

from service.dataset.download import FetchError, client, fetch
from service.errors import DatasetError
from tests.dataset.table_server import OTHER, TABLE, Reply, Run, serving


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


def test_a_server_that_never_ends_does_not_fill_the_disk(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    """More than a table can have is final, also when it comes in several attempts."""
    monkeypatch.setattr(client, "MOST_BYTES", 450_000)
    with serving(Reply(cut=300_000), Reply()) as server, pytest.raises(FetchError, match="more than 450,000 bytes"):
        run.fetch(server.url)
    assert len(server.asked) == 2
    assert run.target.read_bytes() == b"older"
    assert [file.name for file in run.target.parent.iterdir()] == [run.target.name]


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
