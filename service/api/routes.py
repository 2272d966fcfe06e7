"""Every route and its handler, on one screen. To add a route, add a line."""

from __future__ import annotations

from aiohttp.web import delete, get, post

from service.api.handlers import admin, dataset, docs, health, job_events, jobs, metrics, page, queries, statistics
from service.statistics.contract import RESERVED

# Names of other routes are left out, so that a wrong method on them is 405 and not an unknown statistic.
STATISTIC = rf"/api/{{statistic:(?!(?:{'|'.join(sorted(RESERVED))})(?:\.|$))[^/]+}}"

LOCAL = [
    post("/api/reload", admin.reload),
    # HEAD must not act: programs send it just to look.
    get("/api/graceful_shutdown", admin.graceful_shutdown, allow_head=False),
    post("/api/graceful_shutdown", admin.graceful_shutdown),
    get("/metrics", metrics.local_metrics),
]
"""For callers on this machine only, so never under a prefix, which is for those who come through a proxy."""

HEALTH = [get("/livez", health.live), get("/healthz", health.live), get("/readyz", health.ready)]

ROUTES = [
    post("/api/start", queries.start),
    get("/api/status/{id}", jobs.status),
    get("/api/status/{id}/events", job_events.one_jobs_events),
    get("/api/results/{id}", jobs.results),
    get("/api/get_results/{id}", jobs.results),
    get("/api/jobs", jobs.listed),
    get("/api/jobs/events", job_events.all_events),
    delete("/api/jobs/{id}", jobs.cancel),
    get("/api/num_jobs", jobs.num_jobs),
    get("/api/statistics", statistics.statistics),
    get(r"/api/statistics/{name:[^/.]+}", statistics.one),
    get(r"/api/statistics/{name:[^/.]+}.sql", statistics.sql),
    # Some proxies write the %2F of a column's name as a slash.
    get("/api/choices/{column:.+}", dataset.choices),
    get("/api/dataset", dataset.dataset),
    get("/api/dataset.{format}", dataset.table),
    get("/api/openapi.json", docs.openapi),
    *LOCAL,
    *HEALTH,
    get("/docs", docs.page),
    get("/docs/start.js", docs.start),
    get("/docs/{file}", docs.asset),
    get("/", page.page),
    get("/embed", page.embed),
    get("/web/vega/{file}", page.bundle),
    get("/web/{hash}/{file}", page.file),
    # Last, since they match any name.
    get(STATISTIC, queries.ask),
    post(STATISTIC, queries.start_statistic),
]
