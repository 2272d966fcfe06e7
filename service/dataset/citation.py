"""What the table is, where it comes from, and how to cite it."""

from __future__ import annotations

import duckdb

from service.dataset.checks.value_types import value_type_column
from service.dataset.identifiers import columns_of, quoted
from service.dataset.source import ADDRESS, Source

TITLE = "Nutrition, Physical Activity, and Obesity - Behavioral Risk Factor Surveillance System"
NAME = f"CDC, {TITLE}, {ADDRESS}"
SHORT = f"CDC, BRFSS, {ADDRESS}"
"""For pictures."""
SAMPLE = "A MODELLED SAMPLE, not the CDC's data"
ADJUSTED = {"crude (not age-adjusted)": False, "age-adjusted": True}


def source_of(source: Source) -> str:
    """What is behind a file of the table."""
    return f"{SAMPLE}; it is modelled on: {NAME}" if source.sample else NAME


def citation_of(source: Source, newest: int) -> str:
    """How to cite the table with its newest survey year."""
    if source.sample:
        return f"{SAMPLE}: it cannot be cited; `python run.py fetch` gets the CDC's table"
    accessed = f" Accessed {source.accessed.isoformat()}." if source.accessed else ""
    return f"Centers for Disease Control and Prevention (CDC) ({newest}). {TITLE}. {ADDRESS}.{accessed}"


def about(connection: duckdb.DuckDBPyConnection) -> str:
    """What every figure of `health` is, so that none is taken for something else."""
    column = value_type_column(columns_of(connection, "health"))
    types = f"distinct coalesce(cast({quoted(column)} as varchar), '')" if column else "''"
    found = connection.execute(f"select {types} from health").fetchall()
    adjusted = {"adj" in kind.casefold() for (kind,) in found}
    kinds = " and ".join(name for name, is_adjusted in ADJUSTED.items() if is_adjusted in adjusted)
    return f"Percentages are {kinds} and self-reported; those of weight status leave out pregnant women."
