"""The wiring: which handlers and which parts make the application."""

from __future__ import annotations

from aiohttp import web

from service.api.access import guarded
from service.api.app_keys import BUNDLE, METRICS, PARSED_ADDRESSES, SERVICE
from service.api.cors import share
from service.api.handlers import metrics as handlers
from service.api.metrics import Metrics
from service.api.middleware import identify
from service.api.parsed_addresses import ParsedAddresses
from service.api.protection import protect
from service.api.public_url import with_prefix
from service.api.routes import HEALTH, LOCAL, ROUTES
from service.api.streams import in_pieces
from service.charts.vega_bundle import Bundle
from service.runtime.lifespan import Service


def make_app(service: Service, metrics: Metrics) -> web.Application:
    app = web.Application(client_max_size=service.settings.server.max_body)
    app.on_response_prepare.extend((identify, share, protect, in_pieces))
    app[SERVICE], app[METRICS] = service, metrics
    app[PARSED_ADDRESSES] = ParsedAddresses()
    app[BUNDLE] = bundle = Bundle(service.settings.path("var/cache"))
    app.on_cleanup.append(lambda _: bundle.close())
    app.add_routes(guarded(with_prefix(ROUTES, service.settings.server.public_url, local=LOCAL)))
    return app


def make_metrics_app(service: Service, metrics: Metrics) -> web.Application:
    """For a port of its own, where no proxy sends strangers."""
    app = web.Application()
    app.on_response_prepare.extend((identify, protect))
    app[SERVICE], app[METRICS] = service, metrics
    app.add_routes([web.get("/metrics", handlers.metrics), *HEALTH])
    return app
