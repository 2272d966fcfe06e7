"""The dataset in schema.org's words, as JSON-LD for search engines and for reference managers.

https://schema.org/Dataset and https://developers.google.com/search/docs/appearance/structured-data/dataset
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

from service.answers.years import spans
from service.dataset import Facts
from service.dataset.choices import Choice
from service.dataset.citation import CREATOR, PUBLIC_DOMAIN, SAMPLE, TITLE
from service.dataset.source import ADDRESS
from service.encoding import encode
from service.engine.protocol import Engine
from service.formats.registry import FORMATS

ORGANIZATION = {"@type": "Organization", "name": CREATOR, "alternateName": "CDC", "url": "https://www.cdc.gov/"}
OF_THE_CDC = {"creator": ORGANIZATION, "license": PUBLIC_DOMAIN, "isAccessibleForFree": True, "sameAs": ADDRESS}


def structured_data(engine: Engine, address: Callable[[str], str]) -> bytes:
    """For the inside of a `<script>`; `address` makes of a path one for clients. Takes time: it asks the engine."""
    facts = engine.facts
    described = {
        "@context": "https://schema.org/",
        "@type": "Dataset",
        "name": f"{SAMPLE} (modelled on: {TITLE})" if facts.sample else TITLE,
        "description": _description(facts),
        "url": address("/"),
        "version": facts.version,
        "creditText": facts.citation,
        "temporalCoverage": f"{facts.years[0]}/{facts.years[-1]}",
        "spatialCoverage": [{"@type": "Place", "name": place.value} for place in _places(engine)],
        "variableMeasured": list(_variables(facts)),
        "distribution": list(_downloads(address)),
        # What the sample is modelled on has a creator and a license; the sample itself has not.
        **({"isBasedOn": ADDRESS} if facts.sample else OF_THE_CDC),
    }
    # A text with a tag would end the script.
    return encode(described).replace(b"<", rb"\u003c")


def _description(facts: Facts) -> str:
    sample = f"{SAMPLE}: no figure is a fact. " if facts.sample else ""
    what = "Percentages of adults by survey question, year, place and group, with limits of 95% confidence"
    return f"{sample}{what} and sample sizes: {facts.rows} rows of the survey years {spans(facts.years)}. {facts.about}"


def _places(engine: Engine) -> Sequence[Choice]:
    return engine.choices("LocationDesc") if "LocationDesc" in engine.columns else ()


def _variables(facts: Facts) -> Iterator[dict[str, Any]]:
    codes = {each["question"]: each["code"] for each in facts.wordings}
    for question, code in codes.items():
        yield {"@type": "PropertyValue", "name": question, "propertyID": code, "unitText": "percent of adults"}


def _downloads(address: Callable[[str], str]) -> Iterator[dict[str, Any]]:
    for each in FORMATS.values():
        if each.disposition == "attachment":
            url = address(f"/api/dataset.{each.name}")
            yield {"@type": "DataDownload", "name": each.name, "encodingFormat": each.media_type, "contentUrl": url}
