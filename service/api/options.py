"""The options of each route: typed structs, and how a request's query and headers become one.

A struct declares its options once: the name, the type and what is allowed are the field's, and OpenAPI shows the same.
A field with `header` in the `extra` of its Meta comes from that header, every other one from the query.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, NamedTuple, TypeVar, get_args, get_origin, get_type_hints

import msgspec
from aiohttp import web
from msgspec import Meta, Struct

from service.api.bracketed_names import without_brackets
from service.api.header_lines import header_of
from service.errors import BadRequest, Unusable
from service.formats.answer_options import LONGEST_WAIT, AnswerOptions, ResultsOptions, one_of
from service.jobs.idempotency import KEY
from service.jobs.job import State
from service.suggest import allowed_values

TRUTHS = {"true": True, "false": False}
MOST_JOBS = 10**18 - 1
PAGE = 1000
"""Jobs of a page: more are asked for page by page."""
MOST_TEXTS = 2000
"""Parts of a query: a list has at most half as many."""

Read = Callable[[str], Any]


class Option(NamedTuple):
    """A field as it is read: `many` when its name may repeat, `header` when it is not in the query."""

    name: str
    type: Any
    default: Any
    meta: Meta
    read: Read
    many: bool
    header: str | None


def _header(name: str, description: str, **more: Any) -> Meta:
    return Meta(description=description, extra={"header": name}, **more)


def time_of(name: str, text: str) -> float:
    """Seconds since 1970 of an option that is an ISO 8601 time, in UTC where it names no zone; raises BadRequest."""
    try:
        # A + of the time zone arrives as a space.
        given = datetime.fromisoformat(text.replace(" ", "+") if re.search(r" \d\d:\d\d$", text) else text)
        return given.replace(tzinfo=given.tzinfo or UTC).timestamp()
    except (ValueError, OverflowError):
        reason = f"{text[:60]!r} is not a time; write it as 2026-01-31T12:00:00Z"
        raise BadRequest(reason, parameter=name, format="date-time") from None


def _state(text: str) -> str:
    return one_of("state of a job", {str(state): state for state in State}, text)


WAIT = Annotated[float, Meta(ge=0, le=LONGEST_WAIT, description="seconds to wait, at most 60")]
PREFER = Annotated[str, _header("Prefer", "`wait=5` waits so many seconds for the answer", examples=["wait=5"])]
LAST_EVENT = Annotated[str, _header("Last-Event-ID", "the id of the last event that came, to go on from there")]
STATE = Meta(extra={"read": _state}, extra_json_schema={"enum": [str(state) for state in State]})
TIME = Meta(
    description="only jobs submitted since",
    extra_json_schema={"format": "date-time"},
)


class NoOptions(Struct, frozen=True):
    """For routes that take none."""


class StartOptions(Struct, frozen=True, kw_only=True):
    """Of a POST that starts a job."""

    prefer: PREFER | None = None
    idempotency_key: (
        Annotated[str, _header("Idempotency-Key", "the same key gives the same job for a day", pattern=KEY)] | None
    ) = None
    fresh: Annotated[bool, Meta(description="run it again, though the answer is known")] = False
    meta: Annotated[bool, Meta(description="add the provenance to the answer")] = False


class AskOptions(AnswerOptions, frozen=True, kw_only=True):
    """Of a GET that asks for an answer."""

    prefer: PREFER | None = None


class ReadOptions(ResultsOptions, frozen=True, kw_only=True):
    prefer: PREFER | None = None


class StatusOptions(Struct, frozen=True, kw_only=True):
    wait: WAIT | None = None
    prefer: PREFER | None = None


class EventsOptions(Struct, frozen=True, kw_only=True):
    last_event_id: LAST_EVENT | None = None


class ListOptions(Struct, frozen=True, kw_only=True):
    status: Annotated[tuple[Annotated[str, STATE], ...], Meta(description="only jobs in these states")] = ()
    statistic: Annotated[tuple[str, ...], Meta(description="only jobs of these statistics")] = ()
    since: Annotated[str, TIME] | None = None
    limit: Annotated[int, Meta(ge=1, le=MOST_JOBS, description=f"jobs of a page, at most {PAGE}")] = PAGE
    newest: Annotated[int, Meta(ge=1, le=MOST_JOBS, description="only the newest so many")] | None = None
    cursor: Annotated[int, Meta(ge=0, le=MOST_JOBS, description="the `cursor` of the page before")] = 0


class ChoicesOptions(Struct, frozen=True, kw_only=True):
    search: Annotated[str, Meta(max_length=200, description="words that value or code must have")] = ""
    code: Annotated[str, Meta(description="the column of the codes")] | None = None


T = TypeVar("T", bound=Struct)


def options_of(request: web.BaseRequest, kind: type[T]) -> T:
    """The options of a request; raises BadRequest for one that the route does not know, or that is not allowed."""
    options, rest = split_options(request, kind)
    for name in rest:
        known = sorted(option.name for option in declared(kind) if not option.header)
        raise BadRequest(f"there is no parameter named {name!r}", parameter=name, allowed=known)
    return options


def split_options(request: web.BaseRequest, kind: type[T]) -> tuple[T, dict[str, list[str]]]:
    """The options, and the rest of the query: arguments of a statistic, whose names may repeat."""
    known = _by_name(kind)
    if (count := request.rel_url.raw_query_string.count("&") + 1) > MOST_TEXTS:
        raise BadRequest(f"the query has {count} parts; send at most {MOST_TEXTS}")
    texts: dict[str, list[str]] = {}
    for name, text in request.query.items():
        texts.setdefault(name, []).append(text)
    named = without_brackets(texts, lambda name: known[name].many if name in known else None)
    values = {name: _value(known[name], given) for name, given in named.items() if name in known}
    for option in _headers(kind):
        if (header := header_of(request, option.header or "")) is not None:
            values[option.name] = header
    return kind(**values), {name: given for name, given in named.items() if name not in known}


@cache
def declared(kind: type[Struct]) -> tuple[Option, ...]:
    """The options that a struct declares."""
    hints = get_type_hints(kind, include_extras=True)
    return tuple(_option(field.name, hints[field.name], field.default) for field in msgspec.structs.fields(kind))


@cache
def _by_name(kind: type[Struct]) -> Mapping[str, Option]:
    return {option.name: option for option in declared(kind) if not option.header}


@cache
def _headers(kind: type[Struct]) -> tuple[Option, ...]:
    return tuple(option for option in declared(kind) if option.header)


def _option(name: str, hint: Any, default: Any) -> Option:
    whole = _without_none(hint)
    outer = _meta_of(whole)
    bare = get_args(whole)[0] if get_origin(whole) is Annotated else whole
    many = get_origin(bare) is tuple
    kind = get_args(bare)[0] if many else whole
    meta = _meta_of(kind)
    read = (meta.extra or {}).get("read") or (_truth if bare is bool else partial(_converted, kind))
    if bare is int:
        read = partial(_whole, kind)
    return Option(
        name=name,
        type=kind,
        default=default,
        meta=outer if outer.description else meta,
        read=read,
        many=many,
        header=(outer.extra or {}).get("header"),
    )


def _without_none(hint: Any) -> Any:
    if isinstance(hint, UnionType) or str(get_origin(hint)) == "typing.Union":
        [hint] = [part for part in get_args(hint) if part is not NoneType]
    return hint


def _meta_of(kind: Any) -> Meta:
    return next((part for part in get_args(kind) if isinstance(part, Meta)), Meta())


def _value(option: Option, texts: list[str]) -> Any:
    if not option.many and len(texts) > 1:
        reason = f"{option.name} is given {len(texts)} times in the query; give it once"
        raise BadRequest(reason, parameter=option.name)
    try:
        values = tuple(map(option.read, texts))
    except Unusable as error:
        raise BadRequest(str(error), parameter=option.name, **error.fields) from None
    except msgspec.ValidationError:
        reason = f"{option.name} must be {allowed_values(option.type)}, not {texts[0][:60]!r}"
        allowed = [*TRUTHS.values()] if option.read is _truth else None
        raise BadRequest(reason, parameter=option.name, allowed=allowed) from None
    return values if option.many else values[0]


def _converted(kind: Any, text: str) -> Any:
    return msgspec.convert(text, kind, strict=False)


def _whole(kind: Any, text: str) -> Any:
    """msgspec would take 1e1 and 2.0 too."""
    if not re.fullmatch(r"[0-9]{1,18}", text):
        raise msgspec.ValidationError
    return msgspec.convert(int(text), kind)


def _truth(text: str) -> bool:
    """msgspec would take 0 and 1 too."""
    if text.lower() not in TRUTHS:
        raise msgspec.ValidationError
    return TRUTHS[text.lower()]
