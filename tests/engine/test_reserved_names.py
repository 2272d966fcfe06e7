"""Names that a statistic cannot have, since its macro in the shell could not be called."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb

from service.engine.reserved_names import RESERVED_NAMES

ASKED = """
select function_name from duckdb_functions() where function_type in ('table', 'table_macro')
union
select keyword_name from duckdb_keywords() where keyword_category <> 'unreserved'
"""
ALONE = {"if"}
"""Reserved without being listed as a keyword."""


def test_they_are_those_of_both_versions_of_duckdb() -> None:
    """That of the service, and that of the shell."""
    with duckdb.connect() as connection:
        here = {name for (name,) in connection.execute(ASKED).fetchall()}
    shell = [str(Path(sys.executable).with_name("duckdb")), "-noheader", "-list", "-c", ASKED]
    told = subprocess.run(shell, capture_output=True, check=True, text=True).stdout
    assert here | set(told.split()) | ALONE == RESERVED_NAMES
