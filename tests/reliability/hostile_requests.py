"""Requests for every route: right ones, bent ones, and bytes that are hardly HTTP."""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple
from urllib.parse import quote, urlencode

from hypothesis import strategies as st

from bench.visitors import BROKEN
from service.api.options import (
    AskOptions,
    ChoicesOptions,
    EventsOptions,
    ListOptions,
    NoOptions,
    ReadOptions,
    StartOptions,
    StatusOptions,
    declared,
)
from service.api.routes import ROUTES
from service.formats.registry import FORMATS
from tests.process import ROOT

EXAMPLES: dict[str, dict[str, Any]] = {
    path.stem: json.loads(found[1])
    for path in sorted((ROOT / "sql").glob("*.sql"))
    if (found := re.search(r"^-- example: (\{.*\})$", path.read_text(encoding="utf-8"), re.M))
}
"""Each statistic with arguments that it takes."""
KINDS = {
    "queries.ask": AskOptions,
    "queries.start": StartOptions,
    "queries.start_statistic": StartOptions,
    "jobs.results": ReadOptions,
    "jobs.status": StatusOptions,
    "jobs.listed": ListOptions,
    "dataset.choices": ChoicesOptions,
    "job_events.all_events": EventsOptions,
    "job_events.one_jobs_events": EventsOptions,
}
"""The options of each handler that has any."""
RIGHT: dict[str, list[str]] = {
    "format": [name for name, each in FORMATS.items() if not each.drawn],
    "limit": ["1", "7", "1000"],
    "offset": ["0", "3"],
    "width": ["200", "2000"],
    "theme": ["light", "dark"],
    "scale": ["0.5", "4"],
    "chart": ["map", "bars"],
    "mark": ["OH", "us"],
    "select": ["state", "*"],
    "order": ["state", "mean.desc.nullslast"],
    "wait": ["0", "0.05"],
    "status": ["done", "error"],
    "statistic": ["best5"],
    "since": ["2011-01-31", "2026-01-31T12:00:00Z"],
    "newest": ["1", "100"],
    "cursor": ["0", "5"],
    "search": ["obes", "a"],
    "code": ["QuestionID", "LocationAbbr"],
    "id": ["1", "2", "3", "1.csv", "2.parquet"],
    "name": [*EXAMPLES],
    "column": ["Question", "LocationDesc", "YearStart"],
    "file": ["swagger-ui.css", "app.js"],
    "hash": ["0"],
}
"""Values that are taken, of options and of what stands in braces in a path; true and false of all others."""
HEADERS: dict[str, list[str]] = {
    "Accept": ["*/*", "application/json", "text/csv, */*;q=0.1", "text/html;q=0.9, application/json"],
    "Accept-Encoding": ["gzip", "br, zstd", "identity", "*;q=0"],
    "Range": ["bytes=0-9", "bytes=-5", "bytes=5-", "items=1"],
    "If-Range": ['"x"', "Sat, 28 Nov 2026 00:00:00 GMT"],
    "If-Match": ["*", '"x"'],
    "If-None-Match": ["*", '"x", W/"y"'],
    "If-Modified-Since": ["Sat, 28 Nov 2026 00:00:00 GMT"],
    "If-Unmodified-Since": ["Sat, 28 Nov 2026 00:00:00 GMT"],
    "Prefer": ["wait=1", "respond-async", "return=minimal, wait=0"],
    "Idempotency-Key": ["a", "0b7e6f7a-b8d4"],
    "Last-Event-ID": ["1", "x-1"],
    "X-Request-ID": ["abc"],
    "Origin": ["http://127.0.0.1", "null", "https://other.example"],
    "Sec-Fetch-Site": ["same-origin", "cross-site"],
    "Host": ["localhost", "other.example", "[::1]:5000"],
    "X-Forwarded-Proto": ["https"],
    "X-Forwarded-Prefix": ["/health"],
    "Content-Type": ["application/json; charset=utf-8", "text/plain"],
    "Content-Encoding": ["identity", "gzip", "deflate", "br", "zstd"],
    "Access-Control-Request-Method": ["POST"],
    "Access-Control-Request-Headers": ["content-type"],
    "Cookie": ["a=b"],
    "Authorization": ["Basic SECRET"],
    "Expect": ["100-continue", "200-ok"],
    "Connection": ["close", "keep-alive", "upgrade"],
    "Upgrade": ["websocket", "h2c"],
    "TE": ["trailers"],
}
"""Those that the service, aiohttp or a proxy looks at."""
OTHER_METHODS = ["HEAD", "OPTIONS", "PUT", "PATCH", "DELETE", "TRACE", "GET", "POST", "QUERY"]
LENGTHS = st.sampled_from([0, 1, 19, 70, 700, 8000, 60_000])
NASTY = st.one_of(
    st.sampled_from(
        ["", "-1", "0", "1e309", "NaN", "Infinity", "0x10", "١٢", "½", "true", "null", "%00", "\x00", "\r\n", "Ohio",
         "<script>",
         "../../run.py", "' or 1=1 --", "$question", "[a", "(a+)+$", "a\\", "\u202e", "\ufffd", "🦥", "=1+1",
         "${7*7}", "not.eq.1", "in.(1,2", "and(a.eq.1,", "Q036", "svg"]
    ),
    st.text(max_size=20),
    st.builds(lambda unit, length: (unit * length)[:length], st.sampled_from(list('9a,;"([. é=/*%-')), LENGTHS),
    st.integers(-(10**40), 10**40).map(str),
)  # fmt: skip
JSON = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(), NASTY),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NASTY, inner, max_size=3)),
    max_leaves=5,
)


