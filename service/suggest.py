"""Did you mean: the known name that is nearest to an unknown one."""

from __future__ import annotations

from collections.abc import Iterable

from rapidfuzz import fuzz, process, utils


def nearest(word: str, known: Iterable[str], *, likeness: float = 55) -> str | None:
    """The known name that is most like the word, if it is at least so like it, of 100; case does not matter."""
    found = process.extractOne(
        word, list(known), scorer=fuzz.ratio, processor=utils.default_process, score_cutoff=likeness
    )
    return found[0] if found else None


def hint(word: str, known: Iterable[str]) -> str:
    """The nearest name as a part of a sentence; nothing where none is near."""
    found = nearest(word, known)
    return f"; did you mean {found!r}?" if found else ""
