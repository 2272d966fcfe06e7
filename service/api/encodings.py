"""Content codings: one table of compressors, and which one a client takes."""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import lru_cache
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


def _zstd() -> Compressor:
    stream = zstandard.ZstdCompressor(level=6).compressobj()
    return Compressor(stream.compress, stream.flush)


def _brotli() -> Compressor:
    stream = brotli.Compressor(quality=5)
    return Compressor(stream.process, stream.finish)


def _gzip() -> Compressor:
    stream = zlib.compressobj(6, wbits=31)
    return Compressor(stream.compress, stream.flush)


COMPRESSORS: Mapping[str, Callable[[], Compressor]] = {"zstd": _zstd, "br": _brotli, "gzip": _gzip}
"""The best one first, for clients that like all the same."""


@lru_cache(1000)
def accepted(header: str) -> str:
    """The best coding that an Accept-Encoding header admits."""
    best: str | None = parse_accept_header(header, Accept).best_match([*COMPRESSORS, IDENTITY])
    return best or IDENTITY


def compress(body: bytes, coding: str) -> bytes:
    """All at once."""
    compressor = COMPRESSORS[coding]()
    return compressor.add(body) + compressor.finish()


def compress_pieces(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    """Piece by piece."""
    compressor = COMPRESSORS[coding]()
    for piece in pieces:
        if compressed := compressor.add(piece):
            yield compressed
    yield compressor.finish()
