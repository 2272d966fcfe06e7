"""Requests to the table's server: through proxies, with certificates and a token, and to where it redirects."""

from __future__ import annotations

import os
import ssl
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import TracebackType
from typing import NamedTuple, Self
from urllib.parse import urljoin, urlsplit

import urllib3
from urllib3.exceptions import HTTPError

from service.dataset.download.faults import (
    TRANSIENT,
    TRANSIENT_STATUSES,
    AttemptFailed,
    FetchError,
    Refused,
    failed,
    in_words,
    refused_by_proxy,
)
from service.dataset.download.proxies import Proxy, proxy_for

BLOCK = 2**16
MOST_REDIRECTS = 5
MOST_BYTES = 1_000_000_000
"""Ten times the CDC's table: a server that never ends must not fill the disk, nor a page of it the memory."""
HEADERS = {"Accept-Encoding": "identity", "User-Agent": "health-of-us-states"}
"""The bytes uncompressed, so that they can be counted."""
TOKEN = "SOCRATA_APP_TOKEN"  # noqa: S105 - the name of a variable
CA_BUNDLES = ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "SSL_CERT_FILE")
"""Variables in which other programs look for certificates; the first that is set is used."""
PORTS = {"http": 80, "https": 443}


class Access(NamedTuple):
    """How to reach the server; `timeout` is for how many seconds it may be silent."""

    token: str = ""
    ca_bundle: Path | None = None
    timeout: float = 30.0


class Client:
    """Asks one server, whose address is `url`; a context that closes its connections."""

    def __init__(self, url: str, access: Access) -> None:
        """Raises FetchError when the token or the certificates cannot be used."""
        if not (access.token.isascii() and access.token.isprintable()):
            raise FetchError(f"{TOKEN} has characters that no token has; copy it again")
        self._url = url
        self._access = access
        self._tls = _tls(access.ca_bundle)
        self._managers: dict[Proxy | None, urllib3.PoolManager] = {}
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None) -> None:
        self._open.close()

    @contextmanager
    def get(self, url: str, headers: Mapping[str, str] | None = None) -> Iterator[urllib3.BaseHTTPResponse]:
        """A response that brings what was asked for, its body unread.

        Raises AttemptFailed where another attempt may succeed, Refused for another status, and FetchError.
        """
        response = self._follow(url, {**HEADERS, **(headers or {})})
        try:
            self._check(url, response)
            yield response
        finally:
            response.close()

    def _follow(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        here = url
        for _ in range(MOST_REDIRECTS + 1):
            try:
                response = self._send(here, headers)
                target = response.get_redirect_location()
                if not target:
                    return response
                response.close()
                secure, here = urlsplit(here).scheme == "https", urljoin(here, target)
                if secure and urlsplit(here).scheme != "https":
                    raise FetchError(f"{url}: it redirects from https to {here}; check the address")
            except (HTTPError, ValueError) as error:  # ValueError is Python's own, about an address
                raise failed(url, error) from None
        raise FetchError(f"{url}: it redirects too many times; check the address")

    def _send(self, url: str, headers: Mapping[str, str]) -> urllib3.BaseHTTPResponse:
        # A redirect may lead to another server, which must not get the token.
        token = {"X-App-Token": self._access.token} if self._access.token and _origin(url) == _origin(self._url) else {}
        manager = self._manager(proxy_for(url))
        return manager.request(
            "GET", url, headers={**headers, **token}, preload_content=False, redirect=False, retries=False
        )

    def _manager(self, proxy: Proxy | None) -> urllib3.PoolManager:
        if proxy not in self._managers:
            timeout = urllib3.Timeout(self._access.timeout)
            manager = (
                urllib3.PoolManager(ssl_context=self._tls, timeout=timeout)
                if proxy is None
                else urllib3.ProxyManager(
                    proxy.url,
                    proxy_headers={"Proxy-Authorization": proxy.authorization} if proxy.authorization else None,
                    ssl_context=self._tls,
                    proxy_ssl_context=self._tls,
                    timeout=timeout,
                )
            )
            self._managers[proxy] = self._open.enter_context(manager)
        return self._managers[proxy]

    def _check(self, url: str, response: urllib3.BaseHTTPResponse) -> None:
        status = response.status
        if status in TRANSIENT_STATUSES:
            raise AttemptFailed(f"the server answers {status}")
        if status == 407:
            raise refused_by_proxy(url, status)
        if status not in {200, 206}:
            token = f"{' and' if self._access.token else ', or set'} {TOKEN}" if status in {401, 403} else ""
            raise Refused(f"{url}: the server answers {status} {response.reason}", status, f"check the address{token}")


def blocks(response: urllib3.BaseHTTPResponse, received: int = 0) -> Iterator[bytes]:
    """The body as it arrives, after what was `received` before; raises FetchError for more than MOST_BYTES of both.

    urllib3 raises when it ends before its declared length or its last chunk.
    """
    try:
        for block in iter(lambda: response.read1(BLOCK), b""):
            received += len(block)
            if received > MOST_BYTES:
                raise FetchError(f"{response.url}: more than {MOST_BYTES:,} bytes came; check the address")
            yield block
    except HTTPError as error:
        raise AttemptFailed(f"the connection broke ({in_words(error, TRANSIENT) or type(error).__name__})") from None


def _origin(url: str) -> tuple[str, str | None, int | None]:
    """Scheme, host and port; raises ValueError for anything but an HTTP address."""
    parts = urlsplit(url)
    if parts.scheme not in PORTS:
        raise ValueError(parts.scheme)
    return parts.scheme, parts.hostname, parts.port or PORTS[parts.scheme]


def _tls(bundle: Path | None) -> ssl.SSLContext:
    """Trust the certificates in a PEM file or an OpenSSL folder, else those of the system."""
    variables = ((name, os.environ.get(name)) for name in CA_BUNDLES)
    named = next(((name, Path(value)) for name, value in [("--ca-bundle", bundle), *variables] if value), None)
    if named is None:
        return ssl.create_default_context()
    name, path = named
    try:
        if path.is_dir():
            return ssl.create_default_context(capath=path)
        return ssl.create_default_context(cafile=path)
    except OSError as error:
        raise FetchError(
            f"{name}: {path}: cannot be read as certificates: {error.strerror or error}; name a PEM file"
        ) from None
