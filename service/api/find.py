"""Finds the statistic that a request names."""

from __future__ import annotations

from aiohttp import web

from service.api.app_keys import LIBRARY
from service.errors import NotFound
from service.statistics.statistic import Statistic
from service.suggest import hint, nearest


def statistic_named(request: web.Request, name: str, *, status: int = 404) -> Statistic:
    """The statistic of a name; raises NotFound with the nearest name."""
    statistics = request.app[LIBRARY].catalog.statistics
    if name in statistics:
        return statistics[name]
    raise NotFound(
        f"there is no statistic {name!r}{hint(name, statistics)} (GET /api/statistics lists them)",
        status=status,
        allowed=list(statistics),
        did_you_mean=nearest(name, statistics),
    )
