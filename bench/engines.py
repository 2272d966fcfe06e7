"""Engines on the same table and on many times its rows: `python -m bench.engines --help`.

Each is measured in a process of its own, alone, by random questions of nine statistics: plain means, whose meaning
stays when there are more rows of each question, place and year.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager, closing, nullcontext
from pathlib import Path
from statistics import median, quantiles
from tempfile import TemporaryDirectory

import msgspec
from rich.console import Console
from rich.table import Table

from bench.jobs import REAL
from bench.questions import MIX, questions
from bench.tables import repeated
from service.dataset.source import locate
from service.runtime.lifespan import opened_edition
from service.settings import ROOT, load_settings
from service.statistics.parameters import parse_arguments
from tests import spark, standalone_spark
from tests.spark import Cluster

CLUSTER = {
    "HEALTH_ENGINE_KIND": "spark",
    "HEALTH_ENGINE_URL": "{url}",
    "HEALTH_ENGINE_TABLE": "{exported}/*.parquet",
    "HEALTH_DATASET_SOURCE": "{exported}",
}
ENGINES: Mapping[str, Mapping[str, str]] = {
    "memory": {},
    "Parquet": {"HEALTH_ENGINE_STORAGE": "parquet", "HEALTH_DATASET_SOURCE": "{exported}"},
    "Sail": CLUSTER,
    "Spark": CLUSTER,
}
"""Settings of each; `{exported}` is the folder that `run.py export` wrote, `{url}` that of the cluster."""
CLUSTERS: Mapping[str, Callable[[Path], AbstractContextManager[Cluster]]] = {
    "Sail": spark.running,
    "Spark": standalone_spark.running,
}
"""How each is started, in a folder of its own."""


class Figures(msgspec.Struct):
    """Seconds of the start and of each query, and of their CPU time; the most bytes that the process held."""

    start: float
    start_cpu: float
    queries: list[float]
    cpu: list[float]
    peak: int
    cluster: int = 0
    """Bytes that the cluster's processes held in the end."""


def main() -> None:
    """Measure and print, or in a process of its own measure the engine of the environment."""
    options = _options()
    if options.one:
        sys.stdout.buffer.write(msgspec.json.encode(_measured(options.count)))
        return
    shown = Table(
        "times the rows", "engine", "first start", "start", "CPU of it", "p50", "p95", "CPU a query", "peak memory"
    )
    rows = locate(load_settings(None, {"HEALTH_DATASET_SOURCE": str(options.csv or "")})).path
    for times in options.times:
        with TemporaryDirectory(dir=options.folder) as folder:
            for name, first, again in _compared(repeated(rows, times, Path(folder)), Path(folder), options):
                shown.add_row(f"{times}", name, f"{first.start:.2f} s", *_cells(again))
                Console().print(shown)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Example: python -m bench.engines --times 10")
    parser.add_argument("--times", type=int, action="append", help="so many times the rows (default: 1, 10, 100)")
    parser.add_argument(
        "--engine", choices=ENGINES, action="append", help="default: all but Spark, which needs SPARK_HOME"
    )
    parser.add_argument("--count", type=int, default=200, help="how many questions are asked")
    parser.add_argument("--csv", type=Path, default=REAL if REAL.is_file() else None, help="the table")
    parser.add_argument("--folder", type=Path, help="where the larger tables are made, of some GB")
    parser.add_argument("--one", action="store_true", help=argparse.SUPPRESS)
    options = parser.parse_args()
    options.times = options.times or [1, 10, 100]
    options.engine = options.engine or ["memory", "Parquet", "Sail"]
    return options


def _compared(table: Path, folder: Path, options: argparse.Namespace) -> Iterator[tuple[str, Figures, Figures]]:
    """The name of each engine, and its figures on the first and on the next start."""
    common = {
        "HEALTH_DATASET_SOURCE": str(table),
        "HEALTH_DATASET_VALUE_TYPES": "warn",
        "HEALTH_DUCKDB_MEMORY_LIMIT": "16GB",
        "HEALTH_SERVER_VAR": str(folder / "var"),
    }
    exported = folder / "exported"
    for name in options.engine:
        own = ENGINES[name]
        if any("{exported}" in value for value in own.values()) and not exported.exists():
            _run(["run.py", "export", str(exported)], common)
        with CLUSTERS[name](folder) if name in CLUSTERS else nullcontext() as cluster:
            url = cluster.url if cluster else ""
            variables = common | {key: value.format(exported=exported, url=url) for key, value in own.items()}
            first, again = (_run_one(each, variables) for each in (9, options.count))
            yield name, first, _with_cluster(again, cluster)


def _with_cluster(found: Figures, cluster: Cluster | None) -> Figures:
    """Together with what the cluster's processes hold now."""
    if cluster is None:
        return found
    processes = [each for parent in cluster.processes() for each in (parent, *parent.children(recursive=True))]
    memory = sum(each.memory_info().rss for each in processes)
    return msgspec.structs.replace(found, cluster=memory)


def _run_one(count: int, variables: Mapping[str, str]) -> Figures:
    text = _run(["-m", "bench.engines", "--one", "--count", str(count)], variables)
    return msgspec.json.decode(text, type=Figures)


def _run(command: list[str], variables: Mapping[str, str]) -> bytes:
    environment = os.environ | variables
    done = subprocess.run([sys.executable, *command], cwd=ROOT, env=environment, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{' '.join(command)}: {done.stderr.decode()[-2000:]}")
    return done.stdout


def _measured(count: int) -> Figures:
    """The start as `run.py` has it, all statistics checked, then so many questions, one after the other."""
    began = time.perf_counter()
    queries, cpu = [], []
    with opened_edition(load_settings()) as edition, closing(edition.engine.session()) as session:
        start, start_cpu = time.perf_counter() - began, time.process_time()
        for question in questions(MIX, count):
            statistic = edition.catalog.find(question.statistic)
            prepared = session.prepare(statistic.name, statistic.sql)
            arguments = parse_arguments(statistic.parameters, question.arguments)
            before, spent = time.perf_counter(), time.process_time()
            session.run(prepared, arguments)
            queries.append(time.perf_counter() - before)
            cpu.append(time.process_time() - spent)
    return Figures(start=start, start_cpu=start_cpu, queries=queries, cpu=cpu, peak=_peak())


def _peak() -> int:
    """Of this process alone; that of getrusage begins with its parent's."""
    status = Path("/proc/self/status").read_text(encoding="utf-8")
    return int(status.partition("VmHWM:")[2].split()[0]) * 1024


def _cells(found: Figures) -> list[str]:
    p95 = quantiles(found.queries, n=20)[-1]
    times = (median(found.queries), p95, sum(found.cpu) / len(found.cpu))
    start = (f"{found.start:.2f} s", f"{found.start_cpu:.2f} s")
    cluster = f" + {found.cluster / 1e6:.0f}" if found.cluster else ""
    return [*start, *(f"{seconds * 1000:.1f} ms" for seconds in times), f"{found.peak / 1e6:.0f}{cluster} MB"]


if __name__ == "__main__":
    main()
