"""Whether every text of the page has enough contrast with its background, light and dark."""

from __future__ import annotations

import re

import pytest

from service.api.handlers.page import FOLDER

TOKENS = dict(
    re.findall(r"--([\w-]+): light-dark\((#[0-9a-f]{6}, #[0-9a-f]{6})\);", (FOLDER / "colours.css").read_text("utf-8"))
)
TEXTS = [
    *((ink, ground) for ink in ("ink", "quiet", "accent") for ground in ("ground", "paper", "mark")),
    *((ink, ground) for ink in ("good-ink", "bad-ink") for ground in ("paper", "mark")),
    ("warn-ink", "warn-ground"),
    ("bad-ink", "bad-ground"),
    ("loud-ink", "loud-ground"),
    ("on-accent", "accent"),
    ("tip-ink", "tip-ground"),
]
"""What is written on what; WCAG asks for a contrast of 4.5."""
SHAPES = [(shape, ground) for shape in ("edge", "focus", "accent") for ground in ("ground", "paper")]
"""Outlines of what can be used, and of what has the focus; WCAG asks for 3."""


def luminance(colour: str) -> float:
    """WCAG 2.2's relative luminance."""
    shares = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    red, green, blue = (share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("theme", [0, 1], ids=["light", "dark"])
@pytest.mark.parametrize(("pair", "least"), [*((pair, 4.5) for pair in TEXTS), *((pair, 3) for pair in SHAPES)])
def test_every_pair_of_colours_has_enough_contrast(pair: tuple[str, str], least: float, theme: int) -> None:
    """Texts and outlines have the contrast that WCAG asks for."""
    ink, ground = (TOKENS[name].split(", ")[theme] for name in pair)
    assert contrast(ink, ground) >= least


def test_every_colour_is_a_token_that_is_checked() -> None:
    """No rule names a colour of its own, and no token goes unchecked but the hairlines, which carry no meaning."""
    for path in FOLDER.glob("*.css"):
        text = path.read_text("utf-8")
        if path.name != "colours.css":
            assert not re.search(r"#[0-9a-fA-F]{3,8}\b(?![^{]*\{)|\brgba?\(|\bhsl", text), path.name
    used = {name for pair in (*TEXTS, *SHAPES) for name in pair}
    assert set(TOKENS) - used == {"line"}
