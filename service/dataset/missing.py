"""Why a figure is there or not: one table of words, for the statistics, the pictures, the page and the docs."""

from __future__ import annotations

from typing import NamedTuple


class Missing(NamedTuple):
    """A kind of missing figure: its one word, the sign of it where a word has no room, and what it means."""

    word: str
    sign: str
    meaning: str


PUBLISHED = "published"
SUPPRESSED = Missing("suppressed", "sup", "the CDC withholds the figure, mostly because the sample was too small")
NOT_SURVEYED = Missing("not surveyed", "n/s", "nothing is published of the place in that year")
NOT_ASKED = Missing("not asked", "n/a", "the place was surveyed in that year, but not asked this question")
NOT_PUBLISHED = Missing("not published", "n/p", "one of these three, where the statistic does not say which")
NOT_IN_ANSWER = Missing("not in the answer", "-", "the answer has no row of it, which does not say that it is missing")

REASONS = (SUPPRESSED, NOT_SURVEYED, NOT_ASKED)
"""The values of a column `status`, beside `published`."""
MISSING = (*REASONS, NOT_PUBLISHED, NOT_IN_ANSWER)
STATUS = (PUBLISHED, *(reason.word for reason in REASONS))
