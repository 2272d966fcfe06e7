"""What the manuals show works."""

from __future__ import annotations

import asyncio
import json
import re
import shlex
import shutil
import textwrap
from pathlib import Path

import pytest

from service.charts.registry import CHARTS
from service.dataset import Dataset
from service.statistics.header import KEYS
from service.statistics.parameter_types import TYPES
from tests.client import Client
from tests.conftest import load_catalog

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MANUAL = (ROOT / "sql" / "README.md").read_text(encoding="utf-8")
CURLS = re.findall(r"^    (curl .*)$", README, re.M)


@pytest.mark.skipif(shutil.which("curl") is None, reason="curl is not installed: apt-get install curl")
async def test_every_curl_of_the_readme_works_when_pasted(client: Client, tmp_path: Path) -> None:
    """Each command answers 200 or 202, and each job that it starts is done."""
    assert len(CURLS) >= 11
    for line in CURLS:
        command = shlex.split(line.replace("localhost:5000", client.base.removeprefix("http://")))
        process = await asyncio.create_subprocess_exec(*command, "--fail", stdout=asyncio.subprocess.PIPE, cwd=tmp_path)
        output, _ = await process.communicate()
        assert process.returncode == 0, line
        answer = json.loads(output) if output.startswith(b"{") else {}
        if answer.get("status") == "queued":
            assert (await client.results(answer["job_id"])).status == 200, line


@pytest.mark.parametrize("name", ["states_mean", "best5", "worst5", "global_mean", "diff_from_mean", "mean_by_category",
                                  "state_mean", "state_diff_from_mean", "state_mean_by_category"])  # fmt: skip
def test_each_of_the_nine_has_its_curl(name: str) -> None:
    """The README shows how to ask for every one."""
    assert any(f"/api/{name} " in line for line in CURLS)


@pytest.mark.parametrize("text", [README, MANUAL], ids=["README.md", "sql/README.md"])
def test_a_shown_file_keeps_the_contract(dataset: Dataset, tmp_path: Path, text: str) -> None:
    """The statistic that a manual shows is one."""
    [shown] = re.findall(r"\n\n((?:    --.*\n)+(?:    .*\n)+)", text)
    (tmp_path / "shown.sql").write_text(textwrap.dedent(shown), encoding="utf-8")
    catalog = load_catalog(tmp_path, dataset)
    assert catalog.faults == ()
    assert catalog.statistics["shown"].examples


def test_every_example_of_a_type_can_be_declared(dataset: Dataset, tmp_path: Path) -> None:
    """The manual's table knows every type, and what it shows is taken."""
    shown = re.findall(r"^\| `(\w+)[(`].*\| `(\$(\w+) .*)` \|$", MANUAL, re.M)
    assert {kind for kind, _, _ in shown} == set(TYPES)
    for kind, declaration, name in shown:
        text = f"-- Try.\n-- {declaration}\nselect ${name} as given"
        (tmp_path / f"try_{kind}.sql").write_text(text, encoding="utf-8")
    assert load_catalog(tmp_path, dataset).faults == ()


def test_the_manual_knows_every_key_and_chart() -> None:
    """What a header may say stands in the manual."""
    assert set(KEYS) <= set(re.findall(r"^\| `(\w[\w ]*)` \|", MANUAL, re.M))
    assert all(f"`{chart}`" in MANUAL for chart in CHARTS)


def test_every_dependency_is_explained() -> None:
    """Each pinned package has its line in the README, and each line its package."""
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M)
    table = README[README.index("| dependency | why |") :]
    explained = re.findall(r"^\| (\w[\w-]*) \|", table, re.M)[1:]
    assert explained == pinned