class Request(NamedTuple):
    """`route` names the handler, or is empty for bytes that have none."""

    method: str
    path: str
    query: list[tuple[str, str]]
    headers: list[tuple[str, str]]
    body: bytes | None
    route: str

    def __repr__(self) -> str:
        """Short enough for a message."""
        return f"{self.data()[:1000]!r}"

    def data(self) -> bytes:
        """As it is sent."""
        query = f"?{urlencode(self.query, errors='replace')}" if self.query else ""
        lines = [f"{self.method} {self.path}{query} HTTP/1.1", *(f"{name}: {value}" for name, value in self.headers)]
        if self.body is not None:
            lines.append(f"Content-Length: {len(self.body)}")
        if not any(name == "Host" for name, _ in self.headers):
            lines.append("Host: 127.0.0.1")
        if self.route.startswith("admin."):  # it must be refused, or there would be nothing left to ask
            lines.append("X-Forwarded-For: 192.0.2.1")
        return "\r\n".join([*lines, "", ""]).encode("latin-1", "replace") + (self.body or b"")


Draw = Callable[[st.SearchStrategy[Any]], Any]


@st.composite
def right_requests(draw: Draw) -> Request:
    """What a route takes."""
    route = draw(st.sampled_from(ROUTES))
    handler = f"{route.handler.__module__.rpartition('.')[2]}.{route.handler.__name__}"
    statistic = draw(st.sampled_from([*EXAMPLES]))
    in_path = RIGHT | {"statistic": [statistic, f"{statistic}.csv"], "name": [statistic], "format": ["csv", "json"]}
    path = re.sub(r"\{(\w+)(:[^}]*)?\}", lambda found: draw(st.sampled_from(in_path[found[1]])), route.path)
    options = [option.name for option in declared(KINDS.get(handler, NoOptions)) if not option.header]
    picked = draw(st.lists(st.sampled_from(options), max_size=2, unique=True)) if options else []
    query = [(name, draw(st.sampled_from(RIGHT.get(name, ["true", "false"])))) for name in picked]
    headers = [("Accept", draw(st.sampled_from(HEADERS["Accept"])))]
    body, arguments = None, EXAMPLES[statistic]
    if handler == "queries.ask":
        query += [*_pairs(arguments)]
    if handler in {"queries.start", "queries.start_statistic"}:
        path = path.removesuffix(".csv")
        own = {"statistic": statistic, "arguments": arguments} if handler == "queries.start" else arguments
        body = json.dumps(own).encode()
        headers.append(("Content-Type", "application/json"))
    return Request(method=route.method, path=path, query=query, headers=headers, body=body, route=handler)


