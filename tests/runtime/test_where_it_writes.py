"""Where the service writes: one folder, which a setting moves; and what it says at the start when that is full."""

from __future__ import annotations

import gzip
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from subprocess import PIPE
from tempfile import TemporaryDirectory
from typing import Any

import pytest

from service.errors import StartError
from service.runtime.editions import Editions
from service.runtime.lifespan import lifespan
from service.settings import ROOT
from tests.conftest import settings_for
from tests.process import Start
from tests.waiting import LIMIT

OBEYING = ("setpriv", "--bounding-set=-dac_override")
"""Starts a program as root that obeys the modes of files, as everybody else does."""


def test_one_setting_moves_every_path_in_var(tmp_path: Path) -> None:
    """Journal, log, results, caches and the sample; what lies elsewhere stays there."""
    settings = settings_for(tmp_path, server_var=tmp_path / "else", results_folder="results")
    assert settings.path(settings.jobs.journal) == tmp_path / "else" / "jobs.sqlite3"
    assert settings.path("var/cache") == tmp_path / "else" / "cache"
    assert settings.path("var") == tmp_path / "else"
    assert settings.path(settings.results.folder) == tmp_path / "results"
    assert settings_for(tmp_path, server_var="other").path("var/log") == tmp_path / "other" / "log"


@pytest.fixture
def checkout() -> Iterator[Path]:
    """A copy of the project that nobody may write."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("service", "sql", "data"):
            ignored = shutil.ignore_patterns("__pycache__", "*.sample.csv", "brfss.csv*")
            shutil.copytree(ROOT / part, folder / "checkout" / part, ignore=ignored)
        for part in ("run.py", "config.toml"):
            shutil.copy(ROOT / part, folder / "checkout")
        (folder / "var").mkdir()
        for path in [folder / "checkout", *(folder / "checkout").rglob("*")]:
            path.chmod(0o555 if path.is_dir() else 0o444)
        yield folder
        for path in (folder / "checkout").rglob("*"):
            if path.is_dir():
                path.chmod(0o755)


@pytest.mark.long
def test_a_read_only_checkout_works(checkout: Path) -> None:
    """With `var` elsewhere: it answers from the sample, which it makes there, and writes nothing into the checkout."""
    is_root = os.geteuid() == 0
    if is_root and not shutil.which(OBEYING[0]):
        pytest.skip("root may write everything, and there is no setpriv to make it obey")
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONDONTWRITEBYTECODE": "1",
        "HEALTH_SERVER_VAR": str(checkout / "var"),
        "HEALTH_SERVER_PORT": "0",
    }
    command = [*(OBEYING if is_root else ()), sys.executable, "run.py"]
    given: Any = {"cwd": checkout / "checkout", "env": environment, "stdout": PIPE, "stderr": PIPE, "text": True}
    with subprocess.Popen(command, **given) as service:
        assert service.stdout
        lines = []
        for line in service.stdout:
            lines.append(line)
            if " ready after " in line:
                break
        service.terminate()
        rest, errors = service.communicate(timeout=LIMIT)
    assert (service.returncode, errors) == (0, ""), [*lines, rest]
    written = {path.name for path in (checkout / "var").iterdir()}
    assert {"jobs.sqlite3", "log", "results"} <= written
    assert [name for name in written if name.endswith(".sample.csv")]


@pytest.fixture
def full_disk(tmp_path: Path) -> Iterator[Path]:
    """A small file system with no room left."""
    folder = tmp_path / "disk"
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)]
    done = subprocess.run(mount, capture_output=True, text=True, check=False) if shutil.which("mount") else None
    if done is None or done.returncode:
        pytest.skip(f"no file system can be mounted here: {done.stderr.strip() if done else 'there is no mount'}")
    try:
        with suppress(OSError), (folder / "all").open("wb", buffering=0) as file:
            while True:
                file.write(bytes(4096))
        yield folder
    finally:
        subprocess.run(["umount", str(folder)], check=True)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
def test_a_full_disk_is_told_without_a_log(
    start: Start, small_csv: Path, tmp_path: Path, full_disk: Path, encoding: str
) -> None:
    """Which is on the same disk: standard error says what could not be unpacked or converted, and where."""
    text = small_csv.read_text(encoding="utf-8").encode(encoding)
    table = tmp_path / "table.csv.gz"
    table.write_bytes(gzip.compress(text, 1) if encoding == "utf-8" else text)
    service = start(server_var=full_disk, log_folder=full_disk / "log", dataset_csv=table)
    code, errors = service.ended()
    assert code == 2
    assert f"{full_disk}/tmp: no room to unpack or convert the table: No space left on device; make room" in errors
    assert "the log cannot be written" in errors
    assert "Traceback" not in errors


@pytest.mark.parametrize(
    ("variable", "name", "message"),
    [
        (
            "jobs_journal",
            "jobs.sqlite3",
            "disk/jobs.sqlite3: the journal cannot be opened: the disk is full; make",
        ),
        (
            "results_folder",
            "results",
            "disk/results: long answers cannot be kept there: No space left on device; ma",
        ),
        ("server_var", "", "disk: the sample cannot be written there: No space left on device"),
    ],
)
async def test_a_start_says_which_disk_is_full(
    editions: Editions, tmp_path: Path, full_disk: Path, variable: str, name: str, message: str
) -> None:
    """And starts once there is room, with ids from the first on."""
    settings = settings_for(tmp_path, **{variable: full_disk / name})
    given = None if variable == "server_var" else editions
    with pytest.raises(StartError) as refused:
        async with lifespan(settings, given):
            pass
    assert f"{tmp_path}/{message}" in refused.value.reason
    if given:
        (full_disk / "all").unlink()
        async with lifespan(settings, given) as service:
            job = (await service.jobs.submit(service.editions.query("coverage", {"question": "Q036"}))).job
            assert job.id == 1
