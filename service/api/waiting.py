"""How long a request is willing to wait: `?wait=N`, or a Prefer header."""

from __future__ import annotations

import re

from service.api.options import AskOptions, ReadOptions, StatusOptions
from service.formats.answer_options import LONGEST_WAIT


def preferred_wait(prefer: str | None) -> float | None:
    """The seconds of a Prefer header (RFC 7240); 0 for respond-async, None where it says neither.

    A preference that cannot be parsed is ignored and a longer one cut to a minute, as the RFC allows.
    """
    if prefer is None:
        return None
    found = re.search(r"(?:^|[,;\s])wait\s*=\s*\"?(\d{1,6})", prefer, re.IGNORECASE | re.ASCII)
    if found:
        return min(float(found[1]), LONGEST_WAIT)
    return 0.0 if re.search(r"(?:^|[,;\s])respond-async\b", prefer, re.IGNORECASE) else None


def seconds_to_wait(options: AskOptions | ReadOptions | StatusOptions, usual: float) -> float:
    """`?wait=N`, else what the Prefer header says, else the default."""
    if options.wait is not None:
        return options.wait
    preferred = preferred_wait(options.prefer)
    return usual if preferred is None else preferred
