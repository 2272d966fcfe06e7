"""The wiring: which handlers and which parts make the application."""

from __future__ import annotations

import logging

from aiohttp import web

from service.api import about, catalogue, docs, index, jobs, keys
from service.api.middleware import MALFORMED_HTTP, observe
from service.api.shutdown import Shutdown
from service.config import Settings
from service.jobs import JobTable
from service.library import Library
from service.workers import Pool


def make_app(settings: Settings, library: Library, table: JobTable, pool: Pool, shutdown: Shutdown) -> web.Application:
    """The application, with its parts under the names in `keys`."""
    logging.getLogger("aiohttp.server").addFilter(MALFORMED_HTTP)
    app = web.Application(middlewares=[observe], client_max_size=settings.server.max_body)
    app[keys.SETTINGS] = settings
    app[keys.LIBRARY] = library
    app[keys.TABLE] = table
    app[keys.POOL] = pool
    app[keys.SHUTDOWN] = shutdown
    # The fixed routes come first: /api/{statistic} matches any name.
    for room in (about, catalogue, docs, index, jobs):
        app.add_routes(room.routes)
    return app
