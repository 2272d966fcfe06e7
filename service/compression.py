"""Content codings: one table of compressors."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Literal, NamedTuple, Protocol

import brotli
import zstandard

IDENTITY = "identity"
"""The coding that changes nothing."""
WORTHWHILE = 1000
"""Bytes below which compressing gains nothing."""

Effort = Literal["once", "kept", "streamed"]


class _Stream(Protocol):
    def __call__(self, data: bytes, /) -> bytes: ...


class Compressor(NamedTuple):
    """Compresses piece by piece; `finish` returns the last bytes."""

    add: _Stream
    finish: Callable[[], bytes]


class Coding(NamedTuple):
    """A compressor for each effort.

    `once` is for files made once, as small as can be; `kept` for what is kept in memory; `streamed` for what is
    compressed again for each client: fast, and taking no more than 1 MB of memory.
    """

    once: Callable[[], Compressor]
    kept: Callable[[], Compressor]
    streamed: Callable[[], Compressor]


def _zstd(level: int) -> Compressor:
    stream = zstandard.ZstdCompressor(level=level).compressobj()
    return Compressor(stream.compress, stream.flush)


def _brotli(quality: int, window: int) -> Compressor:
    stream = brotli.Compressor(quality=quality, lgwin=window)
    return Compressor(stream.process, stream.finish)


def _gzip(level: int) -> Compressor:
    stream = zlib.compressobj(level, wbits=31)  # 31: a window of 32 kB, in gzip's own wrapper
    return Compressor(stream.compress, stream.flush)


CODINGS: Mapping[str, Coding] = {
    "zstd": Coding(once=partial(_zstd, 19), kept=partial(_zstd, 6), streamed=partial(_zstd, 1)),
    "br": Coding(once=partial(_brotli, 11, 22), kept=partial(_brotli, 5, 22), streamed=partial(_brotli, 3, 18)),
    "gzip": Coding(once=partial(_gzip, 9), kept=partial(_gzip, 6), streamed=partial(_gzip, 1)),
}
"""Best first, for clients without a preference of their own. To add a coding, add a line."""


def compress(body: bytes, coding: str, effort: Effort = "kept") -> bytes:
    compressor: Compressor = getattr(CODINGS[coding], effort)()
    return compressor.add(body) + compressor.finish()


def compress_pieces(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    compressor = CODINGS[coding].streamed()
    for piece in pieces:
        if compressed := compressor.add(piece):
            yield compressed
    yield compressor.finish()
