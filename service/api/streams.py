"""Bodies that go out piece by piece, no faster than their client reads: long answers while they are made, large ones.

A client that reads nothing for too long loses its connection (`connections.py`).
"""

from __future__ import annotations

import itertools
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from aiohttp import web
from aiohttp.abc import AbstractStreamWriter
from aiohttp.payload import Payload

from service.compression import IDENTITY, compress_pieces
from service.threads import in_long_thread

log = logging.getLogger(__name__)

InThread = Callable[..., Awaitable[Any]]

PIECE = 2**16
"""Bytes that are handed over at once; with a little more each connection may keep as much waiting."""


async def first_piece(pieces: Iterator[bytes], in_thread: InThread = in_long_thread) -> bytes:
    """The first piece that is not empty; if the answer has a fault, it shows by then."""
    while (piece := await in_thread(next, pieces, None)) == b"":
        pass
    return piece or b""


async def stream(
    request: web.Request,
    headers: Mapping[str, str],
    first: bytes,
    pieces: Iterator[bytes],
    coding: str,
    *,
    status: int = 200,
    in_thread: InThread = in_long_thread,
) -> web.StreamResponse:
    """Send all pieces; when one fails, only a broken connection can show that the rest is missing."""
    response = web.StreamResponse(status=status, headers=headers)
    await response.prepare(request)
    if request.method == "HEAD":
        return response
    rest = itertools.chain([first], pieces)
    try:
        await _send(response, rest if coding == IDENTITY else compress_pieces(rest, coding), in_thread)
    except ConnectionError:  # the client's
        raise
    except Exception:
        log.exception("an answer failed midway")
        _break_off(request)
        raise ConnectionAbortedError("broken off") from None
    return response


async def _send(response: web.StreamResponse, pieces: Iterator[bytes], in_thread: InThread) -> None:
    while (piece := await in_thread(next, pieces, None)) is not None:
        await response.write(piece)
    await response.write_eof()


class Pieces(Payload):
    """A body in memory: handed over as a whole it would be copied, and kept until its client has read it."""

    _default_content_type = "application/octet-stream"

    def __init__(self, body: bytes) -> None:
        super().__init__(body)
        self._size = len(body)

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        return str(self._value, encoding, errors)

    async def write(self, writer: AbstractStreamWriter) -> None:
        body = memoryview(self._value)
        for start in range(0, len(body), PIECE):
            await writer.write(body[start : start + PIECE])
            await writer.drain()


async def in_pieces(_: web.Request, response: web.StreamResponse) -> None:
    """Before the headers are sent: a large body goes out in pieces."""
    if isinstance(response, web.Response):
        body = response.body
        if isinstance(body, bytes) and len(body) > PIECE:
            response.body = Pieces(body)


def _break_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
