"""Many callers at once, on two servers that share a database and a Redis."""

import asyncio
import random
import time

from laurels.v1.progress_service_pb2 import SubmitProgressRequest, SubmitProgressResponse
from tests.calls import Calls, attempt
from tests.e2e.process import Setting, serving
from tests.faults.checks import (
    BEST,
    FIRST,
    LEARNERS,
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    calling,
    promised,
)
from tests.sql import Sql

_CALLERS = 64
_ATTEMPTS = 3
"""At each level, by each learner."""


async def test_64_callers_sending_everything_twice_book_everything_once(
    shared: dict[str, Setting], sql: Sql, seed: int
) -> None:
    chance = random.Random(seed)
    requests = [
        attempt(user_id, level_id, f"{level_id}.{number}", chance.randint(3, 5))
        for user_id in LEARNERS
        for level_id in (*FIRST, *BEST)
        for number in range(_ATTEMPTS)
    ]
    chance.shuffle(requests)
    async with serving("serve", **shared) as one, serving("serve", **shared) as two:
        async with calling(one.address) as to_one, calling(two.address) as to_two:
            started = time.monotonic()
            pairs = await _all_twice(requests, [to_one, to_two], seed)
            took = time.monotonic() - started
        caught_up = await assert_consistent(
            sql, str(shared["redis_url"]), str(shared["redis_prefix"])
        )
        await assert_no_idle_transactions(sql)

    for pair in pairs:
        assert sorted(answer.replayed for answer in pair) == [False, True]
        assert promised(pair[0]) == promised(pair[1])
    await assert_booked_once(sql, requests)
    paid = await sql.fetch("""SELECT reference, count(*) AS entries FROM xp_entries
        WHERE reference LIKE 'first-%' GROUP BY learner_key, reference""")
    assert len(paid) <= len(LEARNERS) * len(FIRST)
    assert {row["entries"] for row in paid} == {1}
    print(
        f"{2 * len(requests) / took:.0f} calls/s by {_CALLERS} callers on two servers; "
        f"Redis caught up {caught_up * 1000:.0f} ms after the last answer was checked"
    )


async def _all_twice(
    requests: list[SubmitProgressRequest], servers: list[Calls], seed: int
) -> list[tuple[SubmitProgressResponse, SubmitProgressResponse]]:
    """The answers to each request, sent twice at once by one of the callers."""
    chance = random.Random(seed)
    waiting = iter(requests)
    pairs: list[tuple[SubmitProgressResponse, SubmitProgressResponse]] = []

    async def caller() -> None:
        for request in waiting:
            first, second = chance.choice(servers), chance.choice(servers)
            pairs.append(
                await asyncio.gather(
                    first.progress.SubmitProgress(request), second.progress.SubmitProgress(request)
                )
            )

    await asyncio.gather(*(caller() for _ in range(_CALLERS)))
    assert len(pairs) == len(requests)
    return pairs
