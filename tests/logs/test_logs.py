"""The log: every line, once, in its order, whatever becomes of the console."""

from __future__ import annotations

import logging
import os
import re
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from service.logs import logging_to, sinks
from service.settings import Settings, load_settings
from tests.waiting import wait_until

log = logging.getLogger("service.tests")


def settings(folder: Path, **variables: object) -> Settings:
    given = {f"HEALTH_LOG_{name.upper()}": str(value) for name, value in variables.items()}
    return load_settings(None, {"HEALTH_LOG_FOLDER": str(folder), **given})


def lines(folder: Path) -> list[str]:
    """The lines of all files, oldest first."""
    files = sorted(folder.iterdir(), key=lambda file: int(file.suffix[1:]) if file.suffix != ".log" else 0)
    return [line for file in reversed(files) for line in file.read_text(encoding="utf-8").splitlines()]


def test_no_line_is_lost(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of several threads, and across rotations; on the console too."""

    def say(thread: int) -> None:
        for number in range(500):
            log.info("%d:%d", thread, number)

    with logging_to(settings(tmp_path, bytes=20_000, files=20)):
        threads = [threading.Thread(target=say, args=(number,)) for number in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
    found = lines(tmp_path)
    assert len(list(tmp_path.iterdir())) > 1
    assert all(file.stat().st_size <= 20_000 for file in tmp_path.iterdir())
    for each in range(4):
        said = [line.split()[-1] for line in found if f" {each}:" in line]
        assert said == [f"{each}:{number}" for number in range(500)]
    assert capsys.readouterr().out.splitlines() == found


def test_a_traceback_is_in_the_file_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Below its line and indented, so that a text in it cannot pass for a line."""
    with logging_to(settings(tmp_path)):
        try:
            raise ValueError("one\n2026-11-25T00:00:00.000Z INFO forged")
        except ValueError:
            log.exception("it failed")
    first, *details = lines(tmp_path)
    assert first.endswith("ERROR it failed")
    assert details[0] == "    Traceback (most recent call last):"
    assert details[-1] == "    2026-11-25T00:00:00.000Z INFO forged"
    assert capsys.readouterr().out.splitlines() == [first]


def test_a_console_that_cannot_be_written_does_not_end_the_log(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The file goes on, and the standard error says why."""
    with suppress(OSError), Path("/dev/full").open("w", encoding="utf-8") as full:
        monkeypatch.setattr(sys, "stdout", full)
        for said in ("one", "two"):
            with logging_to(settings(tmp_path)):
                log.info(said)
    assert [line.split()[-1] for line in lines(tmp_path)] == ["one", "two"]
    assert "the log cannot be written: [Errno 28] No space left on device" in capsys.readouterr().err


def test_it_works_without_a_console(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a service that was started with its standard output closed."""
    monkeypatch.setattr(sys, "stdout", None)
    with logging_to(settings(tmp_path)):
        log.info("one")
        wait_until(lambda: lines(tmp_path))
        log.info("two")
    assert [line.split()[-1] for line in lines(tmp_path)] == ["one", "two"]


def test_what_the_console_cannot_show_is_escaped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """And takes no other line with it."""
    with (tmp_path / "console").open("w+", encoding="latin-1") as console:
        monkeypatch.setattr(sys, "stdout", console)
        with logging_to(settings(tmp_path / "log")):
            log.info("before")
            log.info("\N{SNOWMAN}")
        console.seek(0)
        assert [line.split()[-1] for line in console] == ["before", "\\u2603"]
    assert lines(tmp_path / "log")[1].endswith("\N{SNOWMAN}")


@pytest.mark.parametrize(
    ("said", "arguments", "text"),
    [
        ("%s", ({},), "{}"),
        ("%(one)s", ({"one": 1},), "1"),
        ("%s of %d", ("two", 3), "two of 3"),
        ("100%", (), "100%"),
        (ValueError("why"), (), "why"),
    ],
)
def test_messages_are_made_as_the_library_does(
    tmp_path: Path, said: object, arguments: tuple[Any, ...], text: str
) -> None:
    """Whoever logs need not know of the records."""
    with logging_to(settings(tmp_path)):
        log.info(said, *arguments)
    assert lines(tmp_path)[0].endswith(f" INFO {text}")


def test_switches_of_the_library_are_as_before(tmp_path: Path) -> None:
    """What logs after the service, as tests do, has its thread and its place in the code again."""
    switches = ("_srcfile", "logThreads", "logProcesses", "logMultiprocessing")
    before = [getattr(logging, name) for name in switches]
    with logging_to(settings(tmp_path)):
        assert [getattr(logging, name) for name in switches] != before
    assert [getattr(logging, name) for name in switches] == before


def test_a_stuck_console_holds_nothing_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody reads it: the file goes on, the rest is bounded, and the end comes all the same."""
    monkeypatch.setattr(sinks, "LONGEST_END", 0.2)
    monkeypatch.setattr(sinks, "MOST_BYTES", 200_000)
    reading, writing = os.pipe()
    with (
        os.fdopen(reading, encoding="utf-8") as reader,
        ThreadPoolExecutor() as executor,
        os.fdopen(writing, "w", encoding="utf-8") as stuck,
    ):
        monkeypatch.setattr(sys, "stdout", stuck)
        with logging_to(settings(tmp_path)):
            for number in range(5000):
                log.info("%s %d", "x" * 100, number)
                if number % 500 == 0:
                    wait_until(lambda: len(lines(tmp_path)) > number)  # noqa: B023 - called before the next one
        assert [line.split()[-1] for line in lines(tmp_path)] == [str(number) for number in range(5000)]
        printed = executor.submit(reader.readlines)
        wait_until(lambda: "console" not in {thread.name for thread in threading.enumerate()})
    assert 1000 < len(printed.result()) < 5000
    assert re.fullmatch(r"\S+Z WARNING \d+ lines that came then were not kept\n", printed.result()[-1])
