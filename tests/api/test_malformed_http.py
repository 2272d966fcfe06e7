"""Requests that are not HTTP, and the private parts of aiohttp that answering them in JSON needs."""

from __future__ import annotations

import asyncio
import inspect
import json
import logging

import pytest
from aiohttp import web
from aiohttp.web_protocol import RequestHandler

from service.logs.lines import LineFormatter
from tests.client import Client
from tests.waiting import LIMIT

LOGGER = "service.api.connections"
ADVICE = "aiohttp has changed: use its hook for malformed requests if it has one, or correct connections.py"


async def test_what_is_not_http_gets_json(client: Client) -> None:
    """Status 400, a reason and an id."""
    host, port = client.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"nonsense\r\n\r\n")
    head, _, body = (await reader.read()).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 400 ") or head.startswith(b"HTTP/1.0 400 ")
    assert json.loads(body)["reason"].startswith("the request cannot be read: ")


async def test_malformed_http_is_one_line_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """A warning that says what was wrong, without a traceback: it is the client's fault."""
    host, port = client.base.removeprefix("http://").split(":")
    with caplog.at_level(logging.INFO, LOGGER):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write("GET /\u00e9 HTTP/1.1\r\n\r\n".encode())
        await reader.read()
        writer.close()
        await writer.wait_closed()
    [record] = [record for record in caplog.records if record.name == LOGGER]
    lines = LineFormatter()
    assert lines.details(record) == [], ADVICE
    assert "WARNING a request from 127.0.0.1: Invalid char in url path" in lines.format(record), ADVICE


UNREADABLE = {
    "a long cookie": "GET / HTTP/1.1\r\nHost: x\r\nCookie: SECRET" + "a" * 70_000,
    "a long name": "GET / HTTP/1.1\r\nHost: x\r\nSECRET" + "a" * 70_000 + ": x",
    "a long address": f"GET /?{'SECRET' * 20_000} HTTP/1.1\r\nHost: x",
    "a broken name": "GET / HTTP/1.1\r\nHost: x\r\nCoo kie: SECRET",
    "a broken value": "GET / HTTP/1.1\r\nHost: x\r\nCookie: SECRET\0",
    "a broken method": "SECRET /x HTTP/1.1\r\nHost: x",
    "a broken version": "GET /SECRET HTTP/9.SECRET\r\nHost: x",
    "a broken address": "GET http://[SECRET HTTP/1.1\r\nHost: x",
    "a forbidden header": "GET / HTTP/1.1\r\nHost: x\r\nSec-WebSocket-Key1: SECRET",
    "two hosts": "GET / HTTP/1.1\r\nHost: x\r\nHost: SECRET",
    "too many headers": "GET / HTTP/1.1\r\nHost: x\r\n" + "\r\n".join(f"X-{n}: SECRET" for n in range(200)),
    "a broken length": "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: SECRET",
    "HTTPS": "\x16\x03\x01SECRET",
}


@pytest.mark.parametrize("head", UNREADABLE.values(), ids=[*UNREADABLE])
async def test_what_cannot_be_read_is_never_repeated(
    client: Client, caplog: pytest.LogCaptureFixture, head: str
) -> None:
    """It may be a cookie or a password: neither the answer nor the log has it."""
    host, port = client.base.removeprefix("http://").split(":")
    with caplog.at_level(logging.DEBUG):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}\r\n\r\n".encode("latin-1"))
        answer = await asyncio.wait_for(reader.read(), LIMIT)
        writer.close()
    _, _, body = answer.partition(b"\r\n\r\n")
    assert json.loads(body)["reason"].removeprefix("the request cannot be read: ")
    assert b"SECRET" not in answer
    lines = LineFormatter()
    logged = [record for record in caplog.records if record.name.startswith(("aiohttp", "service"))]
    assert logged
    assert "SECRET" not in "\n".join(
        line for record in logged for line in [lines.format(record), *lines.details(record)]
    )


@pytest.mark.parametrize("path", ["/api/num_jobs", "/nowhere"])
@pytest.mark.parametrize("expected", [b"200-ok", b"\x95"])
async def test_what_cannot_be_expected_is_417(client: Client, path: str, expected: bytes) -> None:
    """In JSON, also where it is no text."""
    host, port = client.base.removeprefix("http://").split(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    writer.write(b"GET %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\nExpect: %s\r\n\r\n" % (path.encode(), expected))
    head, _, body = (await asyncio.wait_for(reader.read(), LIMIT)).partition(b"\r\n\r\n")
    writer.close()
    assert head.startswith(b"HTTP/1.1 417 ")
    assert json.loads(body)["reason"] == "of Expect only 100-continue is known; leave it out"


async def test_large_cookies_do_not_matter(client: Client) -> None:
    """A browser sends those of all programs on a host, up to 32 kB and more; whatever they look like."""
    for cookie in ("a=" + "x" * 32_000, '@=1; ;;="'):
        assert (await client.get("/api/num_jobs", headers={"Cookie": cookie})).status == 200


async def test_a_body_in_broken_chunks_is_one_line_in_the_log(client: Client, caplog: pytest.LogCaptureFixture) -> None:
    """400, and no traceback."""
    host, port = client.base.removeprefix("http://").split(":")
    head = "POST /api/best5 HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n"
    with caplog.at_level(logging.INFO):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write(f"{head}no chunk\r\n".encode())
        answer = await asyncio.wait_for(reader.read(), LIMIT)
        writer.close()
    assert answer.split()[1] == b"400"
    lines = [record for record in caplog.records if record.name.startswith(("aiohttp", "service"))]
    assert [record.exc_info for record in lines] == [None], ADVICE


def test_aiohttp_has_what_the_subclass_needs() -> None:
    """A new version that lacks it is noticed here, with what to do."""
    parameters = [*inspect.signature(RequestHandler.handle_error).parameters]
    assert parameters == ["self", "request", "status", "exc", "message"], ADVICE
    assert inspect.iscoroutinefunction(web.AppRunner._make_server), ADVICE
    assert "RequestHandler(self, loop=self._loop, **self._kwargs)" in inspect.getsource(web.Server.__call__), ADVICE
