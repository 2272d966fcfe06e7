"""The address by which clients reach the service: behind a proxy not its own, and maybe under a prefix."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from urllib.parse import urlsplit

from aiohttp import web

from service.api.app_keys import SERVICE


def prefix_of(public_url: str) -> str:
    """The path below which the service is reached: "/health" of https://example.org/health/, "" of a bare host."""
    return urlsplit(public_url).path.rstrip("/")


def public_address(request: web.Request, path: str) -> str:
    """The absolute address of one of our paths; the path alone where no public address is set."""
    public_url = request.app[SERVICE].settings.server.public_url
    if not public_url:
        return path
    return public_url.rstrip("/") + path.removeprefix(prefix_of(public_url))


def with_prefix(routes: Iterable[web.RouteDef], public_url: str) -> Iterator[web.RouteDef]:
    """The routes, and once more under the prefix, since some proxies strip it and others keep it."""
    prefix = prefix_of(public_url)
    for route in routes:
        yield route
        if prefix:
            yield web.RouteDef(route.method, prefix + route.path, route.handler, route.kwargs)
    if prefix:
        yield web.get(prefix, _home)


async def _home(request: web.Request) -> web.Response:
    """Without the final slash the page's relative addresses would be resolved wrongly."""
    query = f"?{request.query_string}" if request.query_string else ""
    return web.Response(status=308, headers={"Location": public_address(request, f"{request.path}/") + query})
