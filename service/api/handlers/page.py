"""The page at /, and its files, whose addresses change with their content, so that a browser keeps them for good."""

from __future__ import annotations

import hashlib
import mimetypes
from functools import lru_cache, partial
from html import escape
from pathlib import Path

from aiohttp import web

from service.api.app_keys import BUNDLE, SERVICE
from service.api.content_security_policy import HEADER, POLICY, policy_framed_by
from service.api.negotiation import coding_of
from service.api.public_url import public_address
from service.api.ranges import OnDisk, respond
from service.api.schema_org import structured_data
from service.charts.vega_bundle import HASH as BUNDLE_HASH
from service.compression import IDENTITY, compress
from service.errors import NotFound
from service.threads import in_short_thread

FOLDER = Path(__file__).parents[2] / "web"
BRIEFLY = {"Cache-Control": "no-cache", "Vary": "Accept-Encoding"}
FOREVER = {"Cache-Control": "public, max-age=31536000, immutable", "Vary": "Accept-Encoding"}

FILES = {path.name: path.read_bytes() for path in sorted(FOLDER.iterdir()) if path.is_file()}
HASH = hashlib.sha256(b"\0".join(part for name, body in FILES.items() for part in (name.encode(), body))).hexdigest()[
    :12
]
EMBED = "embed.js"
"""Of the page for frames; the other one has no use for it."""
MODULES = "\n".join(
    f'<link rel="modulepreload" href="web/{HASH}/{name}">' for name in FILES if name.endswith(".js") and name != EMBED
)
"""The browser fetches all modules at once instead of discovering one after the other."""
for name in ("index.html", "embed.html"):
    FILES[name] = (
        FILES[name]
        .replace(b"{web}", f"web/{HASH}".encode())
        .replace(b"{vega}", f"web/vega/{BUNDLE_HASH}.js".encode())
        .replace(b"{modules}", MODULES.encode())
    )


async def page(request: web.Request) -> web.Response:
    """The page: maps, rankings, trends, and every statistic as a form; what the dataset is stands in it as JSON-LD."""
    request.app[BUNDLE].begin()
    service = request.app[SERVICE]
    with service.editions.using() as edition:
        described = await in_short_thread(structured_data, edition.engine, partial(public_address, request))
    framed_by = escape(" ".join(service.settings.server.allowed_origins)).encode()
    body = FILES["index.html"].replace(b"{framed_by}", framed_by).replace(b"{dataset}", described)
    return _response(request, "index.html", body, {**BRIEFLY, HEADER: POLICY})


async def embed(request: web.Request) -> web.Response:
    """The picture of a view with its source, for a frame in the page of an allowed site; the query is the page's."""
    request.app[BUNDLE].begin()
    policy = policy_framed_by(request.app[SERVICE].settings.server.allowed_origins)
    return _response(request, "embed.html", FILES["embed.html"], {**BRIEFLY, HEADER: policy})


async def bundle(request: web.Request) -> web.StreamResponse:
    """The drawing library of the page, in a coding that the client accepts."""
    _known(request, request.match_info["file"] == f"{BUNDLE_HASH}.js")
    coding = coding_of(request)
    file = OnDisk.of(await request.app[BUNDLE].ready(coding))
    return await respond(request, file, f"{BUNDLE_HASH}-{coding}", FOREVER, _content_headers(file.path.name, coding))


async def file(request: web.Request) -> web.Response:
    """A file of the page."""
    name = request.match_info["file"]
    _known(request, request.match_info["hash"] == HASH and name in FILES)
    return _response(request, name, FILES[name], FOREVER)


def _known(request: web.Request, known: bool) -> None:
    if not known:
        raise NotFound(f"there is no file {request.path}; the page at / names those that there are")


def _response(request: web.Request, name: str, body: bytes, headers: dict[str, str]) -> web.Response:
    coding = coding_of(request)
    return web.Response(body=_encoded(body, coding), headers={**headers, **_content_headers(name, coding)})


def _content_headers(name: str, coding: str) -> dict[str, str]:
    kind = "text/javascript" if ".js" in name else mimetypes.guess_type(name)[0]
    content_type = {"Content-Type": f"{kind}; charset=utf-8"}
    return content_type if coding == IDENTITY else {**content_type, "Content-Encoding": coding}


@lru_cache
def _encoded(body: bytes, coding: str) -> bytes:
    """The same file is compressed once."""
    return body if coding == IDENTITY else compress(body, coding)
