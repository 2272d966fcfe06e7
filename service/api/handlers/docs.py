"""/docs: Swagger UI, served from its package under a strict content security policy; no request leaves the machine."""

from __future__ import annotations

import mimetypes
from importlib.metadata import distribution
from pathlib import Path

from aiohttp import web

from service.api.app_keys import SERVICE
from service.api.bodies import compressed_json
from service.api.content_security_policy import HEADER, POLICY
from service.api.openapi import document
from service.api.options import NoOptions, options_of
from service.api.ranges import OnDisk, respond
from service.encoding import encode_line
from service.errors import NotFound
from service.statistics.catalog import Catalog
from service.threads import in_short_thread

# The package is not imported, since its own code, which takes long to load, is not used.
PACKAGE = distribution("swagger-ui-py")
ASSETS = Path(str(PACKAGE.locate_file("swagger_ui"))) / "static"
SERVED = ("swagger-ui-bundle.js", "swagger-ui.css", "favicon-32x32.png")
PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Health of US states: API</title>
<link rel="icon" href="docs/favicon-32x32.png">
<link rel="stylesheet" href="docs/swagger-ui.css">
<div id="docs"></div>
<script src="docs/swagger-ui-bundle.js"></script>
<script src="docs/start.js"></script>
</html>
"""
START = """SwaggerUIBundle({
    url: "api/openapi.json", dom_id: "#docs", deepLinking: true, docExpansion: "list", defaultModelsExpandDepth: -1,
    tryItOutEnabled: true, validatorUrl: null
});
"""


async def openapi(request: web.Request) -> web.Response:
    """The API for programs: OpenAPI 3.1, in step with the loaded files."""
    options_of(request, NoOptions)
    service = request.app[SERVICE]
    body = await in_short_thread(_document, service.editions.current.catalog, service.settings.server.public_url)
    return await compressed_json(request, body)


def _document(catalog: Catalog, public_url: str) -> bytes:
    return encode_line(document(catalog, public_url))


async def page(request: web.Request) -> web.Response:
    """The API to read and to try out."""
    return web.Response(text=PAGE, content_type="text/html", headers={HEADER: POLICY})


async def start(request: web.Request) -> web.Response:
    """The script that starts Swagger UI; a file of its own, since the policy allows none in the page."""
    return web.Response(text=START, content_type="text/javascript")


async def asset(request: web.Request) -> web.StreamResponse:
    """A file of Swagger UI."""
    name = request.match_info["file"]
    if name not in SERVED:
        raise NotFound(f"there is no page {request.path}; the docs are at /docs")
    file = OnDisk.of(ASSETS / name)
    kind = {"Content-Type": str(mimetypes.guess_type(name)[0])}
    return await respond(request, file, PACKAGE.version, {"Cache-Control": "max-age=86400"}, kind)
