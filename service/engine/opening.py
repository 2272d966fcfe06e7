"""Which engine the settings choose: how it is opened, and how a change of its table is noticed."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from service import dataset as datasets
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.protocol import Engine
from service.engine.spool import Spool
from service.settings import Settings


class Kind(NamedTuple):
    """`open` raises DatasetError for a table that cannot be used; `signature` changes with the table, and is cheap."""

    open: Callable[[Settings, Spool], Engine]
    signature: Callable[[Settings], object]


def _duckdb(settings: Settings, spool: Spool) -> Engine:
    return DuckDBEngine(datasets.load(settings), spool)


KINDS = {
    "duckdb": Kind(open=_duckdb, signature=datasets.signature),
}
"""By `kind` in [engine]."""


def open_engine(settings: Settings, spool: Spool) -> Engine:
    """An engine on the table of the settings; raises DatasetError when there is none that can be used."""
    return KINDS[settings.engine.kind].open(settings, spool)


def signature(settings: Settings) -> object:
    """A value that changes when the table does."""
    return KINDS[settings.engine.kind].signature(settings)
