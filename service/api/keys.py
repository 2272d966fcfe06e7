"""Where the handlers find the parts of the service."""

from aiohttp.web import AppKey, RequestKey

from service.api.shutdown import Shutdown
from service.catalog import Catalog
from service.config import Settings
from service.dataset import Dataset
from service.jobs import JobTable
from service.workers import Pool

SETTINGS = AppKey("settings", Settings)
DATASET = AppKey("dataset", Dataset)
CATALOG = AppKey("catalog", Catalog)
TABLE = AppKey("table", JobTable)
POOL = AppKey("pool", Pool)
SHUTDOWN = AppKey("shutdown", Shutdown)
REQUEST_ID = RequestKey("request_id", str)
