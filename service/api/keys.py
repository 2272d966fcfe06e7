"""Where the handlers find the parts of the service."""

from aiohttp.web import AppKey, RequestKey

from service.api.shutdown import Shutdown
from service.config import Settings
from service.jobs import JobTable
from service.library import Library
from service.workers import Pool

SETTINGS = AppKey("settings", Settings)
LIBRARY = AppKey("library", Library)
TABLE = AppKey("table", JobTable)
POOL = AppKey("pool", Pool)
SHUTDOWN = AppKey("shutdown", Shutdown)
REQUEST_ID = RequestKey("request_id", str)
