"""The folders of the design, and which may import which."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from service.api.routes import ROUTES
from service.statistics.contract import RESERVED

SERVICE = Path(__file__).parent.parent / "service"
ORDER = [
    "errors",
    "suggest",
    "encoding",
    "cores",
    "threads",
    "compression",
    "settings",
    "logs",
    "dataset",
    "engine",
    "answers",
    "charts",
    "formats",
    "statistics",
    "jobs",
    "runtime",
    "api",
    "cli",
]
"""A folder, or a file of the top level, imports only from those before it, or its own files."""
FILES = sorted(SERVICE.rglob("*.py"))


def folder_of(file: Path) -> str:
    return file.relative_to(SERVICE).parts[0].removesuffix(".py")


def imports(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module == "service":
            yield from (f"service.{alias.name}" for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield node.module


@pytest.mark.parametrize("file", [file for file in FILES if file.parent != SERVICE or file.name != "__init__.py"])
def test_imports_point_one_way(file: Path) -> None:
    """A folder imports only from folders below it."""
    for module in imports(file):
        if module.startswith("service."):
            other = module.split(".")[1]
            assert ORDER.index(other) <= ORDER.index(folder_of(file)), f"{file.name} imports {module}"


@pytest.mark.parametrize(
    ("library", "folders"),
    [
        ("aiohttp", {"api"}),
        ("duckdb", {"dataset", "engine"}),
        ("sqlite3", {"jobs"}),
        ("asyncpg", {"jobs"}),
        ("fcntl", {"dataset"}),
    ],
)
def test_a_library_stays_in_its_folders(library: str, folders: set[str]) -> None:
    """Only api/ imports aiohttp, and only the folders of the data import duckdb."""
    users = {folder_of(file) for file in FILES if library in {module.split(".")[0] for module in imports(file)}}
    assert users <= folders


@pytest.mark.parametrize("file", FILES, ids=lambda file: str(file.relative_to(SERVICE)))
def test_files_and_functions_are_short(file: Path) -> None:
    """No file is over 250 lines, no function over 40 (its docstring aside)."""
    text = file.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 250
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            docstring = ast.get_docstring(node) or ""
            length = (node.end_lineno or node.lineno) - node.lineno + 1 - len(docstring.splitlines())
            assert length <= 40, f"{node.name} has {length} lines"


def test_every_route_below_api_is_reserved() -> None:
    """A statistic cannot take the name of a route, and no route takes a name from the statistics needlessly."""
    paths = [route.path for route in ROUTES if route.path.startswith("/api/")]
    names = {name for path in paths if re.fullmatch(r"[a-z_]+", name := path.split("/")[2])}
    assert names <= RESERVED
