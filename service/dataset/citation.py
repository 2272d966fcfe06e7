"""What the table is, where it comes from, and how to cite it."""

from __future__ import annotations

import duckdb

from service.dataset.checks.value_types import value_type_column
from service.dataset.identifiers import columns_of, quoted
from service.dataset.source import ADDRESS, Source

CREATOR = "Centers for Disease Control and Prevention"
TITLE = "Nutrition, Physical Activity, and Obesity - Behavioral Risk Factor Surveillance System"
NAME = f"CDC, {TITLE}, {ADDRESS}"
SAMPLE = "A MODELLED SAMPLE, not the CDC's data"
PUBLIC_DOMAIN = "https://www.usa.gov/government-works"
"""What the CDC publishes is in the public domain, as all works of the government of the United States."""
ADJUSTED = {"crude (not age-adjusted)": False, "age-adjusted": True}


def source_of(source: Source) -> str:
    """What is behind a file of the table."""
    return f"{SAMPLE}; it is modelled on: {NAME}" if source.sample else NAME


def citation_of(source: Source, newest: int) -> str:
    """How to cite the table with its newest survey year."""
    if source.sample:
        return f"{SAMPLE}: it cannot be cited; `python run.py fetch` gets the CDC's table"
    accessed = f" Accessed {source.accessed.isoformat()}." if source.accessed else ""
    return f"{CREATOR} (CDC) ({newest}). {TITLE}. {ADDRESS}.{accessed}"


def bibtex_of(source: Source, newest: int) -> str:
    """The same for LaTeX and for reference managers; a comment, which they pass over, of what cannot be cited."""
    if source.sample:
        return f"% {citation_of(source, newest)}"
    fields = {
        "author": f"{{{CREATOR}}}",  # in braces of its own, so that it is not taken for a person's name
        "title": f"{{{TITLE}}}",
        "year": str(newest),
        "howpublished": rf"\url{{{ADDRESS}}}",
        "url": ADDRESS,
        **({"urldate": source.accessed.isoformat()} if source.accessed else {}),
    }
    lines = "".join(f"  {name} = {{{value}}},\n" for name, value in fields.items())
    return f"@misc{{cdc_brfss_{newest},\n{lines}}}"


def about(connection: duckdb.DuckDBPyConnection) -> str:
    """What every figure of `health` is, so that none is taken for something else."""
    column = value_type_column(columns_of(connection, "health"))
    types = f"distinct coalesce(cast({quoted(column)} as varchar), '')" if column else "''"
    found = connection.execute(f"select {types} from health").fetchall()
    adjusted = {"adj" in kind.casefold() for (kind,) in found}
    kinds = " and ".join(name for name, is_adjusted in ADJUSTED.items() if is_adjusted in adjusted)
    return (
        f"Percentages are {kinds} and self-reported, of adults outside institutions who were asked by landline or "
        "mobile telephone; those of weight status leave out pregnant women."
    )
