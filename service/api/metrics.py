"""All that `/metrics` shows: what has passed is counted as it happens, all else is read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from aiohttp import web
from prometheus_client import (
    CollectorRegistry,
    Histogram,
    Metric,
    ProcessCollector,
    disable_created_metrics,
    generate_latest,
)
from prometheus_client.core import GaugeMetricFamily as Gauge
from prometheus_client.registry import Collector

from service.jobs.figures import Figures
from service.runtime.lifespan import Service
from service.threads import in_short_thread

GONE = 499
"""The status of a request whose client went away: nginx's, since HTTP has none."""
BUCKETS = (0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 60)
"""Seconds: a known answer takes half a millisecond, and a wait a minute at most."""

disable_created_metrics()  # type: ignore[no-untyped-call]  # a series more for each, which nobody reads


class Metrics(Collector):
    """For the event loop. `connections` says how many are open."""

    def __init__(self, service: Service) -> None:
        self._service = service
        self._now: list[Metric] = []
        self._registry = CollectorRegistry()
        labels = ["method", "route", "status"]
        what = "Requests and how long they took."
        self._requests = Histogram(
            "health_http_request_seconds", what, labels, buckets=BUCKETS, registry=self._registry
        )
        self._by_route: dict[tuple[web.AbstractRoute | None, int], Histogram] = {}
        self.connections: Callable[[], int] = lambda: 0
        self._registry.register(service.loop_delays)
        self._registry.register(self)
        ProcessCollector(registry=self._registry)

    def count(self, request: web.BaseRequest, status: int, seconds: float) -> None:
        """Under the route that it found; what found none, or was no request, has none."""
        found = getattr(request, "_match_info", None)  # the public one is not there before a route is found
        route = None if found is None or found.route.resource is None else found.route
        durations = self._by_route.get((route, status))
        if durations is None:
            names = (route.method, route.resource.canonical) if route else ("other", "unknown")
            durations = self._by_route[route, status] = self._requests.labels(*names, status)
        durations.observe(seconds)

    async def exposition(self) -> bytes:
        """In Prometheus's text format, written in a thread: a thousand lines take ten milliseconds."""
        figures = await self._service.jobs.figures()
        self._now = [*self._gauges(figures), *figures.ended.collect()]
        return await in_short_thread(generate_latest, self._registry)

    def collect(self) -> list[Metric]:
        return self._now

    def _gauges(self, figures: Figures) -> Iterator[Metric]:
        editions, renderings = self._service.editions, self._service.renderings
        (facts, catalog), faulty = (editions.current.engine.facts, editions.current.catalog), editions.fault is not None
        journal_faulty = figures.journal_fault is not None
        yield Gauge("health_connections", "Connections that are open.", self.connections())
        yield _gauge("health_jobs_pending", "Jobs that wait for a worker, and that run.", "state", figures.pending)
        yield _gauge("health_workers", "Worker threads.", "state", figures.workers)
        yield Gauge("health_draining", "Whether no new jobs are taken.", figures.draining)
        yield Gauge("health_journal_faulty", "Whether the journal cannot be written.", journal_faulty)
        yield Gauge("health_journal_lag_seconds", "How long the oldest change waits for the disk.", figures.journal_lag)
        yield _gauge("health_answer_bytes", "Answers: remembered, and held by jobs.", "where", figures.answer_bytes)
        yield _gauge("health_being_read_bytes", "Answers read in parts.", "where", renderings.being_read_bytes)
        yield _gauge("health_dataset_rows", "Rows of the table that serves.", "version", {facts.version: facts.rows})
        yield Gauge("health_dataset_sample", "Whether it is a modelled sample.", facts.sample)
        yield Gauge("health_dataset_faulty", "Whether the table on the disk cannot be used.", faulty)
        yield Gauge("health_statistics", "Statistics that serve.", len(catalog.statistics))
        yield Gauge("health_statistic_faults", "Faults of SQL files.", len(catalog.faults))


def _gauge(name: str, documentation: str, label: str, values: Mapping[str, float]) -> Metric:
    gauge = Gauge(name, documentation, labels=[label])
    for value, number in values.items():
        gauge.add_metric([value], number)
    return gauge
