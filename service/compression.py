"""Content codings: one table of compressors."""

from __future__ import annotations

import threading
import zlib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from typing import Literal, Protocol

import brotli
import zstandard

from service.threads import in_packing_thread

IDENTITY = "identity"
"""The coding that changes nothing."""
WORTHWHILE = 1000
"""Bytes below which compressing gains nothing."""
QUICK = 16_000
"""Bytes up to which it takes less time than to hand them to another thread."""

Effort = Literal["once", "kept", "streamed"]
"""`once` is for files made once, as small as can be; `kept` for what is kept in memory; `streamed` for what is
compressed again for each client: fast, and taking no more than 1 MB of memory."""


class Compressor(Protocol):
    """Compresses piece by piece; `flush` returns the last bytes."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


class _Brotli:
    def __init__(self, quality: int, window: int) -> None:
        stream = brotli.Compressor(quality=quality, lgwin=window)
        self.compress, self.flush = stream.process, stream.finish


def _zstd(level: int) -> Compressor:
    return zstandard.ZstdCompressor(level=level).compressobj()


class _Own(threading.local):
    """A thread's own compressor, for one body after the other: to make one takes longer than most bodies."""

    def __init__(self) -> None:
        self.zstd = zstandard.ZstdCompressor(level=3)


_own = _Own()


def _kept_zstd() -> Compressor:
    return _own.zstd.compressobj()


_gzip = partial(zlib.compressobj, wbits=31)  # 31: a window of 32 kB, in gzip's own wrapper

CODINGS: Mapping[str, Mapping[Effort, Callable[[], Compressor]]] = {
    "zstd": {"once": partial(_zstd, 19), "kept": _kept_zstd, "streamed": partial(_zstd, 1)},
    "br": {"once": partial(_Brotli, 11, 22), "kept": partial(_Brotli, 3, 22), "streamed": partial(_Brotli, 3, 18)},
    "gzip": {"once": partial(_gzip, 9), "kept": partial(_gzip, 6), "streamed": partial(_gzip, 1)},
}
"""Best first, for clients without a preference of their own. To add a coding, add a line."""


def compress(body: bytes, coding: str, effort: Effort = "kept") -> bytes:
    compressor = CODINGS[coding][effort]()
    return compressor.compress(body) + compressor.flush()


async def compressed(body: bytes, coding: str, effort: Effort = "kept") -> bytes:
    """The same for the event loop, which a long body must not hold up."""
    if len(body) <= QUICK:
        return compress(body, coding, effort)
    return await in_packing_thread(compress, body, coding, effort)


def compress_pieces(pieces: Iterator[bytes], coding: str) -> Iterator[bytes]:
    compressor = CODINGS[coding]["streamed"]()
    yield from filter(None, map(compressor.compress, pieces))
    yield compressor.flush()
