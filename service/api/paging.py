"""The part of an answer that a request asks for: all of its rows, or a page of them."""

from __future__ import annotations

from urllib.parse import urlencode

from aiohttp import web

from service.api.public_url import public_address
from service.errors import BadRequest
from service.formats.answer_options import ResultsOptions
from service.formats.format_options import Page


def page_of(request: web.Request, options: ResultsOptions, total: int, most: int) -> Page | None:
    """The page, or None for all rows; raises BadRequest for more than `most` at once, if that is not 0."""
    if options.limit is None and options.offset is None:
        if most and total > most:
            raise BadRequest(
                f"the answer has {total} rows, and [results] max_rows allows {most} at once; "
                f"ask for pages with limit={most}&offset=0",
                rows=total,
                max_rows=most,
            )
        return None
    offset = options.offset or 0
    limit = options.limit if options.limit is not None else max(total - offset, 1)
    if most and limit > most:
        raise BadRequest(
            f"limit={limit} is more than the {most} rows that [results] max_rows allows",
            parameter="limit",
            max_rows=most,
        )
    return Page(
        offset=offset,
        limit=limit,
        total=total,
        next=address_with(request, limit=limit, offset=offset + limit) if offset + limit < total else None,
        previous=address_with(request, limit=limit, offset=max(0, offset - limit)) if offset else None,
    )


def page_headers(page: Page) -> dict[str, str]:
    """The total, and the addresses of the next and the previous page."""
    links = {"next": page.next, "prev": page.previous}
    link = ", ".join(f'<{address}>; rel="{name}"' for name, address in links.items() if address)
    return {"Total-Rows": str(page.total)} | ({"Link": link} if link else {})


def address_with(request: web.Request, **options: object) -> str:
    """The address that was asked for, with these options in place of its own."""
    query = [(name, value) for name, value in request.query.items() if name not in options]
    return f"{public_address(request, request.path)}?{urlencode([*query, *options.items()])}"
