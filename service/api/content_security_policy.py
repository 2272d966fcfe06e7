"""The content security policies: of pages, nothing from other hosts, no inline code, no eval, no frames around them."""

from __future__ import annotations

from collections.abc import Sequence

HEADER = "Content-Security-Policy"
FRAMED_BY_NONE = "frame-ancestors 'none'"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    f"base-uri 'none'; form-action 'none'; {FRAMED_BY_NONE}"
)
MARKUP_POLICY = "default-src 'none'; style-src 'unsafe-inline'; sandbox"
"""Of answers that a browser shows as documents: only their own styles, and nothing runs."""


def policy_framed_by(allowed_origins: Sequence[str]) -> str:
    """That of a page which pages of these sites may frame."""
    ancestors = " ".join(allowed_origins) or "'none'"
    return POLICY.replace(FRAMED_BY_NONE, f"frame-ancestors {ancestors}")
