"""What handlers share: JSON bodies in, JSON bodies out, and errors as JSON."""

from __future__ import annotations

import codecs
import json
from collections import Counter
from collections.abc import Mapping
from typing import Any

import msgspec
from aiohttp import web
from aiohttp.web_protocol import RequestPayloadError

from service.api.negotiation import coding_of
from service.api.public_url import with_public_addresses
from service.compression import IDENTITY, WORTHWHILE, compressed
from service.encoding import encode_line
from service.errors import BadRequest, ServiceError, brief
from service.logs.request_id import request_id


def json_response(value: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    return json_bytes(encode_line(value), status=status, headers=headers)


def json_bytes(body: bytes, *, status: int = 200, headers: Mapping[str, str] | None = None) -> web.Response:
    """JSON that is encoded already, with a line feed at its end."""
    return web.Response(body=body, status=status, headers=headers, content_type="application/json")


async def compressed_json(
    request: web.BaseRequest, body: bytes, headers: Mapping[str, str] | None = None
) -> web.Response:
    """JSON that is made for each request, compressed where the client accepts that and it is worthwhile."""
    headers, coding = {**(headers or {}), "Vary": "Accept-Encoding"}, coding_of(request)
    if coding != IDENTITY and len(body) >= WORTHWHILE:
        body = await compressed(body, coding, "streamed")
        headers["Content-Encoding"] = coding
    return json_bytes(body, headers=headers)


def error_response(request: web.Request, error: ServiceError, headers: Mapping[str, str] | None = None) -> web.Response:
    """An error as JSON, with its fields and the request's id."""
    given = {name: value for name, value in error.fields.items() if value is not None}
    fields = with_public_addresses(request, given)
    # A header may hold any byte, and a reason may quote it.
    reason = error.reason.encode("utf-8", "backslashreplace").decode()
    body = {"status": "error", "reason": reason, **fields, "request_id": request_id.get()}
    extra = {"Retry-After": str(fields["retry_after"])} if "retry_after" in fields else {}
    return json_response(body, status=error.status, headers={**(headers or {}), **extra})


async def json_object(request: web.Request) -> dict[str, Any]:
    """The request's body, a JSON object; no body counts as an empty one. Raises BadRequest (also with 413, 415)."""
    if coding := request.headers.get("Content-Encoding"):  # 60 kB may be packed from 60 MB
        raise BadRequest(f"the body has Content-Encoding {brief(coding)}; send it as it is", status=415)
    body = (await _body(request)).removeprefix(codecs.BOM_UTF8)
    if not body:
        return {}
    if request.content_type != "application/json":
        raise BadRequest(
            f"the content type is {request.content_type}, but must be application/json; "
            "with curl add -H 'Content-Type: application/json'",
            status=415,
        )
    try:
        value = msgspec.json.decode(body)
        _KEYS.decode(body.decode())
    except (msgspec.DecodeError, RecursionError, UnicodeError) as error:
        raise BadRequest(f"the body is broken JSON: {error}") from None
    if not isinstance(value, dict):
        raise BadRequest(f'the body must be a JSON object such as {{"question": "Q036"}}, not {_kind(value)}')
    return value


def _once_each(pairs: list[tuple[str, Any]]) -> None:
    """Refuse an object that has a key twice, of which msgspec would take the last."""
    if len(dict(pairs)) < len(pairs):
        [(name, times)] = Counter(name for name, _ in pairs).most_common(1)
        raise BadRequest(f"{brief(name)} is given {times} times in the body; give it once", parameter=name)


_KEYS = json.JSONDecoder(object_pairs_hook=_once_each, parse_int=str, parse_float=str)
"""Looks at the keys alone, in what msgspec has already parsed."""


async def _body(request: web.Request) -> bytes:
    most = request.client_max_size
    try:
        if (request.content_length or 0) > most:  # without waiting for it
            raise web.HTTPRequestEntityTooLarge(most)
        return await request.read()
    except web.HTTPRequestEntityTooLarge:
        raise BadRequest(f"the body is larger than {most} bytes; send less", status=413, max_body=most) from None
    except RequestPayloadError:
        raise BadRequest("the body is broken off, or its chunks are not as HTTP has them; send it again") from None


def _kind(value: Any) -> str:
    kinds: dict[type, str] = {list: "a list", str: "a text", bool: "a truth value", type(None): "null"}
    return kinds.get(type(value), "a number")
