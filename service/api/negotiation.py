"""What a client accepts: the format by suffix, query or Accept, and the content coding by Accept-Encoding."""

from __future__ import annotations

from functools import lru_cache

from aiohttp import hdrs, web
from werkzeug.datastructures import Accept, MIMEAccept
from werkzeug.http import parse_accept_header

from service.api.header_lines import header_of
from service.compression import CODINGS, IDENTITY
from service.errors import BadRequest, Unusable, brief
from service.formats.answer_options import one_of
from service.formats.registry import FORMATS, Format


def split_suffix(name: str) -> tuple[str, str | None]:
    """`states_mean.csv` is the name and the format."""
    stem, dot, suffix = name.partition(".")
    return stem, suffix if dot else None


def format_of(request: web.BaseRequest, suffix: str | None, named: str | None) -> Format:
    """Raises BadRequest for an unknown format, and with status 406 when Accept admits none."""
    if suffix is not None and named is not None and suffix != named:
        raise BadRequest(f"the address ends with .{suffix}, but format={named}; leave one out", parameter="format")
    name = named if suffix is None else suffix
    if name is not None:
        try:
            return FORMATS[one_of("format", FORMATS, name)]
        except Unusable as error:
            raise BadRequest(str(error), parameter="format", **error.fields) from None
    header = header_of(request, hdrs.ACCEPT)
    found = _accepted_format(header) if header else FORMATS["json"]
    if found is None:
        raise BadRequest(
            f"Accept names no format that there is: {brief(header)}; format=NAME or Accept may ask for these",
            status=406,
            parameter="Accept",
            allowed={name: each.media_type for name, each in FORMATS.items()},
        )
    return found


@lru_cache(1000)
def _accepted_format(header: str) -> Format | None:
    media_types = {each.media_type: each for each in FORMATS.values()}
    # Parameters such as a charset make no difference here.
    wanted = ((kind.partition(";")[0].strip(), quality) for kind, quality in parse_accept_header(header, MIMEAccept))
    best = MIMEAccept(wanted).best_match(list(media_types))
    return media_types.get(best) if best else None


def coding_of(request: web.BaseRequest) -> str:
    """The best content coding that the client accepts; none for a part, since an ETag belongs to one coding."""
    if hdrs.RANGE in request.headers:
        return IDENTITY
    return _accepted_coding(header_of(request, hdrs.ACCEPT_ENCODING) or IDENTITY)


@lru_cache(1000)
def _accepted_coding(header: str) -> str:
    best: str | None = parse_accept_header(header, Accept).best_match([*CODINGS, IDENTITY])
    return best or IDENTITY
