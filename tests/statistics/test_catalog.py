"""The catalog: statistics by name."""

from __future__ import annotations

import pytest

from service.errors import NotFound
from service.statistics.catalog import Catalog


def test_a_statistic_is_found_by_its_name(catalog: Catalog) -> None:
    assert catalog.find("best5") is catalog.statistics["best5"]


def test_an_unknown_name_gets_the_nearest(catalog: Catalog) -> None:
    """Programs get it too, with all that are allowed."""
    with pytest.raises(NotFound, match="there is no statistic 'bets5'; did you mean 'best5'") as error:
        catalog.find("bets5")
    assert error.value.fields == {"allowed": [*catalog.statistics], "did_you_mean": "best5"}
