"""A service for tests of jobs."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.client import Client
from tests.conftest import Serve
from tests.folders import folder_of
from tests.process import FAST, SLOW


@pytest.fixture
async def slow(serve: Serve, tmp_path: Path) -> Client:
    """A service with two workers and a statistic that does not end by itself."""
    client: Client = await serve(catalog_folder=folder_of(tmp_path / "sql", slow=SLOW, fast=FAST))
    return client
