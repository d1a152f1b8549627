"""Callers that go away at any moment: what they began is whole or absent."""

import asyncio
import random
from contextlib import suppress

import grpc

from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    BatchSubmitProgressResult,
    SubmitProgressRequest,
)
from tests.calls import Calls, attempt
from tests.e2e.process import Setting, serving
from tests.faults.checks import (
    BEST,
    FIRST,
    LEARNERS,
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    booked,
    calling,
)
from tests.faults.load import Answered, account
from tests.faults.matrix import FULL, Fault, breaking
from tests.sql import Sql

_CALLERS = 48
_CALLS_EACH = 80 if FULL else 12


async def test_a_storm_of_cancelled_calls_books_each_wholly_or_not_at_all(
    shared: dict[str, Setting], sql: Sql, seed: int
) -> None:
    chance = random.Random(seed)
    sent: list[SubmitProgressRequest] = []
    answered: list[Answered] = []

    async def caller(calls: Calls) -> None:
        for _ in range(_CALLS_EACH):
            request = attempt(
                chance.choice(LEARNERS), chance.choice([*FIRST, *BEST]), f"request-{len(sent)}"
            )
            sent.append(request)
            call = calls.progress.SubmitProgress(request)
            await asyncio.sleep(chance.choice([0, 1, 1, 1]) * chance.uniform(0, 0.3))
            if call.cancel():
                continue
            answered.append(Answered(request, await call))

    async def gone(address: str) -> None:
        """Hangs up with calls under way, instead of cancelling them."""
        async with calling(address) as calls:
            hanging: list[asyncio.Task[None]] = []
            for _ in range(10):
                request = attempt(chance.choice(LEARNERS), FIRST[0], f"request-{len(sent)}")
                sent.append(request)
                hanging.append(asyncio.create_task(_unanswered(calls, request)))
            await asyncio.sleep(chance.uniform(0, 0.1))
            await calls.channel.close(None)
            await asyncio.gather(*hanging)

    with breaking(Fault.CANCELS) as row:
        async with (
            serving("serve", pool_size=5, lanes=2, **shared) as server,
            calling(server.address) as calls,
        ):
            await asyncio.gather(
                *(caller(calls) for _ in range(_CALLERS)), *(gone(server.address) for _ in range(5))
            )
            # A lane keeps the order: once these are answered, nothing from before is under way.
            last = [attempt(user_id, FIRST[1], "last") for user_id in LEARNERS]
            for _, tries in await asyncio.gather(*(booked(calls, request) for request in last)):
                assert tries == 1, "the pool did not survive"
            await assert_no_idle_transactions(sql)
            rows = await sql.fetch(
                "SELECT user_id, request_id FROM submissions JOIN users USING (learner_key)"
            )
            stored = {(row["user_id"], row["request_id"]) for row in rows}
            whole = [r for r in [*sent, *last] if (r.user_id, r.request_id) in stored]
            await assert_booked_once(sql, whole)
            await account(row, sql, answered)
            assert row.lost == 0
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))

            for request, result in zip(sent, await _again(calls, sent), strict=True):
                assert result.HasField("response"), result.error
                was_there = (request.user_id, request.request_id) in stored
                assert result.response.replayed == was_there
            await assert_booked_once(sql, [*sent, *last])
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
            await assert_no_idle_transactions(sql)
            await server.stop()
            assert not server.events("rpc_defect")
            assert not server.events("booking_defect")
        row.saw["given up"] += len(sent) - len(answered)
    unanswered = len(whole) - len(last) - len(answered)
    absent = len(sent) + len(last) - len(whole)
    print(
        f"{len(sent)} calls: {len(answered)} answered, {unanswered} given up by their callers but "
        f"booked, {absent} absent"
    )
    assert unanswered
    assert absent


async def _again(
    calls: Calls, sent: list[SubmitProgressRequest]
) -> list[BatchSubmitProgressResult]:
    """All of them once more."""
    results: list[BatchSubmitProgressResult] = []
    for start in range(0, len(sent), 1000):
        batch = BatchSubmitProgressRequest(requests=sent[start : start + 1000])
        results += (await calls.progress.BatchSubmitProgress(batch, timeout=20)).results
    return results


async def _unanswered(calls: Calls, request: SubmitProgressRequest) -> None:
    with suppress(grpc.aio.AioRpcError, asyncio.CancelledError):
        await calls.progress.SubmitProgress(request)
