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

ADVICE = "aiohttp has changed: use its hook for malformed requests if it has one, or correct malformed_http.py"


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
    with caplog.at_level(logging.INFO, "aiohttp.server"):
        reader, writer = await asyncio.open_connection(host, int(port))
        writer.write("GET /\u00e9 HTTP/1.1\r\n\r\n".encode())
        await reader.read()
        writer.close()
        await writer.wait_closed()
    [record] = [record for record in caplog.records if record.name == "aiohttp.server"]
    lines = LineFormatter()
    assert lines.details(record) == [], ADVICE
    assert "WARNING Error handling request from 127.0.0.1: Invalid char in url path" in lines.format(record), ADVICE


def test_aiohttp_has_what_the_subclass_needs() -> None:
    """A new version that lacks it is noticed here, with what to do."""
    parameters = [*inspect.signature(RequestHandler.handle_error).parameters]
    assert parameters == ["self", "request", "status", "exc", "message"], ADVICE
    assert inspect.iscoroutinefunction(web.AppRunner._make_server), ADVICE
    assert "RequestHandler(self, loop=self._loop, **self._kwargs)" in inspect.getsource(web.Server.__call__), ADVICE
