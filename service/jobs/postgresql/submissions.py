"""New jobs: all that come within a turn of the event loop are one statement, and durable when it returns."""

from __future__ import annotations

import time
from collections.abc import Sequence
from typing import NamedTuple

from service.encoding import encode
from service.errors import Unavailable
from service.jobs.idempotency import KeyedRequest
from service.jobs.job import State
from service.jobs.postgresql.batches import Batches
from service.jobs.postgresql.database import Database, notified
from service.jobs.postgresql.stored_job import StoredJob
from service.jobs.query import Query
from service.logs.request_id import request_id

SUBMIT = f"""
with given as materialized (
    select nextval('health.job_ids') as id, each.*
    from unnest(
        $1::text[], $2::text[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::text[]
    ) with ordinality as each(statistic, arguments, key, fits, fresh, request_id, again, fingerprint, place)
),
pending as (select count(*) as jobs from health.jobs where state in ('queued', 'running')),
taken as materialized (
    select given.*, known.id as answer, known.length as rows
    from given
    left join lateral (
        select answers.id, answers.length
        from health.answers
        where answers.key = given.key and not given.fresh
        order by answers.id desc
        limit 1
    ) as known on true
    where
        known.id is not null
        or given.place <= $10 - (select jobs from pending)
        or exists (select 1 from health.keys where keys.key = given.again)
),
first as (
    insert into health.keys (key, fingerprint, job, given_at)
    select again, fingerprint, id, $9 from taken where again is not null
    on conflict (key) do nothing
    returning job
),
added as (
    insert into health.jobs (
        id, statistic, arguments, key, fits, fresh, request_id, submitted_at,
        state, started_at, finished_at, answer, rows
    )
    select
        id, statistic, arguments, key, fits, fresh, request_id, $9,
        case when answer is null then 'queued' else 'done' end,
        case when answer is not null then $9 end,
        case when answer is not null then $9 end,
        answer,
        rows
    from taken
    where again is null or id in (select job from first)
    returning id, state, answer, rows
),
notified as ({notified("added")})
select
    added.id,
    added.state,
    added.answer,
    added.rows,
    given.id in (select id from taken) as had_room,
    (select jobs from pending) as pending,
    (select count(*) from notified)
from given
left join added on added.id = given.id
order by given.place
"""


class Submission(NamedTuple):
    query: Query
    fresh: bool
    keyed: KeyedRequest | None
    request_id: str


class Submissions:
    """For the event loop."""

    def __init__(self, database: Database, max_pending: int) -> None:
        self._database = database
        self._max_pending = max_pending
        self._batches = Batches(self._submit)

    async def add(self, query: Query, *, fresh: bool, keyed: KeyedRequest | None) -> StoredJob | None:
        """The job, durable; None when another one has the same Idempotency-Key. Raises Unavailable."""
        found = await self._batches.add(Submission(query, fresh, keyed, request_id.get()))
        if isinstance(found, Unavailable):
            raise found
        return found

    async def _submit(self, some: Sequence[Submission]) -> Sequence[StoredJob | Unavailable | None]:
        now = time.time()
        rows = await self._database.rows(
            SUBMIT,
            [each.query.statistic.name for each in some],
            [encode(each.query.arguments).decode() for each in some],
            [each.query.key for each in some],
            [each.query.fits for each in some],
            [each.fresh for each in some],
            [each.request_id for each in some],
            [each.keyed and each.keyed.key for each in some],
            [each.keyed and each.keyed.fingerprint for each in some],
            now,
            self._max_pending,
        )
        done: list[StoredJob | Unavailable | None] = []
        for each, row in zip(some, rows, strict=True):
            if not row["had_room"]:
                reason = f"{row['pending']} jobs are pending, which is the limit; ask again in a second"
                done.append(Unavailable(reason, retry_after=1))
            elif row["id"] is None:
                done.append(None)
            else:
                known = row["answer"] is not None
                done.append(
                    StoredJob(
                        id=row["id"],
                        statistic=each.query.statistic.name,
                        arguments=each.query.arguments,
                        key=each.query.key,
                        submitted_at=now,
                        state=State(row["state"]),
                        started_at=now if known else None,
                        finished_at=now if known else None,
                        rows=row["rows"],
                        answer_number=row["answer"],
                    )
                )
        return done
