"""What may be chosen of a format."""

from __future__ import annotations

from typing import NamedTuple

from service.charts.picture_options import PictureOptions


class Page(NamedTuple):
    """A part of an answer: `limit` rows from `offset` of all `total`, with the addresses of its neighbours."""

    offset: int
    limit: int
    total: int
    next: str | None = None
    previous: str | None = None


class Options(NamedTuple):
    """`page` is None for all rows, `meta` adds the provenance to JSON; `bom` and `safe` are for CSV."""

    page: Page | None = None
    meta: bool = False
    bom: bool = False
    safe: bool = False
    picture: PictureOptions | None = None

    @property
    def rows(self) -> tuple[int, int | None]:
        """The first row and the number of rows."""
        return (self.page.offset, self.page.limit) if self.page else (0, None)


PLAIN = Options()
