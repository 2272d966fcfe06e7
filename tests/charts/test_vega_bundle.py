"""The bundle of Vega that the page draws with: made once, kept, and sent small."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli
import pytest
import zstandard

from service.charts import vega_bundle as bundle
from service.compression import CODINGS, IDENTITY
from service.errors import Unavailable
from tests.client import Client
from tests.conftest import Serve


async def test_the_bundle_is_made_once_and_kept(client: Client, page_folder: Path) -> None:
    """It is written below var/cache, plain and compressed, and another process finds it there."""
    made = bundle.Bundle(page_folder / "var" / "cache")
    path = await made.ready(IDENTITY)
    before = path.stat().st_mtime_ns
    body = path.read_bytes()
    assert gzip.decompress((await made.ready("gzip")).read_bytes()) == body
    assert brotli.decompress((await made.ready("br")).read_bytes()) == body
    assert zstandard.ZstdDecompressor().decompressobj().decompress((await made.ready("zstd")).read_bytes()) == body
    assert b"vegaEmbed" in body
    assert await bundle.Bundle(path.parent).ready(IDENTITY) == path
    assert path.stat().st_mtime_ns == before
    assert len([*path.parent.iterdir()]) == 1 + len(CODINGS)


@pytest.mark.slow
async def test_a_bundle_that_cannot_be_made_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason comes as an error, not as a crash, and the next request tries again."""
    (tmp_path / "var").write_text("a file where the folder should be")
    broken = bundle.Bundle(tmp_path / "var" / "cache")
    for _ in range(2):
        with pytest.raises(Unavailable, match="cannot be made from vl-convert-python, so the page shows tables only"):
            await broken.ready(IDENTITY)
    (tmp_path / "var").unlink()
    monkeypatch.setattr(bundle, "TIME_LIMIT", 0.01)
    with pytest.raises(Unavailable, match="took over"):
        await broken.ready(IDENTITY)


async def test_the_bundle_comes_over_http(serve: Serve, page_folder: Path, tmp_path: Path) -> None:
    """Its address is in the page; it is sent as small as the client can take it, and cached forever."""
    await bundle.Bundle(page_folder / "var" / "cache").ready(IDENTITY)
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "cache").symlink_to(page_folder / "var" / "cache")
    client: Client = await serve()
    [address] = set(re.findall(r"web/vega/[0-9a-f]+\.js", (await client.get("/")).body))
    async with client.session.get(f"/{address}", headers={"Accept-Encoding": "br"}) as response:
        assert response.status == 200
        assert response.headers["Content-Encoding"] == "br"
        assert response.headers["Content-Type"].startswith(("text/javascript", "application/javascript"))
        assert "immutable" in response.headers["Cache-Control"]
        assert int(response.headers["Content-Length"]) < 300_000
