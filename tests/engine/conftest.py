"""A cluster for the engine's tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.spark import Sail, running


@pytest.fixture(scope="session")
def sail(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sail]:
    """One that no test kills."""
    with running(tmp_path_factory.mktemp("sail")) as sail:
        yield sail
