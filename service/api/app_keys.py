"""Where the handlers find the parts of the service."""

from aiohttp.web import AppKey, RequestKey

from service.charts.vega_bundle import Bundle
from service.runtime.lifespan import Service

SERVICE = AppKey("service", Service)
BUNDLE = AppKey("bundle", Bundle)
REQUEST_ID = RequestKey("request_id", str)
