"""Who may make the service act: programs, its own pages and those of allowed sites, and never another site's page.

What a browser sends tells: a page cannot choose Host, Origin or Sec-Fetch-Site. Of a page of another site Origin or
Sec-Fetch-Site names that site, whatever it sends, an empty body included. A page whose own name was made to lead here
(DNS rebinding) is of the same origin for the browser, so Host must be a name of ours, too. Through TLS it is one, since
the certificate was of that name.
"""

from __future__ import annotations

import socket
from collections.abc import Awaitable, Callable, Iterable, Iterator
from functools import cache, lru_cache, wraps
from ipaddress import ip_address
from typing import TypeVar
from urllib.parse import urlsplit

from aiohttp import hdrs, web
from msgspec.structs import replace

from service.api.app_keys import SERVICE
from service.api.cors import shared_with
from service.api.options import AskOptions, StartOptions
from service.errors import ServiceError
from service.settings import Server

PROXIES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""Headers that only a proxy adds."""
LONGEST_HOST = 300
"""Letters; a name has 253 at most, and a port may follow."""
SAFE = {hdrs.METH_GET, hdrs.METH_HEAD, hdrs.METH_OPTIONS}

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
WithFresh = TypeVar("WithFresh", AskOptions, StartOptions)


def guarded(routes: Iterable[web.RouteDef]) -> Iterator[web.RouteDef]:
    """The routes, where those of a method that acts refuse other sites' pages; it costs the others nothing."""
    for route in routes:
        handler = route.handler if route.method in SAFE else _guard(route.handler)
        yield web.RouteDef(route.method, route.path, handler, route.kwargs)


def _guard(handler: Handler) -> Handler:
    @wraps(handler)
    async def guard(request: web.Request) -> web.StreamResponse:
        reason = _objection(request)
        if reason and shared_with(request, request.app[SERVICE].settings.server.allowed_origins) is None:
            raise ServiceError(f"only programs and pages of this service may do this: {reason}", status=403)
        return await handler(request)

    return guard


def own_fresh(request: web.Request, options: WithFresh) -> WithFresh:
    """The options, in which `fresh` counts only for this service's pages and for programs.

    Else an image in any page would make everybody who looks at it start jobs whose answers are known.
    """
    return replace(options, fresh=False) if options.fresh and _objection(request) else options


def _objection(request: web.Request) -> str | None:
    """What shows that a page of another site asks, if anything does."""
    headers, server = request.headers, request.app[SERVICE].settings.server
    host = headers.get(hdrs.HOST, "")
    ours = _is_ours(host, server)
    origin = headers.get(hdrs.ORIGIN)
    if origin is not None:
        if origin in {f"https://{host}", _origin(server.public_url)} or (ours and origin == f"http://{host}"):
            return None
        return f"the page that asks is from {origin}; public_url and allowed_origins in [server] say which may"
    if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return "a page of another site asks"
    # Whoever listens to other machines has names that nobody here knows, as in a cluster; programs may use them.
    if not ours and _is_loopback(server.host):
        return f"the Host header names {host}; use 127.0.0.1 or localhost, or set public_url in [server]"
    return None


def _is_ours(host: str, server: Server) -> bool:
    """Whether a Host is an address, which no other name leads to, or a name that this service is known to have."""
    return not host or (len(host) <= LONGEST_HOST and _is_known(host, server.host, server.public_url))


@lru_cache(1000)
def _is_known(host: str, listening: str, public_url: str) -> bool:
    name = _host_name(host)
    return _is_address(name) or name in _names(listening, public_url)


@cache
def _names(host: str, public_url: str) -> frozenset[str]:
    machine, public = socket.gethostname().lower(), urlsplit(public_url).hostname or "localhost"
    return frozenset({"localhost", host.lower(), machine, f"{machine}.local", public})


def _origin(url: str) -> str:
    """As browsers write it."""
    parts = urlsplit(url.lower())
    usual = {"http": ":80", "https": ":443"}.get(parts.scheme, "")
    return f"{parts.scheme}://{parts.netloc.removesuffix(usual)}"


def require_local(request: web.Request) -> None:
    """Raise ServiceError (403) unless a local program or this service's own page asks.

    A GET that acts needs more than the caller's address, because a browser on this machine is a local caller too:
    any web page can make it send a GET here, with an image tag, say, and the same-origin policy hides only the
    answer. So the Host must be a loopback name, and no other site's page may ask. A browser may also prefetch
    a page that no user asked for, which Sec-Purpose shows. Old browsers send none of these, but a Referer. Behind a
    proxy on this machine everybody has its address; many proxies add a header that gives them away, but none has to,
    and nginx does not by default, so a proxy has to deny these paths itself, as docs/operate.md says.
    """
    reason = _local_objection(request)
    if reason:
        raise ServiceError(f"only a caller on this machine may do this: {reason}", status=403)


def _local_objection(request: web.Request) -> str | None:
    headers = request.headers
    if not _is_loopback(request.remote or ""):
        return f"the request comes from {request.remote}"
    if not _is_loopback(_host_name(request.host)):
        return f"the Host header names {request.host}; use 127.0.0.1 or localhost"
    if any(name in headers for name in PROXIES):
        return "the request came through a proxy"
    if "Origin" in headers and headers["Origin"] != f"http://{request.host}":  # of a proxy's address even our own page
        return f"the page that asks is from {headers['Origin']}"
    if "Referer" in headers and not f"{headers['Referer']}/".startswith(f"http://{request.host}/"):
        return f"the page that asks is from {headers['Referer']}"
    if "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", "")):
        return "the browser is prefetching, and no user asked for it"
    return _objection(request)


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_address(name: str) -> bool:
    try:
        return bool(ip_address(name))
    except ValueError:
        return False


def _is_loopback(host: str) -> bool:
    return host == "localhost" or (_is_address(host) and ip_address(host).is_loopback)
