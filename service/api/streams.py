"""Long answers, sent piece by piece while they are made, `in_thread`."""

from __future__ import annotations

import asyncio
import itertools
import logging
from collections.abc import Awaitable, Callable, Iterator, Mapping
from typing import Any

from aiohttp import web

from service.compression import IDENTITY, compress_pieces
from service.long_work import in_long_thread

log = logging.getLogger(__name__)

InThread = Callable[..., Awaitable[Any]]

PATIENCE = 120.0
"""Seconds for which a client may stop reading a stream."""


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
    except TimeoutError:
        _break_off(request)
        raise ConnectionAbortedError(f"its client has read nothing for {PATIENCE:g} s") from None
    except Exception:
        log.exception("an answer failed midway")
        _break_off(request)
        raise ConnectionAbortedError("broken off") from None
    return response


async def _send(response: web.StreamResponse, pieces: Iterator[bytes], in_thread: InThread) -> None:
    while (piece := await in_thread(next, pieces, None)) is not None:
        async with asyncio.timeout(PATIENCE):  # a client that reads nothing must not keep the file forever
            await response.write(piece)
    await response.write_eof()


def _break_off(request: web.Request) -> None:
    if request.transport is not None:
        request.transport.abort()
