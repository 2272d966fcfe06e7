"""The real parts, built once: the sample's table, the catalog of sql/, and a server of one's own on a free port."""

from __future__ import annotations

import hashlib
import os
import shutil
import zipfile
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager, closing, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import pandas as pd
import psutil
import pytest
from aiohttp import ClientSession

from data import sample
from service import dataset as datasets
from service.api.server import listening
from service.dataset import Dataset
from service.dataset.download.client import CA_BUNDLES, TOKEN
from service.engine.duckdb_engine import DuckDBEngine
from service.engine.spool import Spool
from service.runtime.editions import Editions
from service.runtime.lifespan import lifespan, opened_edition
from service.settings import ROOT, Settings, load_settings
from service.statistics import catalog as catalogs
from service.statistics.catalog import Catalog
from tests.client import Client
from tests.held_up import never_held_up
from tests.process import FAST, SLOW, Process, Start
from tests.tables import Table

REAL = ROOT.parent / "shared" / "data" / "npao-brfss-2011-2021.csv.zip"
FETCHED = ROOT / "data" / "brfss.csv"
EDITION = "5d6756e27c7144ffac6b46b48ab14a04b79dcdebb5c394b5c67515a9883b40be"
"""SHA-256 of the table whose figures the tests know, that of 2011 to 2021."""


PROCESSES = {"start", "service", "browser"}
"""Fixtures that start processes: tests that use them are long, as those marked so are."""


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--all", action="store_true", help="also run long tests; those of named files run")


def _are_all_wanted(config: pytest.Config) -> bool:
    """Whoever names files or folders means all of their tests."""
    told: dict[str, bool] | None = getattr(config, "workerinput", None)
    if told is not None:
        return told["all"]
    return bool(config.option.all) or config.args_source is not pytest.Config.ArgsSource.TESTPATHS


@pytest.hookimpl(optionalhook=True)
def pytest_configure_node(node: Any) -> None:
    """Tell a process of pytest-xdist, which has arguments in any case."""
    node.workerinput["all"] = _are_all_wanted(node.config)


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Without --all, leave out what starts processes or goes through many tables: most of the time goes there."""
    if _are_all_wanted(config):
        return
    left_out = [item for item in items if item.get_closest_marker("long") or PROCESSES & set(_fixtures(item))]
    items[:] = [item for item in items if item not in left_out]
    config.hook.pytest_deselected(items=left_out)


def _fixtures(item: pytest.Item) -> list[str]:
    return item.fixturenames if isinstance(item, pytest.Function) else []


@pytest.fixture(scope="session", autouse=True)
def _own_network() -> Iterator[None]:
    """Tests reach their own servers, whichever proxies, certificates and tokens this machine has."""
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.lower().endswith("_proxy")] + [*CA_BUNDLES, TOKEN]:
            patch.delenv(name, raising=False)
        yield


def settings_for(folder: Path, **variables: object) -> Settings:
    """The defaults with `server_port=…`-like keys on top; all that is written goes below `folder`."""
    (folder / "config.toml").write_bytes((ROOT / "config.toml").read_bytes())
    sql = {"HEALTH_CATALOG_FOLDER": str(ROOT / "sql"), "HEALTH_SERVER_PORT": "0"}
    given = {f"HEALTH_{name.upper()}": str(value) for name, value in variables.items()}
    return load_settings(folder / "config.toml", sql | given)


def load_dataset(settings: Settings) -> Iterator[Dataset]:
    """A dataset for as long as a fixture lasts."""
    dataset = datasets.load(settings)
    yield dataset
    dataset.close()


@pytest.fixture(scope="session")
def sample_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("sample") / "sample.csv"
    sample.write(path)
    return path


@pytest.fixture(scope="session")
def small_csv(sample_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A quarter of the sample's strata: every question, place and year, and loaded sooner."""
    lines = sample_csv.read_text(encoding="utf-8").splitlines(keepends=True)
    path = tmp_path_factory.mktemp("small") / "small.csv"
    strata = ("OVERALL", "MALE", "EDUHS", "EDUCOGRAD", "INCLESS15", "INC75PLUS")
    kept = [line for line in lines[1:] if line.rstrip().endswith(strata)]
    path.write_text("".join([lines[0], *kept]), encoding="utf-8")
    return path


@pytest.fixture(scope="session")
def real_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if _is_fetched():
        return FETCHED
    if not REAL.is_file():
        found = "is of other years" if FETCHED.is_file() else "is not there"
        pytest.skip(f"the CDC's table of 2011 to 2021 is not in ../shared/data, and data/brfss.csv {found}")
    folder = tmp_path_factory.mktemp("real")
    with (
        zipfile.ZipFile(REAL) as archive,
        archive.open(archive.namelist()[0]) as packed,
        (folder / "real.csv").open("wb") as file,
    ):
        shutil.copyfileobj(packed, file)
    return folder / "real.csv"


def _is_fetched() -> bool:
    return FETCHED.is_file() and hashlib.sha256(FETCHED.read_bytes()).hexdigest() == EDITION


