"""Who may act on the process over HTTP: a caller on this machine, and never a web page from another site."""

from __future__ import annotations

from ipaddress import ip_address
from urllib.parse import urlsplit

from aiohttp import web

from service.errors import ServiceError

PROXIES = ("Forwarded", "Via", "X-Forwarded-For", "X-Forwarded-Host", "X-Forwarded-Proto", "X-Real-IP")
"""Headers that only a proxy adds."""


def require_local(request: web.Request) -> None:
    """Raise ServiceError (403) unless a local program or this service's own page asks.

    A GET that acts needs more than the caller's address, because a browser on this machine is a local caller too:
    any web page can make it send a GET here, with an image tag, say, and the same-origin policy hides only the
    answer. So the Host must be a loopback name (else a foreign name resolves to this address: DNS rebinding),
    Origin must be ours, and Sec-Fetch-Site must not name another site. A browser may also prefetch
    a page that no user asked for, which Sec-Purpose shows. Old browsers send none of these, but a Referer. Behind a
    proxy on this machine everybody has its address; many proxies add a header that gives them away, but none has to,
    and nginx does not by default, so a proxy has to deny these paths itself, as docs/operate.md says.
    """
    reason = _objection(request)
    if reason:
        raise ServiceError(f"only a caller on this machine may do this: {reason}", status=403)


def _objection(request: web.Request) -> str | None:
    headers = request.headers
    if not _is_loopback(request.remote or ""):
        return f"the request comes from {request.remote}"
    if not _is_loopback(_host_name(request.host)):
        return f"the Host header names {request.host}; use 127.0.0.1 or localhost"
    if any(name in headers for name in PROXIES):
        return "the request came through a proxy"
    if "Origin" in headers and headers["Origin"] != f"http://{request.host}":
        return f"the page that asks is from {headers['Origin']}"
    if "Referer" in headers and not f"{headers['Referer']}/".startswith(f"http://{request.host}/"):
        return f"the page that asks is from {headers['Referer']}"
    if headers.get("Sec-Fetch-Site", "none") not in {"none", "same-origin"}:
        return "a page of another site asks"
    if "prefetch" in headers.get("Sec-Purpose", headers.get("Purpose", "")):
        return "the browser is prefetching, and no user asked for it"
    return None


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def _is_loopback(host: str) -> bool:
    try:
        return host == "localhost" or ip_address(host).is_loopback
    except ValueError:
        return False
