"""Which proxy a request goes through: HTTPS_PROXY, HTTP_PROXY, ALL_PROXY and NO_PROXY, in upper or lower case."""

from __future__ import annotations

from typing import NamedTuple
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

from urllib3.exceptions import LocationParseError
from urllib3.util import make_headers, parse_url

from service.dataset.download.faults import FetchError


class Proxy(NamedTuple):
    """A proxy's address without the name and password, which are a header of requests to it."""

    url: str
    authorization: str | None


def proxy_for(url: str) -> Proxy | None:
    """The proxy for an address, or None; raises FetchError, which repeats no password, for one that is no address."""
    target = urlsplit(url)
    proxies = getproxies()
    text = proxies.get(target.scheme) or proxies.get("all")
    if not text or proxy_bypass(target.netloc.rpartition("@")[2]):
        return None
    try:
        found = parse_url(text if "://" in text else f"http://{text}")
        if found.scheme not in {"http", "https"} or not found.host:
            raise LocationParseError(text)
        headers = make_headers(proxy_basic_auth=unquote(found.auth)) if found.auth else {}
    except ValueError:
        variable = f"{target.scheme.upper()}_PROXY or ALL_PROXY"
        raise FetchError(
            f"{variable} is no address of a proxy that can be used; write it as http://proxy.example.org:3128"
        ) from None
    return Proxy(found._replace(auth=None).url, headers.get("proxy-authorization"))
