"""What must hold whatever went wrong: checks that read the truth behind the server's back."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from contextlib import asynccontextmanager
from typing import Final, cast

import grpc
from redis.asyncio import Redis

from laurels.v1.progress_service_pb2 import SubmitProgressRequest, SubmitProgressResponse
from laurels_server.redis.keys import ShardKeys, learner_key
from tests.calls import Calls
from tests.sql import Sql

LEARNERS: Final = [f"scout-{number:03d}" for number in range(1, 21)]

FIRST: Final = [f"first-{number}" for number in range(1, 7)]
"""Levels that need no other and pay once."""

BEST: Final = ["best-1", "best-2"]
"""Levels that need no other and pay each improvement."""

INDEFINITE: Final = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""What callers may see while something is broken: all mean to try the same id again."""

_CHANNEL: Final = (
    ("grpc.use_local_subchannel_pool", 1),
    ("grpc.initial_reconnect_backoff_ms", 50),
    ("grpc.min_reconnect_backoff_ms", 50),
    ("grpc.max_reconnect_backoff_ms", 100),
)
"""A connection of its own, that comes back soon after its server did."""


@asynccontextmanager
async def calling(address: str) -> AsyncGenerator[Calls]:
    """Stubs for the server at `address`, also when it comes and goes."""
    async with grpc.aio.insecure_channel(address, options=_CHANNEL) as channel:
        yield Calls(channel)


async def booked(
    calls: Calls, request: SubmitProgressRequest, *, within_s: float = 20.0
) -> tuple[SubmitProgressResponse, int]:
    """The answer to an attempt that is tried with one id until there is one; and the tries."""
    started = time.monotonic()
    tries = 0
    while True:
        tries += 1
        try:
            return await calls.progress.SubmitProgress(request, timeout=6.0), tries
        except grpc.aio.AioRpcError as error:
            failure = error
        assert failure.code() in INDEFINITE, f"{failure.code()}: {failure.details()}"
        assert time.monotonic() - started < within_s, f"never answered: {failure.details()}"
        await asyncio.sleep(0.03)


def promised(answer: SubmitProgressResponse) -> SubmitProgressResponse:
    """What every answer to one request id must repeat; the rest is about the call."""
    same = SubmitProgressResponse()
    same.CopyFrom(answer)
    same.ClearField("replayed")
    same.ClearField("consistency_token")
    return same


async def assert_booked_once(sql: Sql, requests: Iterable[SubmitProgressRequest]) -> None:
    """These attempts, and no others, are stored and counted, each once."""
    sent = list(requests)
    ids = sorted((request.user_id, request.request_id) for request in sent)
    rows = await sql.fetch(
        "SELECT user_id, request_id FROM submissions JOIN users USING (learner_key)"
    )
    assert sorted((row["user_id"], row["request_id"]) for row in rows) == ids
    attempts = {
        (row["user_id"], row["level_id"]): row["attempts"]
        for row in await sql.fetch("""SELECT user_id, level_id, attempts
                                        FROM progress JOIN users USING (learner_key)""")
    }
    assert attempts == Counter((request.user_id, request.level_id) for request in sent)


_OFFENDERS: Final = {
    "seq is 1..n without gaps, and recorded_at never decreases along it": """
        SELECT e.seq, e.nth, e.recorded_at, e.before
          FROM (SELECT seq, recorded_at, row_number() OVER (ORDER BY seq) AS nth,
                       lag(recorded_at) OVER (ORDER BY seq) AS before
                  FROM xp_entries) e
         WHERE e.seq <> e.nth OR e.recorded_at < e.before""",
    "users.total_xp is the sum of the ledger and its last total_after": """
        SELECT u.user_id, u.total_xp, account.paid, account.last_total
          FROM users u
          LEFT JOIN (SELECT learner_key, sum(amount) AS paid,
                            (array_agg(total_after ORDER BY seq DESC))[1] AS last_total
                       FROM xp_entries GROUP BY learner_key) account USING (learner_key)
         WHERE u.total_xp <> coalesce(account.paid, 0)
            OR u.total_xp <> coalesce(account.last_total, 0)""",
    "every total_after is the one before it and the amount": """
        SELECT e.seq, e.before, e.amount, e.total_after
          FROM (SELECT seq, amount, total_after, lag(total_after, 1, 0)
                       OVER (PARTITION BY learner_key ORDER BY seq) AS before
                  FROM xp_entries) e
         WHERE e.before + e.amount <> e.total_after""",
    "progress.xp_paid is what the ledger paid for that level": """
        SELECT learner_key, level_id, p.xp_paid, e.paid
          FROM progress p
          FULL JOIN (SELECT learner_key, reference AS level_id, sum(amount) AS paid
                       FROM xp_entries WHERE kind = 'LEVEL'
                      GROUP BY learner_key, reference) e USING (learner_key, level_id)
         WHERE coalesce(p.xp_paid, 0) <> coalesce(e.paid, 0) OR p.learner_key IS NULL""",
    "every entry of an award stands beside the answer that promised it, and the reverse": """
        SELECT learner_key, request_id, s.answer, e.amount, e.total_after, e.entries
          FROM (SELECT * FROM submissions WHERE CAST(answer ->> 'xp_earned' AS integer) <> 0) s
          FULL JOIN (SELECT learner_key, request_id, min(amount) AS amount,
                            min(total_after) AS total_after, count(*) AS entries
                       FROM xp_entries WHERE kind = 'LEVEL' AND request_id <> ''
                      GROUP BY learner_key, request_id) e USING (learner_key, request_id)
         WHERE e.entries IS DISTINCT FROM 1
            OR CAST(s.answer ->> 'xp_earned' AS integer) IS DISTINCT FROM e.amount
            OR CAST(s.answer ->> 'total_xp' AS integer) IS DISTINCT FROM e.total_after""",
    "users.version is the number of the learner's entries": """
        SELECT u.user_id, u.version, account.entries
          FROM users u
          LEFT JOIN (SELECT learner_key, count(*) AS entries
                       FROM xp_entries GROUP BY learner_key) account USING (learner_key)
         WHERE u.version <> coalesce(account.entries, 0)""",
    "users.reached_at is the time of the last entry that moved the total": """
        SELECT u.user_id, u.reached_at, moved.last_at
          FROM users u
          LEFT JOIN (SELECT learner_key, (array_agg(recorded_at ORDER BY seq DESC))[1] AS last_at
                       FROM xp_entries WHERE amount <> 0
                      GROUP BY learner_key) moved USING (learner_key)
         WHERE u.reached_at IS DISTINCT FROM moved.last_at""",
}
"""Each promise, with the query that finds whatever breaks it."""


