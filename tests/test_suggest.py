"""Suggestions: the nearest name, and the values that a type allows, in words."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import pytest
from msgspec import Meta

from service.suggest import allowed_values, folded_code, hint, nearest


def test_the_nearest_name_ignores_case() -> None:
    """A slip of the keys still finds the name."""
    assert nearest("STATES_MAEN", ["states_mean", "best5"]) == "states_mean"


def test_a_name_unlike_all_others_has_no_hint() -> None:
    """Nothing is suggested where nothing is near."""
    assert hint("xyz", ["states_mean", "best5"]) == ""


def test_codes_are_alike_but_for_zeros_and_case() -> None:
    """Zeros count where they are part of the number."""
    assert folded_code("q36") == folded_code("Q036") == folded_code("Q 0036")
    assert folded_code("Q030") != folded_code("Q003")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (bool, "true or false"),
        (Literal["low", "high"], "high, low"),
        (Annotated[int, Meta(ge=1, le=5)], "a whole number from 1 to 5"),
        (Annotated[float, Meta(gt=0)], "a number above 0"),
        (Annotated[str, Meta(min_length=1)], "a text that is not empty"),
        (Annotated[str, Meta(pattern=r"^\d+GB$", examples=["1GB", "2GB"])], "a text such as 1GB or 2GB"),
        (tuple[Annotated[int, Meta(ge=1)], ...], "a list; each of it a whole number from 1"),
    ],
)
def test_allowed_values_are_in_words(kind: Any, words: str) -> None:
    """Each kind of bound has its words."""
    assert allowed_values(kind) == words
