"""Where the handlers find the parts of the service."""

from aiohttp.web import AppKey

from service.api.metrics import Metrics
from service.api.parsed_addresses import ParsedAddresses
from service.charts.vega_bundle import Bundle
from service.runtime.lifespan import Service

SERVICE = AppKey("service", Service)
PARSED_ADDRESSES = AppKey("parsed_addresses", ParsedAddresses)
METRICS = AppKey("metrics", Metrics)
BUNDLE = AppKey("bundle", Bundle)