async def assert_consistent(
    sql: Sql, redis_url: str, prefix: str, *, within_s: float = 10.0
) -> float:
    """Holds PostgreSQL and, once it has caught up, Redis to every promise about totals.

    Nobody may write meanwhile, and a server must run for the projection to catch up; returns how
    long that took, in seconds.
    """
    await assert_ledger_consistent(sql)
    return await _assert_projected(sql, redis_url, prefix, within_s)


async def assert_ledger_consistent(sql: Sql) -> None:
    """Holds PostgreSQL alone to them, as one snapshot: true in every committed state."""
    async with sql.transaction(isolation="repeatable_read", readonly=True):
        for promise, query in _OFFENDERS.items():
            offenders = [dict(row) for row in await sql.fetch(query)]
            assert not offenders, f"broken: {promise}: {offenders[:5]} ({len(offenders)} rows)"


async def _assert_projected(sql: Sql, redis_url: str, prefix: str, within_s: float) -> float:
    tip = await sql.fetchval("SELECT coalesce(max(seq), 0) FROM xp_entries")
    stored = {
        int(row["learner_key"]): int(row["rank_key"])
        for row in await sql.fetch("""SELECT learner_key, rank_key FROM users
                                       WHERE visibility = 'VISIBLE' AND total_xp > 0""")
    }
    started = time.monotonic()
    async with Redis.from_url(redis_url, decode_responses=True) as client:
        while True:
            watermark, shown = await _board(client, ShardKeys(prefix))
            if (watermark, shown) == (tip, stored):
                return time.monotonic() - started
            if time.monotonic() - started > within_s:
                break
            await asyncio.sleep(0.02)
    differing = {
        key: (stored.get(key), shown.get(key))
        for key in stored.keys() | shown.keys()
        if stored.get(key) != shown.get(key)
    }
    raise AssertionError(
        f"Redis is at {watermark}, the ledger at {tip}; learner: (PostgreSQL, Redis) {differing}"
    )


async def _board(client: Redis, keys: ShardKeys) -> tuple[int | None, dict[int, int]]:
    """The watermark of the board that readers use, and its members with their scores."""
    name = cast(str | None, await client.get(keys.current))
    if name is None:
        return None, {}
    watermark = cast(
        str | None,
        await client.hget(keys.meta(name), "watermark"),  # pyright: ignore[reportGeneralTypeIssues]
    )
    members = cast(
        list[tuple[str, float]], await client.zrange(keys.board(name), 0, -1, withscores=True)
    )
    return (
        None if watermark is None else int(watermark),
        {learner_key(member): int(score) for member, score in members},
    )


async def assert_no_idle_transactions(sql: Sql, *, within_s: float = 5.0) -> None:
    """No backend of this database stays inside a transaction, or waits for a lock."""
    query = """SELECT pid, state, wait_event_type, left(query, 80) AS query,
                      now() - state_change AS since
                 FROM pg_stat_activity
                WHERE datname = current_database() AND pid <> pg_backend_pid()
                  AND backend_type = 'client backend'
                  AND (state LIKE 'idle in transaction%' OR wait_event_type = 'Lock')"""
    started = time.monotonic()
    while left := [dict(row) for row in await sql.fetch(query)]:
        assert time.monotonic() - started < within_s, f"still inside a transaction: {left}"
        await asyncio.sleep(0.05)
