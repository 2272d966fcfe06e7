"""All that `/metrics` shows, read when it is asked for; only what has passed by then is counted as it happens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry, Metric, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily as Counter
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.core import HistogramMetricFamily as Histogram

from service.durations import Durations
from service.jobs.figures import Figures
from service.runtime.lifespan import Service
from service.threads import in_short_thread

GONE = 499
"""The status of a request whose client went away: nginx's, since HTTP has none."""


class Metrics:
    """For the event loop. `connections` says how many are open."""

    def __init__(self, service: Service, connections: Callable[[], int] = lambda: 0) -> None:
        self._service = service
        self.connections = connections
        self._requests = Durations()
        self._process = CollectorRegistry()
        ProcessCollector(registry=self._process)

    def count(self, request: web.BaseRequest, status: int, seconds: float) -> None:
        """Under the route that it found; what found none, or was no request, has none."""
        found = getattr(request, "_match_info", None)  # the public one is not there before a route is found
        route = None if found is None or found.route.resource is None else found.route
        self._requests.add(seconds, (route, status))

    async def exposition(self) -> bytes:
        """In Prometheus's text format."""
        own = [*self._of_requests(), *_of_jobs(await self._service.jobs.figures()), *self._of_the_rest()]
        return await in_short_thread(_text, own, self._process)

    def _of_requests(self) -> Iterator[Metric]:
        requests = Histogram(
            "health_http_request_seconds", "Requests and how long they took.", labels=["method", "route", "status"]
        )
        for label, buckets, seconds in self._requests:
            route, status = label
            names = (route.method, route.resource.canonical) if route else ("other", "unknown")
            requests.add_metric([*names, str(status)], buckets, seconds)
        yield requests
        yield Gauge("health_connections", "Connections that are open.", self.connections())

    def _of_the_rest(self) -> Iterator[Metric]:
        service = self._service
        yield _histogram("health_loop_delay_seconds", "How late the event loop is.", service.loop_delays)
        edition, fault = service.editions.current, service.editions.fault
        facts = edition.engine.facts
        yield _gauge("health_dataset_rows", "Rows of the table that serves.", "version", {facts.version: facts.rows})
        yield Gauge("health_dataset_sample", "Whether it is a modelled sample.", facts.sample)
        yield Gauge("health_dataset_faulty", "Whether the table on the disk cannot be used.", fault is not None)
        yield Gauge("health_statistics", "Statistics that serve.", len(edition.catalog.statistics))
        yield Gauge("health_statistic_faults", "Faults of SQL files.", len(edition.catalog.faults))
        being_read = service.renderings.being_read_bytes
        yield _gauge("health_being_read_bytes", "Answers that clients read in parts.", "where", being_read)


def _of_jobs(figures: Figures) -> Iterator[Metric]:
    ended = figures.ended
    jobs = Counter("health_jobs", "Jobs that have ended.", labels=["statistic", "state"])
    for (statistic, state), number in ended.jobs.items():
        jobs.add_metric([statistic, state], number)
    yield jobs
    run = Counter("health_statistic_running_seconds", "Seconds in which jobs of it ran.", labels=["statistic"])
    for statistic, seconds in ended.running_seconds.items():
        run.add_metric([statistic], seconds)
    yield run
    yield _gauge("health_jobs_pending", "Jobs that wait for a worker, and that run.", "state", figures.pending)
    yield _histogram("health_job_queued_seconds", "How long jobs waited for a worker.", ended.queued)
    yield _histogram("health_job_running_seconds", "How long jobs ran.", ended.running)
    yield _gauge("health_workers", "Worker threads.", "state", figures.workers)
    yield Gauge("health_draining", "Whether no new jobs are taken.", figures.draining)
    yield Gauge("health_journal_faulty", "Whether the journal cannot be written.", figures.journal_fault is not None)
    yield Gauge("health_journal_lag_seconds", "How long the oldest change waits for the disk.", figures.journal_lag)
    kept = {"remembered": figures.remembered_bytes, "held": figures.held_bytes, "disk": figures.held_disk_bytes}
    yield _gauge("health_answer_bytes", "Answers: remembered, and held by finished jobs.", "where", kept)


def _gauge(name: str, documentation: str, label: str, values: Mapping[Any, float]) -> Metric:
    gauge = Gauge(name, documentation, labels=[label])
    for value, number in values.items():
        gauge.add_metric([str(value)], number)
    return gauge


def _histogram(name: str, documentation: str, durations: Durations) -> Metric:
    histogram = Histogram(name, documentation, labels=[])
    for _, buckets, seconds in durations:
        histogram.add_metric([], buckets, seconds)
    return histogram


def _text(own: Iterable[Metric], process: CollectorRegistry) -> bytes:
    """In a thread: a thousand lines take ten milliseconds."""
    return generate_latest(_Fixed([*own, *process.collect()]))


class _Fixed(CollectorRegistry):
    """What was read already."""

    def __init__(self, metrics: list[Metric]) -> None:
        super().__init__()
        self._metrics = metrics

    def collect(self) -> Iterator[Metric]:
        return iter(self._metrics)
