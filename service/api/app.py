"""The wiring: which handlers and which parts make the application."""

from __future__ import annotations

import logging

from aiohttp import web

from service.api.access import guarded
from service.api.app_keys import BUNDLE, PARSED_ADDRESSES, SERVICE
from service.api.cors import share
from service.api.malformed_http import MALFORMED_HTTP
from service.api.middleware import identify, observe
from service.api.parsed_addresses import ParsedAddresses
from service.api.protection import protect
from service.api.public_url import with_prefix
from service.api.routes import LOCAL, ROUTES
from service.api.streams import in_pieces
from service.charts.vega_bundle import Bundle
from service.runtime.lifespan import Service


def make_app(service: Service) -> web.Application:
    logging.getLogger("aiohttp.server").addFilter(MALFORMED_HTTP)
    app = web.Application(middlewares=[observe], client_max_size=service.settings.server.max_body)
    app.on_response_prepare.extend((identify, share, protect, in_pieces))
    app[SERVICE] = service
    app[PARSED_ADDRESSES] = ParsedAddresses()
    app[BUNDLE] = bundle = Bundle(service.settings.path("var/cache"))
    app.on_cleanup.append(lambda _: bundle.close())
    app.add_routes(guarded(with_prefix(ROUTES, service.settings.server.public_url, local=LOCAL)))
    return app
