"""Where the handlers find the parts of the service."""

from aiohttp.web import AppKey, RequestKey

from service.charts.vega_bundle import Bundle
from service.runtime.editions import Library
from service.runtime.lifespan import Office
from service.runtime.shutdown import Shutdown
from service.settings import Settings

SETTINGS = AppKey("settings", Settings)
LIBRARY = AppKey("library", Library)
OFFICE = AppKey("office", Office)
SHUTDOWN = AppKey("shutdown", Shutdown)
BUNDLE = AppKey("bundle", Bundle)
REQUEST_ID = RequestKey("request_id", str)
