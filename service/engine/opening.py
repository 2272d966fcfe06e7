"""Which engine the settings choose: how it is opened, and how a change of its table is noticed."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import NamedTuple

from service import dataset as datasets
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.protocol import Engine
from service.engine.spool import Spool
from service.errors import StartError
from service.settings import Settings


class Kind(NamedTuple):
    """`open` raises DatasetError for a table that cannot be used; `signature` changes with the table, and is cheap.

    `require_portable` raises Unsupported for SQL that it is known not to run.
    """

    open: Callable[[Settings, Spool], Engine]
    signature: Callable[[Settings], object]
    require_portable: Callable[[str], object]


def _duckdb(settings: Settings, spool: Spool) -> Engine:
    return DuckDBEngine(datasets.load(settings), spool)


def _spark(settings: Settings, spool: Spool) -> Engine:
    if not settings.engine.url:
        raise StartError('[engine] kind = "spark" needs url in [engine], as in "sc://spark.example:15002"')
    with _packages():
        from service.engine.spark.engine import SparkEngine  # noqa: PLC0415
    return SparkEngine(settings, spool)


def _split(sql: str) -> object:
    with _packages():
        from service.engine.spark.blocks import split  # noqa: PLC0415
    return split(sql)


@contextmanager
def _packages() -> Iterator[None]:
    """Those of a cluster are imported when it is chosen: not everybody has them."""
    try:
        with warnings.catch_warnings():
            # What pyspark wants an older pandas for is not used here.
            warnings.filterwarnings("ignore", "PySpark does not yet fully support pandas", FutureWarning)
            yield
    except ModuleNotFoundError as error:
        needed = "pip install -r requirements-scale.txt"
        raise StartError(f"a cluster needs {error.name}, which is not installed: {needed}") from None


KINDS = {
    "duckdb": Kind(open=_duckdb, signature=datasets.signature, require_portable=lambda _: None),
    "spark": Kind(open=_spark, signature=datasets.signature_of_export, require_portable=_split),
}
"""By `kind` in [engine]."""


def open_engine(settings: Settings, spool: Spool) -> Engine:
    """An engine on the table of the settings; raises DatasetError when there is none that can be used."""
    return KINDS[settings.engine.kind].open(settings, spool)


def signature(settings: Settings) -> object:
    """A value that changes when the table does."""
    return KINDS[settings.engine.kind].signature(settings)
