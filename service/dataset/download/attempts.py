"""One attempt after another, until all has come or nothing more comes; and the progress bar."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple, Protocol

import tenacity
from rich.console import Console
from rich.progress import BarColumn, DownloadColumn, Progress, TextColumn, TimeRemainingColumn, TransferSpeedColumn

from service.dataset.download.faults import AttemptFailed, FetchError

MAX_WAIT = 60.0
"""Seconds between two attempts."""


class Patience(NamedTuple):
    """How many attempts in a row may get no further; `wait` is the seconds before the second, and doubles for each."""

    attempts: int = 5
    wait: float = 1.0


class Transfer(Protocol):
    """What has arrived."""

    url: str
    received: int
    """Bytes that the next attempt need not ask for."""


def persist(transfer: Transfer, attempt: Callable[[], None], patience: Patience, console: Console) -> None:
    """Try until it succeeds; raises FetchError once too many attempts have got no further than an earlier one."""
    furthest = failures = 0

    def one() -> None:
        nonlocal furthest, failures
        try:
            attempt()
        except AttemptFailed:
            failures = 1 if transfer.received > furthest else failures + 1
            furthest = max(furthest, transfer.received)
            raise

    def report(state: tenacity.RetryCallState) -> None:
        reason = state.outcome.exception() if state.outcome else None
        pause = state.next_action.sleep if state.next_action else 0
        console.print(
            f"{reason}, after {transfer.received:,} bytes; trying again in {pause:.1f} s "
            f"(attempt {failures + 1} of {patience.attempts})"
        )

    retry = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(AttemptFailed),
        stop=lambda _: failures >= patience.attempts,
        wait=lambda _: min(patience.wait * 2 ** (failures - 1), MAX_WAIT),
        before_sleep=report,
        reraise=True,
    )
    try:
        retry(one)
    except AttemptFailed as error:
        raise FetchError(
            f"{transfer.url}: {error}; gave up after {patience.attempts} attempts that got no further; try again later"
        ) from None


def progress_bar(console: Console) -> Progress:
    """With one task, the table."""
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        DownloadColumn(),
        TransferSpeedColumn(),
        TimeRemainingColumn(),
    )
    progress = Progress(*columns, console=console)
    progress.add_task("brfss.csv", total=None)
    return progress
