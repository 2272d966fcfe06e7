"""The page at /, and its files, whose addresses change with their content, so that a browser keeps them for good."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import lru_cache
from pathlib import Path

from aiohttp import web

from service.api.app_keys import BUNDLE
from service.api.content_security_policy import POLICY
from service.api.negotiation import coding_of
from service.charts.vega_bundle import HASH as BUNDLE_HASH
from service.compression import IDENTITY, compress
from service.errors import NotFound

FOLDER = Path(__file__).parents[2] / "web"
SAFE = {"Content-Security-Policy": POLICY, "X-Content-Type-Options": "nosniff", "Referrer-Policy": "no-referrer"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}

FILES = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.is_file()}
HASH = hashlib.sha256(b"\0".join(part for name, body in FILES.items() for part in (name.encode(), body))).hexdigest()[
    :12
]
FILES["index.html"] = (
    FILES["index.html"]
    .replace(b"{web}", f"web/{HASH}".encode())
    .replace(b"{vega}", f"web/vega/{BUNDLE_HASH}.js".encode())
    # The browser fetches all modules at once instead of discovering one after the other.
    .replace(
        b"{modules}",
        "\n".join(
            f'<link rel="modulepreload" href="web/{HASH}/{name}">' for name in FILES if name.endswith(".js")
        ).encode(),
    )
)


async def page(request: web.Request) -> web.Response:
    """The page: maps, rankings, trends, and every statistic as a form."""
    request.app[BUNDLE].begin()
    return _response(request, "index.html", {**SAFE, "Cache-Control": "no-cache", "Vary": "Accept-Encoding"})


async def bundle(request: web.Request) -> web.FileResponse:
    """The drawing library of the page, in a coding that the client accepts."""
    _known(request, request.match_info["file"] == f"{BUNDLE_HASH}.js")
    return web.FileResponse(await request.app[BUNDLE].ready(), headers=FOREVER)


async def file(request: web.Request) -> web.Response:
    """A file of the page."""
    name = request.match_info["file"]
    _known(request, request.match_info["hash"] == HASH and name in FILES)
    return _response(request, name, FOREVER)


def _known(request: web.Request, known: bool) -> None:
    if not known:
        raise NotFound(f"there is no file {request.path}; the page at / names those that there are")


def _response(request: web.Request, name: str, headers: dict[str, str]) -> web.Response:
    coding = coding_of(request)
    body = _encoded(name, coding)
    headers = headers if coding == IDENTITY else {**headers, "Content-Encoding": coding}
    kind = "text/javascript" if name.endswith(".js") else mimetypes.guess_type(name)[0]
    return web.Response(body=body, content_type=kind, charset="utf-8", headers=headers)


@lru_cache
def _encoded(name: str, coding: str) -> bytes:
    """The file, compressed once."""
    return FILES[name] if coding == IDENTITY else compress(FILES[name], coding)
