"""`run.py fetch`, and the help of every command."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.dataset.proxy import proxying
from tests.dataset.table_server import Reply, serving
from tests.dataset.test_download_access import Authority, authority
from tests.process import ROOT

pytestmark = pytest.mark.long

__all__ = ["authority"]


def test_fetch_puts_the_table_in_place(tmp_path: Path, sample_csv: Path) -> None:
    """`run.py fetch` downloads, checks and says what came; what is not the whole table is refused with exit code 2."""
    (tmp_path / "config.toml").touch()
    fetch = [sys.executable, "run.py", "--config", str(tmp_path / "config.toml"), "fetch", "--url"]
    with serving(Reply(sample_csv.read_bytes())) as server:
        done = subprocess.run([*fetch, server.url], cwd=ROOT, text=True, capture_output=True, check=True)
    assert "88,629 rows, survey years 2011 to 2021" in " ".join(done.stdout.split())
    assert (tmp_path / "data" / "brfss.csv").read_bytes() == sample_csv.read_bytes()
    lines = sample_csv.read_bytes().splitlines(keepends=True)
    for wrong, fault in {
        b"<html>": "brfss.csv: this is an HTML page, not a table",
        b"".join(lines[:2]): "column QuestionID lacks Q019, ",
    }.items():
        with serving(Reply(wrong)) as server:
            refused = subprocess.run([*fetch, server.url], cwd=ROOT, text=True, capture_output=True, check=False)
        assert refused.returncode == 2
        assert "what came is not the table: brfss.csv:" in refused.stderr
        assert fault in refused.stderr
        assert (tmp_path / "data" / "brfss.csv").read_bytes() == sample_csv.read_bytes()


def test_fetch_reports_a_wrong_address_in_one_line(tmp_path: Path) -> None:
    """Neither an invalid address nor a redirect to one gives a traceback, or is tried again."""
    (tmp_path / "config.toml").touch()
    fetch = [sys.executable, "run.py", "--config", str(tmp_path / "config.toml"), "fetch", "--url"]
    redirect = Reply(b"", 302, more=(("Location", "http://[bad"), ("Content-Length", "0")))
    with serving(redirect) as server:
        for url in ("http://[bad", server.url):
            done = subprocess.run([*fetch, url], cwd=ROOT, text=True, capture_output=True, check=False)
            reason = f"{url}: it is not an address, or redirects to something that is not one; check the address\n"
            assert (done.returncode, done.stderr) == (2, reason)
            assert "trying again" not in done.stdout


def test_fetch_from_behind_a_proxy(tmp_path: Path, sample_csv: Path, authority: Authority) -> None:
    """Through HTTPS_PROXY, with --ca-bundle and SOCRATA_APP_TOKEN; neither password nor token is printed."""
    (tmp_path / "config.toml").touch()
    fetch = [sys.executable, "run.py", "--config", str(tmp_path / "config.toml"), "fetch"]
    replies = (Reply(sample_csv.read_bytes(), cut=300_000), Reply(sample_csv.read_bytes()))
    with serving(*replies, tls=authority.server) as server, proxying("me:hidden") as proxy:
        secrets = {"HTTPS_PROXY": f"http://me:hidden@{proxy.address}", "SOCRATA_APP_TOKEN": "very-secret"}
        command = [*fetch, "--url", server.url, "--ca-bundle", str(authority.file)]
        done = subprocess.run(
            command, cwd=ROOT, env={**os.environ, **secrets}, text=True, capture_output=True, check=True
        )
    assert set(proxy.asked) == {f"CONNECT 127.0.0.1:{server.server_port}"}
    assert {request.get("X-App-Token") for request in server.asked} == {"very-secret"}
    assert not {"hidden", "very-secret"} & set(re.findall(r"[\w-]+", done.stdout + done.stderr))
    assert (tmp_path / "data" / "brfss.csv").read_bytes() == sample_csv.read_bytes()


@pytest.mark.parametrize(
    "arguments", [[], ["serve"], ["fetch"], ["check"], ["new"], ["ask"], ["ask", "best5"], ["shell"], ["export"]]
)
def test_help_is_there(arguments: list[str]) -> None:
    """Each command explains itself, with an example."""
    done = subprocess.run(
        [sys.executable, "run.py", *arguments, "--help"], cwd=ROOT, text=True, capture_output=True, check=True
    )
    assert done.stdout.startswith("usage: run.py")
    assert not arguments or "Example: python run.py" in " ".join(done.stdout.split())
