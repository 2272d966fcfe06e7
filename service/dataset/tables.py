"""The tables that SQL reads, in a DuckDB whose settings are not locked yet, and what is known of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import NamedTuple

import duckdb

from service.dataset.choice_lists import ChoicesOf
from service.dataset.facts import Facts


class Tables(NamedTuple):
    """`choices` are those that need not be looked for; `release` lets go of files."""

    connection: duckdb.DuckDBPyConnection
    facts: Facts
    choices: Sequence[ChoicesOf] = ()
    release: Callable[[], None] = lambda: None

    def close(self) -> None:
        """Free the tables: now, or once the last cursor that still runs something is let go."""
        with suppress(duckdb.ResourceInUseException):
            self.connection.close()
        self.release()