@pytest.fixture(scope="session")
def page_folder(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where servers of the page write; they share the drawing library, which takes seconds to make, and the sample."""
    folder = tmp_path_factory.mktemp("page")
    (folder / "var").mkdir()
    shutil.copy(small_csv, folder / "var" / f"{sample.version()}.sample.csv")
    shutil.copytree(ROOT / "sql", folder / "sql")
    (folder / "sql" / "slow.sql").write_text(SLOW, encoding="utf-8")
    (folder / "sql" / "broken.sql").write_text("-- Broken.\nselec 1", encoding="utf-8")
    return folder


@pytest.fixture(scope="session")
def settings(sample_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return settings_for(tmp_path_factory.mktemp("settings"), dataset_csv=sample_csv, workers_threads=2)


@pytest.fixture(scope="session")
def dataset(settings: Settings) -> Iterator[Dataset]:
    yield from load_dataset(settings)


@pytest.fixture(scope="session")
def catalog(settings: Settings, dataset: Dataset) -> Catalog:
    return load_catalog(settings.path(settings.catalog.folder), dataset)


def engine_on(dataset: Dataset) -> DuckDBEngine:
    """An engine whose long results would lie in the default folder."""
    return DuckDBEngine(dataset, Spool(Settings()))


def load_catalog(folder: Path, dataset: Dataset) -> Catalog:
    return catalogs.load(folder, engine_on(dataset))


@pytest.fixture(scope="session")
def frame(sample_csv: Path) -> pd.DataFrame:
    return read_frame(sample_csv)


def read_frame(csv: Path) -> pd.DataFrame:
    """The table as pandas reads it: only an empty field is missing."""
    return pd.read_csv(csv, keep_default_na=False, na_values=[""], low_memory=False)


@pytest.fixture(scope="session")
def editions(small_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Editions]:
    """The small table and the statistics of sql/, loaded once for all servers that change neither."""
    settings = settings_for(tmp_path_factory.mktemp("editions"), dataset_csv=small_csv)
    with closing(Editions(settings, Spool(settings))) as editions:
        yield editions


Serve = Callable[..., Any]


@asynccontextmanager
async def serving(settings: Settings, editions: Editions | None = None, *, timed: bool = True) -> AsyncIterator[Client]:
    """A real server in this process, and a client of it; `timed` unless other tests run meanwhile on the same loop."""
    async with lifespan(settings, editions) as service, listening(service) as base, ClientSession(base) as session:
        with never_held_up() if timed else nullcontext():
            yield Client(session, base, service)


@pytest.fixture
async def serve(small_csv: Path, tmp_path: Path, editions: Editions) -> AsyncIterator[Serve]:
    """A function that starts a server with settings of one's own: `client = await serve(workers_max_pending=1)`."""
    async with AsyncExitStack() as stack:

        async def start(**variables: object) -> Client:
            given = {"dataset_csv": small_csv, "workers_threads": 2} | variables
            own = any(name.startswith(("catalog", "dataset", "duckdb", "results")) for name in variables)
            return await stack.enter_async_context(serving(settings_for(tmp_path, **given), None if own else editions))

        yield start


@pytest.fixture
async def client(editions: Editions, tmp_path: Path) -> AsyncIterator[Client]:
    """A client of a server with the default settings."""
    async with serving(settings_for(tmp_path, workers_threads=2), editions) as client:
        yield client


@pytest.fixture
def start(tmp_path: Path, small_csv: Path) -> Iterator[Start]:
    """A function that starts a service with settings of one's own, on the sample, with two statistics."""
    processes = []
    (tmp_path / "sql").mkdir()
    (tmp_path / "sql" / "slow.sql").write_text(SLOW, encoding="utf-8")
    (tmp_path / "sql" / "fast.sql").write_text(FAST, encoding="utf-8")

    def begin(**variables: object) -> Process:
        given = {"dataset_csv": small_csv, "catalog_folder": tmp_path / "sql", "workers_threads": 2, **variables}
        processes.append(Process(tmp_path, **given))
        return processes[-1]

    yield begin
    for process in processes:
        process.kill()


@contextmanager
def table_on(settings: Settings) -> Iterator[Table]:
    """The settings' table with its statistics, and in pandas."""
    with opened_edition(settings) as edition, closing(edition.engine.session()) as session:
        yield Table(edition, session, read_frame(settings.path(settings.dataset.source)))


@pytest.fixture(scope="session")
def table(request: pytest.FixtureRequest) -> Table:
    """The CDC's table where it is, else the sample."""
    found: Table = request.getfixturevalue("real_table" if REAL.is_file() or _is_fetched() else "sample_table")
    return found


@pytest.fixture(scope="session")
def sample_table(sample_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    with table_on(settings_for(tmp_path_factory.mktemp("sample"), dataset_csv=sample_csv)) as table:
        yield table


@pytest.fixture(scope="session")
def real_table(real_csv: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Table]:
    """The CDC's own table, for what only its figures show."""
    with table_on(settings_for(tmp_path_factory.mktemp("real_table"), dataset_csv=real_csv)) as table:
        yield table


RenderProcesses = Callable[[], list[psutil.Process]]


@pytest.fixture
def render_processes() -> RenderProcesses:
    """A function that finds the processes that draw, but for those of servers that other tests share."""

    def found() -> list[psutil.Process]:
        return [child for child in psutil.Process().children() if "render_process.py" in " ".join(child.cmdline())]

    before = found()
    return lambda: [process for process in found() if process not in before]
