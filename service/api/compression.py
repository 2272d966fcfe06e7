"""Content codings: one table of compressors, and which one a client takes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache, partial
from typing import NamedTuple, Protocol

import brotli
import zstandard
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

WORTHWHILE = 1000
"""Bytes below which compressing gains nothing."""
IDENTITY = "identity"


class _Stream(Protocol):
    def __call__(self, data: bytes, /) -> bytes:
        """A part of the compressed bytes."""


class Compressor(NamedTuple):
    """Compresses what comes piece by piece; `finish` gives the last bytes."""

    add: _Stream
    finish: Callable[[], bytes]


class Coding(NamedTuple):
    """How to compress what is kept, and what is streamed: faster, and with little memory for each of many clients."""

    kept: Callable[[], Compressor]
    streamed: Callable[[], Compressor]


def _zstd(level: int) -> Compressor:
    stream = zstandard.ZstdCompressor(level=level).compressobj()
    return Compressor(stream.compress, stream.flush)


def _brotli(quality: int, window: int) -> Compressor:
    stream = brotli.Compressor(quality=quality, lgwin=window)
    return Compressor(stream.process, stream.finish)


def _gzip(level: int) -> Compressor:
    stream = zlib.compressobj(level, wbits=31)
    return Compressor(stream.compress, stream.flush)


CODINGS: Mapping[str, Coding] = {
    "zstd": Coding(partial(_zstd, 6), partial(_zstd, 1)),
    "br": Coding(partial(_brotli, 5, 22), partial(_brotli, 3, 18)),
    "gzip": Coding(partial(_gzip, 6), partial(_gzip, 1)),
}
"""The best one first, for clients that like all the same. Streams take 1 MB of memory each at most."""


@lru_cache(1000)
def accepted(header: str) -> str:
    """The best coding that an Accept-Encoding header admits."""
    best: str | None = parse_accept_header(header, Accept).best_match([*CODINGS, IDENTITY])
    return best or IDENTITY


def compress(body: bytes, coding: str) -> bytes:
    """All at once."""
    compressor = CODINGS[coding].kept()
    return compressor.add(body) + compressor.finish()


def compress_pieces(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """Piece by piece."""
    compressor = CODINGS[coding].streamed()
    for piece in pieces:
        if compressed := compressor.add(piece):
            yield compressed
    yield compressor.finish()
