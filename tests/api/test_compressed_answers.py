"""Compression over HTTP."""

from __future__ import annotations

import gzip
from collections.abc import Callable

import brotli
import pytest
import zstandard

from tests.client import Client
from tests.formats.fetch import fetch


@pytest.mark.parametrize(
    ("accepted", "coding", "decode"),
    [
        ("gzip", "gzip", gzip.decompress),
        ("br", "br", brotli.decompress),
        ("gzip, deflate, br, zstd", "zstd", lambda body: zstandard.ZstdDecompressor().decompressobj().decompress(body)),
        ("deflate", None, bytes),
        ("gzip;q=0, br;q=0.5, zstd;q=0.4", "br", brotli.decompress),
    ],
)
async def test_long_answers_are_compressed(
    client: Client, accepted: str, coding: str | None, decode: Callable[[bytes], bytes]
) -> None:
    """By Accept-Encoding, with an ETag of its own; what would not gain is left alone."""
    path = "/api/mean_by_category?question=Q036"
    plain = await fetch(client, path)
    async with client.session.get(path, headers={"Accept-Encoding": accepted}, auto_decompress=False) as response:
        body = await response.read()
        assert response.headers.get("Content-Encoding") == coding
        assert "Accept-Encoding" in response.headers["Vary"]
        assert response.headers["ETag"].endswith(f'-{coding}"') == (coding is not None)
    assert decode(body) == plain
    assert (len(body) < len(plain) / 3) == (coding is not None)
    short = await client.get("/api/global_mean?question=Q036", headers={"Accept-Encoding": accepted})
    assert "Content-Encoding" not in short.headers
