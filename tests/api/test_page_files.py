"""The page's files over HTTP: for how long they are kept, how they are packed, and what a browser may do with them."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import brotli
import pytest

from service.api.handlers import page as web
from service.charts import vega_bundle as bundle
from service.errors import Unavailable
from tests.client import Client
from tests.conftest import Serve


async def test_the_page_forbids_what_it_does_not_need(client: Client) -> None:
    """Only its own scripts and styles, none inline, no eval, nothing from elsewhere; and it is asked for anew."""
    reply = await client.get("/")
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["Cache-Control"] == "no-cache"
    assert not re.search(r"<style|<script(?! type=\"module\" src=)|\sstyle=|\son\w+=", reply.body)


async def test_files_are_kept_for_good_under_the_hash_of_their_content(client: Client) -> None:
    """Every file that the page names is there, packed, and needs no second request."""
    page = (await client.get("/")).body
    addresses = re.findall(r'(?:href|src)="(/web/[0-9a-f]{12}/[^"]+)"', page)
    assert len(addresses) > 15
    for address in addresses:
        reply = await client.get(address, headers={"Accept-Encoding": "gzip"})
        assert reply.status == 200
        assert reply.headers["Cache-Control"] == "public, max-age=31536000, immutable"
        assert reply.headers["Content-Encoding"] == "gzip"
        assert reply.headers["Content-Type"].endswith("; charset=utf-8")


@pytest.mark.parametrize(
    "path", ["/web/0123456789ab/app.js", f"/web/{web.HASH}/secret.js", "/web/vega/0.js", "/web/../run.py"]
)
async def test_there_is_no_other_file(client: Client, path: str) -> None:
    """An old hash or an unknown name is 404, in a sentence."""
    reply = await client.get(path)
    assert reply.status == 404
    assert reply.body["reason"]


def test_nothing_on_the_page_comes_from_elsewhere() -> None:
    """No file names another host, but for the names of XML's vocabularies."""
    for name, body in web.FILES.items():
        hosts = set(re.findall(rb"https?://[^\s\"'`/$]+", body)) - {b"http://www.w3.org"}
        assert hosts == set(), name


async def test_the_drawing_library_is_made_once_and_kept(client: Client, page_folder: Path) -> None:
    """It is written below var/cache, plain and packed, and another process finds it there."""
    made = bundle.Bundle(page_folder / "var" / "cache")
    path = await made.ready()
    before = path.stat().st_mtime_ns
    body = path.read_bytes()
    assert gzip.decompress(path.with_name(f"{path.name}.gz").read_bytes()) == body
    assert brotli.decompress(path.with_name(f"{path.name}.br").read_bytes()) == body
    assert b"vegaEmbed" in body
    assert await bundle.Bundle(path.parent).ready() == path
    assert path.stat().st_mtime_ns == before
    assert sorted(other.name for other in path.parent.iterdir()) == [path.name, f"{path.name}.br", f"{path.name}.gz"]


async def test_a_library_that_cannot_be_made_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The reason comes as an error, not as a crash, and the next request tries again."""
    (tmp_path / "var").write_text("a file where the folder should be")
    broken = bundle.Bundle(tmp_path / "var" / "cache")
    for _ in range(2):
        with pytest.raises(Unavailable, match="cannot be made from vl-convert-python, so the page shows tables only"):
            await broken.ready()
    (tmp_path / "var").unlink()
    monkeypatch.setattr(bundle, "TIME_LIMIT", 0.01)
    with pytest.raises(Unavailable, match="took over"):
        await broken.ready()


async def test_the_library_comes_over_http(serve: Serve, page_folder: Path, tmp_path: Path) -> None:
    """Its address is in the page; it is sent as small as the client can take it, and kept for good."""
    await bundle.Bundle(page_folder / "var" / "cache").ready()
    (tmp_path / "var").mkdir()
    (tmp_path / "var" / "cache").symlink_to(page_folder / "var" / "cache")
    client: Client = await serve()
    [address] = set(re.findall(r"/web/vega/[0-9a-f]+\.js", (await client.get("/")).body))
    async with client.session.get(address, headers={"Accept-Encoding": "br"}) as response:
        assert response.status == 200
        assert response.headers["Content-Encoding"] == "br"
        assert response.headers["Content-Type"].startswith(("text/javascript", "application/javascript"))
        assert "immutable" in response.headers["Cache-Control"]
        assert int(response.headers["Content-Length"]) < 300_000


def test_the_page_is_small() -> None:
    """Modules of one noun each: no file over 250 lines, no line over 120 letters."""
    for path in web.FOLDER.iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 250, path.name
        assert max(map(len, lines)) <= 120, path.name
