"""The log as JSON: an object a line, whatever is said."""

from __future__ import annotations

import json
import logging
from pathlib import Path
from typing import Any

import pytest

from service.logs import logging_to
from service.logs.lines import JsonFormatter
from service.logs.request_id import request_id
from tests.logs.test_logs import lines, settings

log = logging.getLogger("service.tests")


def said(folder: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in lines(folder)]


def test_each_event_is_an_object(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """With the parts of its message; on the console too, where programs collect it."""
    with logging_to(settings(tmp_path, format="json")):
        log.info("%(method)s %(address)s", {"method": "GET", "address": "/\n"})
    [found] = said(tmp_path)
    assert found.pop("time").endswith("Z")
    assert found == {
        "level": "INFO",
        "message": "GET /\n",
        "logger": "service.tests",
        "method": "GET",
        "address": "/\n",
    }
    assert capsys.readouterr().out.splitlines() == lines(tmp_path)


def test_bytes_that_are_no_utf_8_are_escaped() -> None:
    """As an address may have them."""
    line = JsonFormatter().format(logging.makeLogRecord({"msg": "GET %s", "args": ("/\udcff",)}))
    assert json.loads(line)["message"] == "GET /\udcff"


def test_a_traceback_is_a_member(tmp_path: Path) -> None:
    """So that it is not torn apart, nor from its event."""
    with logging_to(settings(tmp_path, format="json")):
        try:
            raise ValueError("why")
        except ValueError:
            log.exception("it failed")
    [found] = said(tmp_path)
    assert found["message"] == "it failed"
    assert found["traceback"].endswith("ValueError: why")


def test_the_request_is_a_member(tmp_path: Path) -> None:
    """That which is being served, or another that the event names."""
    token = request_id.set("mine-1")
    try:
        with logging_to(settings(tmp_path, format="json")):
            log.info("one")
            log.info("two", extra={"request_id": "mine-2"})
    finally:
        request_id.reset(token)
    assert [found["request_id"] for found in said(tmp_path)] == ["mine-1", "mine-2"]
