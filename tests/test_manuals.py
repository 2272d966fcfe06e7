"""What the manuals say is so."""

from __future__ import annotations

import re
import textwrap
import tomllib
from pathlib import Path

import pytest

import service
from service.api.routes import ROUTES
from service.charts.registry import CHARTS
from service.cli import COMMANDS
from service.dataset import Dataset
from service.formats.registry import FORMATS
from service.statistics.header import KEYS
from service.statistics.parameter_types import TYPES
from tests.conftest import load_catalog
from tests.manuals import BLOCK, MANUALS, ROOT, SPECIAL, Command, blocks, commands, every_block, unquoted

AUTHORS = MANUALS["sql/README.md"]


@pytest.mark.parametrize("manual", MANUALS)
def test_every_block_says_what_it_is(manual: str) -> None:
    """Fences name a language, and nothing is shown without a fence, where the tests of commands would not see it."""
    assert {block.language for block in every_block()} <= {"sh", "python", "r", "sql", "text"}
    assert re.findall(r"^(?: {4}|\t).*", BLOCK.sub("", MANUALS[manual]), re.M) == []


@pytest.mark.parametrize("command", commands(), ids=str)
def test_a_command_can_be_pasted_into_bash_and_zsh(command: Command) -> None:
    """No comment, and no sign outside quotes that one of them takes for something else."""
    assert SPECIAL.findall(unquoted(command.text)) == []


@pytest.mark.parametrize("manual", MANUALS)
def test_links_lead_somewhere(manual: str) -> None:
    """Each file that a manual links to is there, and has the heading."""
    for target in re.findall(r"\]\(([^)\s]+)\)", MANUALS[manual]):
        if target.startswith("http"):
            continue
        path, _, heading = target.partition("#")
        file = (ROOT / manual).parent / path if path else ROOT / manual
        assert file.exists(), target
        assert not heading or heading in anchors(file), target


def anchors(file: Path) -> set[str]:
    """The fragments of a file's headings, as GitHub makes them."""
    titles = re.findall(r"^#+ (.*)$", file.read_text(encoding="utf-8"), re.M)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("manual", MANUALS)
def test_commands_of_run_py_exist(manual: str) -> None:
    """Also those in the middle of a sentence."""
    assert set(re.findall(r"run\.py ([a-z]+)\b", MANUALS[manual])) <= set(COMMANDS)


def test_readme_is_one_screen() -> None:
    """It is an entrance: what is longer stands in docs/."""
    assert len(MANUALS["README.md"].splitlines()) <= 100


def test_every_manual_is_found_from_the_readme() -> None:
    """Its table of contents has each, but for the benchmark's, which the one on development has."""
    assert all(f"]({name})" in MANUALS["README.md"] for name in set(MANUALS) - {"README.md", "bench/README.md"})
    assert "](../bench/README.md)" in MANUALS["docs/develop.md"]


def test_a_shown_file_keeps_the_contract(dataset: Dataset, tmp_path: Path) -> None:
    """The statistic that the authors' manual shows is one."""
    [shown] = [block.text for block in blocks("sql") if block.text.startswith("--")]
    (tmp_path / "shown.sql").write_text(textwrap.dedent(shown), encoding="utf-8")
    catalog = load_catalog(tmp_path, dataset)
    assert catalog.faults == ()
    assert catalog.statistics["shown"].examples


def test_every_example_of_a_type_can_be_declared(dataset: Dataset, tmp_path: Path) -> None:
    """The manual's table knows every type, and what it shows is taken."""
    shown = re.findall(r"^\| `(\w+)[(`].*\| `(\$(\w+) .*)` \|$", AUTHORS, re.M)
    assert {kind for kind, _, _ in shown} == set(TYPES)
    for kind, declaration, name in shown:
        text = f"-- Try.\n-- {declaration}\nselect ${name} as given"
        (tmp_path / f"try_{kind}.sql").write_text(text, encoding="utf-8")
    assert load_catalog(tmp_path, dataset).faults == ()


def test_the_manual_knows_every_key_and_chart() -> None:
    """What a header may say stands in the manual."""
    assert set(KEYS) <= set(re.findall(r"^\| `(\w[\w ]*)` \|", AUTHORS, re.M))
    assert all(f"`{chart}`" in AUTHORS for chart in CHARTS)


def test_the_manual_knows_every_format_and_route() -> None:
    """What a client may ask for stands in the manual."""
    manual = MANUALS["docs/api.md"]
    assert all(f"`{name}`" in manual for name in FORMATS)
    assert all(route.path.partition("{")[0] in manual for route in ROUTES if route.path.startswith("/api/"))


def test_the_map_is_right() -> None:
    """Each file and folder that the manual of the code names is there."""
    named = set(re.findall(r"`([a-z_/]+(?:\.(?:py|js|toml)|/))`", MANUALS["docs/develop.md"]))
    assert len(named) > 40
    assert {name for name in named if not (ROOT / name).exists() and not any((ROOT / "service").rglob(name))} == set()


@pytest.mark.parametrize("manual", ["SECURITY.md", "docs/reliability.md"])
def test_every_promise_has_its_test(manual: str) -> None:
    """Each row of the manual's tables of promises and faults names some, and they are there."""
    tables = MANUALS[manual].partition("\n## Hostile requests")[0]
    rows = re.findall(r"^\| (?!promise|fault|---).* \| (.*) \|$", tables, re.M)
    assert len(rows) > 10
    for row in rows:
        named = re.findall(r"`([a-z_/]+\.py)::(test_\w+)`", row)
        assert named, row
        for file, test in named:
            assert re.search(rf"^(async )?def {test}\(", (ROOT / "tests" / file).read_text(encoding="utf-8"), re.M), (
                test
            )


def test_every_dependency_is_explained() -> None:
    """Each pinned package has its line, and each line its package."""
    pinned = re.findall(r"^([\w-]+)==", (ROOT / "requirements.txt").read_text(encoding="utf-8"), re.M)
    develop = MANUALS["docs/develop.md"]
    explained = re.findall(r"^\| (\w[\w-]*) \|", develop[develop.index("| dependency | why |") :], re.M)[1:]
    assert explained == pinned


def test_the_changelog_is_dated_and_up_to_date() -> None:
    """The newest version comes first, and is the one that the API and pyproject.toml name."""
    text = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    versions = re.findall(r"^## (\d+\.\d+\.\d+) \((\d{4}-\d\d-\d\d)\)$", text, re.M)
    assert len(versions) == text.count("\n## ")
    assert versions[0][0] == service.__version__ == project["version"]
    assert [date for _, date in versions] == sorted((date for _, date in versions), reverse=True)
