"""Compression: every coding at every effort."""

from __future__ import annotations

import gzip
from collections.abc import Callable, Iterator
from typing import get_args

import brotli
import pytest
import zstandard

from service.compression import CODINGS, Effort, compress, compress_pieces

DECODERS: dict[str, Callable[[bytes], bytes]] = {
    "zstd": lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body),
    "br": brotli.decompress,
    "gzip": gzip.decompress,
}
BODY = b"the same over and over, " * 1000


@pytest.mark.parametrize("coding", CODINGS)
@pytest.mark.parametrize("effort", get_args(Effort))
def test_what_is_compressed_can_be_read_back(coding: str, effort: Effort) -> None:
    """The usual decoder of each coding gives the same bytes."""
    assert DECODERS[coding](compress(BODY, coding, effort)) == BODY


@pytest.mark.parametrize("coding", CODINGS)
def test_a_stream_is_compressed_piece_by_piece(coding: str) -> None:
    """The pieces together are one body, and none of them is empty until the end."""

    def pieces() -> Iterator[bytes]:
        for start in range(0, len(BODY), 100):
            yield BODY[start : start + 100]

    *compressed, last = compress_pieces(pieces(), coding)
    assert DECODERS[coding](b"".join([*compressed, last])) == BODY
    assert all(compressed)


def test_every_effort_has_a_compressor() -> None:
    """No coding lacks one."""
    assert all(each.keys() == set(get_args(Effort)) for each in CODINGS.values())
