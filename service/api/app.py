"""The wiring: which handlers and which parts make the application."""

from __future__ import annotations

import logging

from aiohttp import web

from service.api import app_keys as keys
from service.api.handlers import dataset, docs, job_events, jobs, page, queries, statistics
from service.api.middleware import identify, observe
from service.api.protocol_errors import MALFORMED_HTTP
from service.charts.vega_bundle import Bundle
from service.runtime.editions import Library
from service.runtime.lifespan import Office
from service.runtime.shutdown import Shutdown
from service.settings import Settings


def make_app(settings: Settings, library: Library, office: Office, shutdown: Shutdown) -> web.Application:
    """The application, with its parts under the names in `keys`."""
    logging.getLogger("aiohttp.server").addFilter(MALFORMED_HTTP)
    app = web.Application(middlewares=[observe], client_max_size=settings.server.max_body)
    app.on_response_prepare.append(identify)
    app[keys.SETTINGS] = settings
    app[keys.LIBRARY] = library
    app[keys.OFFICE] = office
    app[keys.SHUTDOWN] = shutdown
    app[keys.BUNDLE] = bundle = Bundle(settings.path("var/cache"))
    app.on_cleanup.append(lambda _: bundle.close())
    # The fixed routes come first: /api/{statistic} matches any name.
    for resource in (dataset, statistics, docs, page, job_events, jobs, queries):
        app.add_routes(resource.routes)
    return app
