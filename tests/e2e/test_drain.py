"""SIGTERM: calls under way end well, later ones can be repeated, nothing acknowledged is lost."""

import asyncio
import time
from collections import Counter

import grpc

from laurels.v1.progress_service_pb2 import SubmitProgressResponse
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls
from tests.e2e.process import Laurels, Setting, serving, until
from tests.sql import Sql

DRAIN_S = 5
CALLERS = 200

LEDGER_LOCK = "x'6c617572656c73'::bigint"
"""What every append to the ledger takes last; see append_entries in the first migration."""

WAITING_FOR_LEDGER = """
SELECT count(*) FROM pg_locks JOIN pg_stat_activity USING (pid)
 WHERE locktype = 'advisory' AND NOT granted AND datname = current_database()
"""

BOOKED = """
SELECT user_id, request_id, count(*) AS entries, sum(amount) AS amount
  FROM submissions JOIN users USING (learner_key)
  JOIN xp_entries USING (learner_key, request_id)
 GROUP BY user_id, request_id
"""

WRONG_TOTALS = """
SELECT user_id FROM users
 WHERE total_xp <> (SELECT coalesce(sum(amount), 0) FROM xp_entries e
                     WHERE e.learner_key = users.learner_key)
"""


async def with_sample(settings: Settings) -> dict[str, Setting]:
    """What `laurels serve` is given, over a database with the sample in it."""
    async with App(settings) as app:
        await app.load_sample()
    return {
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "drain_timeout_s": DRAIN_S,
    }


async def seconds_to_end(server: Laurels) -> float:
    began = time.monotonic()
    assert await server.exit_code(within_s=DRAIN_S + 2) == 0, server.log
    assert "Traceback" not in server.log
    return time.monotonic() - began


async def assert_booked_once(sql: Sql, acknowledged: list[SubmitProgressResponse]) -> None:
    """Each of these paid, and stands in the ledger exactly once with what it paid."""
    rows = await sql.fetch(BOOKED)
    booked = {(row["user_id"], row["request_id"]): row for row in rows}
    for answer in acknowledged:
        row = booked[answer.user_id, answer.request_id]
        assert (row["entries"], row["amount"]) == (1, answer.xp_earned)
    assert not await sql.fetch(WRONG_TOTALS)


async def test_calls_under_way_at_sigterm_are_acknowledged_and_later_ones_are_refused(
    settings: Settings, sql: Sql
) -> None:
    async with (
        serving("serve", lanes=4, **await with_sample(settings)) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        calls = Calls(channel)
        await sql.execute(f"SELECT pg_advisory_lock({LEDGER_LOCK})")
        submits = [
            asyncio.ensure_future(calls.submit(f"scout-{n:03d}", "puk_u1_l1", request_id="held"))
            for n in range(1, 51)
        ]

        async def all_wait() -> bool:
            return await sql.fetchval(WAITING_FOR_LEDGER) == 4  # one a lane

        await until(all_wait, "every lane waits for the ledger")
        server.terminate()
        await until(lambda: is_refused(server), "new calls are refused")
        assert not [submit for submit in submits if submit.done()]
        await sql.execute(f"SELECT pg_advisory_unlock({LEDGER_LOCK})")

        answers = await asyncio.gather(*submits)
        print(f"50 calls under way finished; ended {await seconds_to_end(server):.2f} s later")
    assert {answer.xp_earned for answer in answers} == {15}
    await assert_booked_once(sql, answers)


async def is_refused(server: Laurels) -> bool:
    return await server.health() != "SERVING"


async def test_under_load_every_call_is_acknowledged_or_may_be_repeated(
    settings: Settings, sql: Sql
) -> None:
    acknowledged: list[SubmitProgressResponse] = []
    turned_away: Counter[str] = Counter()
    levels = [f"puk_u{unit}_l{number}" for unit in range(1, 5) for number in range(1, 6)]

    async def climb(calls: Calls, user_id: str) -> None:
        """Level after level until the server is gone; four callers climb for one learner."""
        for level_id in levels:
            try:
                answer = await calls.submit(user_id, level_id, request_id=level_id)
            except grpc.aio.AioRpcError as error:
                turned_away[error.code().name] += 1
                return
            acknowledged.append(answer)

    async def has_many() -> bool:
        return len(acknowledged) >= CALLERS

    settings_given = await with_sample(settings)
    async with serving("serve", **settings_given) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            calls = Calls(channel)
            climbing = [
                asyncio.ensure_future(climb(calls, f"scout-{n % 50 + 1:03d}"))
                for n in range(CALLERS)
            ]
            await until(has_many, "the load is there")
            server.terminate()
            await asyncio.gather(*climbing)
        print(
            f"{len(acknowledged)} acknowledged, then {dict(turned_away)}; "
            f"ended {await seconds_to_end(server):.2f} s later"
        )
    # Else all was done before SIGTERM, and nothing is shown.
    assert turned_away
    # CANCELLED comes from gRPC, for calls that no handler of ours had taken yet.
    assert set(turned_away) <= {"UNAVAILABLE", "CANCELLED"}
    await assert_booked_once(sql, acknowledged)

    async with (
        serving("serve", **settings_given) as server,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        for answer in acknowledged[:: len(acknowledged) // 20]:
            again = await Calls(channel).submit(
                answer.user_id, answer.level_id, request_id=answer.request_id
            )
            assert (again.replayed, again.total_xp) == (True, answer.total_xp)
        await server.stop()
