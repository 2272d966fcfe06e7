"""A request that is sent again under its Idempotency-Key."""

from __future__ import annotations

import asyncio

from tests.client import Client


async def test_an_idempotency_key_gives_the_same_job(slow: Client) -> None:
    """Sent again, at once or later: one job. Another request with the key is 422; an invalid key is 400."""
    headers = {"Idempotency-Key": "a1"}
    replies = await asyncio.gather(*(slow.post("/api/fast", {}, headers=headers) for _ in range(10)))
    assert {(reply.status, reply.body["job_id"]) for reply in replies} == {(202, 1)}
    other = await slow.post("/api/slow", {"millions": 2}, headers=headers)
    assert (other.status, other.body["job_id"]) == (422, 1)
    assert "a new one needs a new key" in other.body["reason"]
    assert (await slow.post("/api/fast", {}, headers={"Idempotency-Key": "x" * 300})).status == 400
    assert (await slow.post("/api/fast", {}, headers={"Idempotency-Key": "b2"})).body["job_id"] == 2


async def test_the_order_of_a_body_does_not_matter(client: Client) -> None:
    """The same arguments under the same Idempotency-Key are the same job."""
    bodies = ({"question": "Q036", "state": "OH"}, {"state": "OH", "question": "Q036"})
    replies = [await client.post("/api/state_mean", body, headers={"Idempotency-Key": "one"}) for body in bodies]
    assert [reply.status for reply in replies] == [202, 202]
    assert replies[0].body["job_id"] == replies[1].body["job_id"]
