"""The page's files over HTTP: how long they are kept, how they are compressed, and what a browser may do with them."""

from __future__ import annotations

import re

import pytest

from service.api.handlers import page as web
from tests.client import Client


async def test_the_page_forbids_what_it_does_not_need(client: Client) -> None:
    """Only its own scripts and styles, none inline, no eval, nothing from elsewhere; and no browser keeps it."""
    reply = await client.get("/")
    policy = reply.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert reply.headers["Cache-Control"] == "no-cache"
    data = r"<script type=\"application/ld\+json\">[^<]*</script>"
    page = re.sub(data, "", reply.body)
    assert not re.search(r"<style|<script(?! type=\"module\" src=)|\sstyle=|\son\w+=", page)


async def test_files_are_cached_forever_under_the_hash_of_their_content(client: Client) -> None:
    """Every file that the page names is there, compressed, and needs no second request."""
    page = (await client.get("/")).body
    addresses = re.findall(r'(?:href|src)="(web/[0-9a-f]{12}/[^"]+)"', page)
    assert len(addresses) > 15
    for address in addresses:
        reply = await client.get(f"/{address}", headers={"Accept-Encoding": "gzip"})
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


def test_the_page_is_small() -> None:
    """Modules of one noun each: no file over 250 lines, no line over 120 letters."""
    for path in web.FOLDER.iterdir():
        lines = path.read_text(encoding="utf-8").splitlines()
        assert len(lines) <= 250, path.name
        assert max(map(len, lines)) <= 120, path.name
