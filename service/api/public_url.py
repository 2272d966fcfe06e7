"""The address by which clients reach the service: behind a proxy not its own, and maybe under a prefix."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from aiohttp import web

from service.api.app_keys import SERVICE


def prefix_of(public_url: str) -> str:
    """The path below which the service is reached: "/health" of https://example.org/health/, "" of a bare host."""
    return urlsplit(public_url).path.rstrip("/")


def public_address(request: web.Request, path: str) -> str:
    """The absolute address of a path of the API, with the prefix or without; the path alone where no address is set."""
    public_url = request.app[SERVICE].settings.server.public_url
    if not public_url:
        return path
    prefix = prefix_of(public_url)
    # The prefix may itself be /api, so a path that begins with it need not have it.
    has_prefix = path.startswith(f"{prefix}/api/")
    return public_url.rstrip("/") + (path.removeprefix(prefix) if has_prefix else path)


def with_public_addresses(request: web.Request, described: Mapping[str, Any]) -> dict[str, Any]:
    """What describes a parameter or an error of one, with `allowed_at` as clients reach it, also in a list's items."""
    found = dict(described)
    if "allowed_at" in found:
        found["allowed_at"] = public_address(request, found["allowed_at"])
    if "items" in found:
        found["items"] = with_public_addresses(request, found["items"])
    return found


def with_prefix(
    routes: Iterable[web.RouteDef], public_url: str, *, local: Collection[web.RouteDef]
) -> Iterator[web.RouteDef]:
    """The routes, and those not `local` once more under the prefix, since some proxies strip it and others keep it."""
    prefix = prefix_of(public_url)
    for route in routes:
        yield route
        # A proxy that denies a local route and strips the prefix would pass on one with the prefix twice.
        if prefix and route not in local:
            yield web.RouteDef(route.method, prefix + route.path, route.handler, route.kwargs)
    if prefix:
        yield web.get(prefix, _home)


async def _home(request: web.Request) -> web.Response:
    """Without the final slash the page's relative addresses would be resolved wrongly."""
    query = f"?{request.query_string}" if request.query_string else ""
    return web.Response(status=308, headers={"Location": public_address(request, "/") + query})
