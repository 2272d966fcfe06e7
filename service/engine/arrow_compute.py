"""pyarrow.compute, which is imported once it is used: that takes 40 ms, and the start does without it."""

from __future__ import annotations

from importlib import import_module
from typing import Any


def __getattr__(name: str) -> Any:
    return getattr(import_module("pyarrow.compute"), name)