def _pairs(arguments: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for name, value in arguments.items():
        for each in value if isinstance(value, list) else [value]:
            yield name, str(each)


def _bend_method(draw: Draw, request: Request) -> Request:
    return request._replace(method=draw(st.sampled_from(OTHER_METHODS)))


def _bend_path(draw: Draw, request: Request) -> Request:
    parts = request.path.split("/")
    parts[draw(st.integers(1, len(parts) - 1))] = quote(draw(NASTY), safe="", errors="replace")
    return request._replace(path="/".join(parts))


def _bend_query(draw: Draw, request: Request) -> Request:
    name = draw(st.one_of(st.sampled_from([*RIGHT, "question", "state", "value", "fresh", "wait[]"]), NASTY))
    return request._replace(query=[*request.query, (name, draw(NASTY))])


def _repeat_query(draw: Draw, request: Request) -> Request:
    return request._replace(query=(request.query * draw(st.sampled_from([2, 50, 1000])))[:1000])


def _add_header(draw: Draw, request: Request) -> Request:
    name = draw(st.sampled_from([*HEADERS]))
    value = draw(
        st.sampled_from(HEADERS[name]) | NASTY | st.binary(max_size=20).map(lambda data: data.decode("latin-1"))
    )
    return request._replace(headers=[*request.headers, (name, re.sub(r"[\r\n\0]", "", value))])


def _repeat_header(draw: Draw, request: Request) -> Request:
    name = draw(st.sampled_from([*HEADERS]))
    several = [(name, draw(st.sampled_from(HEADERS[name])))] * draw(st.sampled_from([2, 30, 90]))
    return request._replace(headers=[*request.headers, *several])


def _bend_body(draw: Draw, request: Request) -> Request:
    body = draw(st.binary(max_size=100) | JSON.map(lambda value: json.dumps(value).encode()) | st.sampled_from(BODIES))
    return request._replace(method=draw(st.sampled_from(["POST", request.method])), body=body)


BODIES = [
    b"[" * 60_000,
    b'{"a":' * 10_000,
    b'{"question": ' + b"9" * 60_000 + b"}",
    b'{"question": "Q036", "question": "Q047"}',
    b'{"question": "\\ud800"}',
    gzip.compress(b" " * 10**7),
    b"\xef\xbb\xbf{}",
    b"x" * 70_000,
]
BENDS = [
    _bend_method,
    _bend_path,
    _bend_query,
    _bend_query,
    _repeat_query,
    _add_header,
    _add_header,
    _repeat_header,
    _bend_body,
]


@st.composite
def bent_requests(draw: Draw) -> Request:
    """One of these with one to three things wrong."""
    request: Request = draw(right_requests())
    for bend in draw(st.lists(st.sampled_from(BENDS), min_size=1, max_size=3)):
        request = bend(draw, request)
    return request


LINES = st.one_of(
    st.sampled_from([f"{name}: {value}".encode() for name, values in HEADERS.items() for value in values]),
    st.sampled_from(
        [b"Content-Length: 5", b"Content-Length: -1", b"Content-Length: 5, 5", b"Transfer-Encoding: chunked", b": x",
         b" folded", b"Transfer-Encoding: gzip, chunked", b"Host: a\r\nHost: b", b"A:" + b"b" * 70_000, b"a" * 70_000]
    ),
    st.binary(max_size=30),
    st.builds(lambda name, value: name + b": " + value, st.binary(min_size=1, max_size=8), st.binary(max_size=30)),
)  # fmt: skip
STARTS = st.one_of(
    st.sampled_from([b"GET /api/num_jobs HTTP/1.1", b"POST /api/best5 HTTP/1.1", b"GET / HTTP/1.0", b"GET / HTTP/2.0"]),
    st.builds(lambda path: b"GET /" + path + b" HTTP/1.1", st.binary(max_size=20)),
    st.binary(max_size=40),
)  # fmt: skip
BYTES = st.one_of(
    st.sampled_from(BROKEN),
    st.builds(
        lambda start, lines, body: b"\r\n".join([start, *lines, b"", body]),
        STARTS,
        st.lists(LINES, max_size=4),
        st.sampled_from(
            [b"", b"{}", b"5\r\nhello\r\n0\r\n\r\n", b"fffffffff\r\n", b"0\r\n" + b"a: b\r\n" * 1000 + b"\r\n"]
        ),
    ),
)
"""Heads line by line, for the parser; none of these paths makes the service end or reload."""
REQUESTS: st.SearchStrategy[Request | bytes] = st.integers(0, 9).flatmap(
    lambda kind: right_requests() if kind < 5 else bent_requests() if kind < 9 else BYTES
)
