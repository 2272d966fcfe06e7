"""Serve over HTTP."""

from __future__ import annotations

import argparse
import logging
import os

from service.api import server
from service.errors import StartError
from service.jobs.runner import threads
from service.logs import FILE_ONLY, logging_to
from service.logs.crashes import crashes_to
from service.settings import Settings

log = logging.getLogger(__name__)

EXAMPLE = "serve"
PRIVATE = 0o077
"""What the service writes may hold what somebody asked: nobody else on this machine reads it."""


def add_arguments(_: argparse.ArgumentParser) -> None:
    """There are none: config.toml and the environment say how it serves."""


def run(settings: Settings, _: argparse.Namespace) -> int:
    os.umask(PRIVATE)
    with logging_to(settings), crashes_to(settings.path(settings.log.folder)):
        if settings.passed_over:
            log.info("no settings, but Kubernetes's, and passed over: %s", ", ".join(settings.passed_over))
        try:
            code = server.run(settings)
        except StartError as error:
            log.error(error.reason, extra=FILE_ONLY)
            raise
    if threads.are_left():
        os._exit(code)  # all is closed, and Python's own end would wait, or crash under a thread that runs SQL
    return code
