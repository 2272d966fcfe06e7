"""The content security policy of every page: nothing from other hosts, no inline code, no eval, no frames around it."""

HEADER = "Content-Security-Policy"
FRAMED_BY_NONE = "frame-ancestors 'none'"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
    f"base-uri 'none'; form-action 'none'; {FRAMED_BY_NONE}"
)


def policy_framed_by(ancestors: str) -> str:
    """The same for a page that pages of other sites may frame."""
    return POLICY.replace(FRAMED_BY_NONE, f"frame-ancestors {ancestors}")
