"""Every block of the manuals works when it is pasted, in a clone with a service beside it."""

from __future__ import annotations

import gzip
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from importlib.util import find_spec
from pathlib import Path
from typing import NamedTuple

import pytest

from service.settings import ROOT, load_settings
from tests.manuals import Block, Command, blocks, commands
from tests.process import Process, ended
from tests.waiting import LIMIT

pytestmark = pytest.mark.long

NOT_RUN = {
    r"make .*": "makes the environment that the tests run in, and serves, lints, tests or measures, for minutes",
    r"python3 -m venv .*": "makes an environment, as above",
    r"venv/bin/python -m pip .*": "needs the network",
    r"venv/bin/python -m pytest.*": "would run this again",
    r"venv/bin/python -m bench\..*": "takes minutes",
    r"venv/bin/python run.py fetch": "needs the network; tests/cli/test_fetch.py runs it against a server of its own",
    r"venv/bin/python run.py": "serves until Ctrl-C",
}
"""Commands, and why they are not run; their modules, options and variables are checked. Nor is R, which tests lack."""
REFUSED = "Ohoi"
"""Stands in the commands that show an error."""
POSTS = [command.text for command in commands() if command.text.startswith("curl") and " -d " in command.text]


def reason_not_to_run(command: Command) -> str | None:
    text = " ".join(command.words)
    return next((reason for pattern, reason in NOT_RUN.items() if re.fullmatch(pattern, text)), None)


class Clone(NamedTuple):
    """A folder with the project, and a service that was started from it."""

    folder: Path
    service: Process

    def run(self, command: str) -> subprocess.CompletedProcess[str]:
        """What a person gets who pastes it."""
        command = command.replace("localhost:5000", self.service.url.removeprefix("http://"))
        return subprocess.run(
            ["bash", "-c", command], cwd=self.folder, text=True, capture_output=True, timeout=LIMIT, check=False
        )


@pytest.fixture(scope="module")
def clone(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Clone]:
    folder = tmp_path_factory.mktemp("clone")
    shutil.copytree(ROOT / "service", folder / "service")
    shutil.copytree(ROOT / "sql", folder / "sql")
    shutil.copytree(ROOT / "data", folder / "data", ignore=shutil.ignore_patterns("*.sample.csv", "brfss.csv"))
    shutil.copy(ROOT / "run.py", folder)
    shutil.copy(small_csv, folder / "data" / "brfss.csv")
    (folder / "newest.csv.gz").write_bytes(gzip.compress(small_csv.read_bytes(), 1))
    (folder / "config.toml").write_text('[jobs]\njournal = "jobs.sqlite3"\n', encoding="utf-8")
    python = folder / "venv" / "bin" / "python"
    python.parent.mkdir(parents=True)
    python.write_text(f'#!/bin/sh\nexec "{sys.executable}" "$@"\n', encoding="utf-8")
    python.chmod(0o755)
    service = Process(folder, "--config", str(folder / "config.toml"))
    service.ready()
    yield Clone(folder, service)
    service.kill()


def test_every_block_runs(clone: Clone) -> None:
    """In the order of the manuals, as a reader would: each command ends well, and each job that it starts is done."""
    for command in commands():
        if reason_not_to_run(command) is None:
            run(clone, command)


def run(clone: Clone, command: Command) -> None:
    text = command.text + (" --fail-with-body" if command.words[0] == "curl" else "")
    done = clone.run(text)
    assert (done.returncode == 0) is (REFUSED not in text), (command, done)
    if done.stdout.startswith("{"):
        answer = json.loads(done.stdout)
        assert (answer.get("status") == "error") is (REFUSED in text), (command, done)
        if answer.get("status") == "queued":
            status, results = ended(clone.service, answer["job_id"])
            assert status == 200, (command, results)


@pytest.mark.parametrize("block", blocks("python"), ids=lambda block: block.manual)
def test_every_program_runs(clone: Clone, block: Block) -> None:
    """Each on its own, as it is shown."""
    program = block.text.replace("http://localhost:5000", clone.service.url)
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=clone.folder, text=True, capture_output=True, timeout=LIMIT, check=False
    )
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("command", [command for command in commands() if reason_not_to_run(command)], ids=str)
def test_what_is_not_run_could_be(command: Command) -> None:
    """Its target, module, options and variables are there."""
    program = command.program
    if program[0] == "make":
        assert re.search(rf"^{program[1]}:", (ROOT / "Makefile").read_text(encoding="utf-8"), re.M)
    if program[1:2] == ["-m"]:
        assert find_spec(program[2])
    load_settings(ROOT / "config.toml", command.variables)
    if command.options:
        asked = [sys.executable, *program[1:], "--help"]
        shown = subprocess.run(asked, cwd=ROOT, text=True, capture_output=True, timeout=LIMIT, check=True).stdout
        assert all(re.search(rf"(?<![\w-]){option}\b", shown) for option in command.options)


def test_every_reason_is_needed() -> None:
    """What no command is any more is not on the list."""
    reasons = [reason_not_to_run(command) for command in commands()]
    assert {reason for reason in NOT_RUN.values() if reason not in reasons} == set()


@pytest.mark.parametrize("name", ["states_mean", "best5", "worst5", "global_mean", "diff_from_mean", "mean_by_category",
                                  "state_mean", "state_diff_from_mean", "state_mean_by_category"])  # fmt: skip
def test_each_of_the_nine_has_its_curl(name: str) -> None:
    """The manual shows how to ask for every one."""
    assert any(f"/api/{name} " in line for line in POSTS)
