"""Deadlines too short for the work: nothing half-done, and a retry counts once."""

import asyncio
from collections.abc import Awaitable

import grpc
import pytest
from google.protobuf.message import Message

from laurels.v1.audit_service_pb2 import (
    AuditAllRequest,
    AuditUserRequest,
    GetSyncStatusRequest,
    RebuildProjectionRequest,
)
from laurels.v1.catalog_service_pb2 import (
    GetLevelRequest,
    Level,
    ListLevelsRequest,
    RetireLevelRequest,
    UpsertLevelsRequest,
)
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    GetSubmissionRequest,
    ListProgressRequest,
)
from laurels.v1.user_service_pb2 import GetUserRequest, UpsertUsersRequest, User
from laurels.v1.xp_service_pb2 import (
    AdjustXpRequest,
    AwardXpRequest,
    GetXpAccountRequest,
    ListXpEntriesRequest,
    ReverseXpEntryRequest,
)
from tests.calls import Calls, attempt
from tests.contract.wire import RPCS, contents, send, until
from tests.sql import Sql

READS: list[Message] = [
    GetSubmissionRequest(user_id="scout-001", request_id="first"),
    ListProgressRequest(user_id="scout-001"),
    GetLevelRequest(level_id="puk_u1_l1"),
    ListLevelsRequest(),
    GetUserRequest(user_id="scout-001"),
    GetLeaderboardRequest(),
    GetStandingRequest(user_id="scout-001"),
    GetXpAccountRequest(user_id="scout-001"),
    ListXpEntriesRequest(user_id="scout-001"),
    AuditUserRequest(user_id="scout-001"),
    AuditAllRequest(),
    # It writes to Redis only.
    RebuildProjectionRequest(),
    GetSyncStatusRequest(),
]
WRITES: list[Message] = [
    attempt("scout-001", "puk_u1_l2", "second"),
    BatchSubmitProgressRequest(requests=[attempt("scout-001", "puk_u1_l2", "second")]),
    UpsertLevelsRequest(levels=[Level(level_id="new", title="New")]),
    RetireLevelRequest(level_id="puk_u1_l1"),
    UpsertUsersRequest(users=[User(user_id="scout-001", group_ids=["new"]), User(user_id="new")]),
    AwardXpRequest(request_id="x", user_id="scout-001", amount=5, source="cyber"),
    AdjustXpRequest(request_id="x", user_id="scout-001", amount=-5, reason="typo", actor="ada"),
    ReverseXpEntryRequest(
        request_id="x", user_id="scout-001", entry_id="e", reason="typo", actor="ada"
    ),
]


async def code_of(call: Awaitable[object]) -> grpc.StatusCode:
    try:
        await call
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def settled(sql: Sql) -> None:
    """Waits until the server has no transaction under way."""

    async def idle() -> bool:
        busy = await sql.fetchval(
            "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database()"
            " AND pid <> pg_backend_pid() AND backend_type = 'client backend' AND state <> 'idle'"
        )
        return busy == 0

    await until(idle)


@pytest.mark.parametrize("message", [*READS, *WRITES], ids=lambda message: type(message).__name__)
async def test_1_ms_is_too_short_and_leaves_nothing_half_done(
    calls: Calls, sql: Sql, message: Message
) -> None:
    await calls.submit("scout-001", "puk_u1_l1", request_id="first")

    async def on_the_board() -> bool:
        # Beyond its end, so that no name is at hand yet.
        return (await calls.board(start_position=50)).total_entries == 1

    await until(on_the_board)
    before = await contents(sql)
    async with sql.transaction():
        # PostgreSQL answers nobody meanwhile, so the deadline passes for certain.
        await sql.execute("LOCK users, catalog, levels, xp_entries")
        code = await code_of(send(calls.channel, message, timeout=0.001))
    await settled(sql)
    after = await contents(sql)

    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    if after != before:
        # The transaction had begun and ended whole: the same call again changes nothing.
        assert message in WRITES
        await send(calls.channel, message)
        assert await contents(sql) == after
    # And the server is whole: all connections of its pool answer.
    codes = await asyncio.gather(
        *(code_of(send(calls.channel, GetUserRequest(user_id="scout-001"))) for _ in range(50))
    )
    assert set(codes) == {grpc.StatusCode.OK}


def test_no_rpc_is_left_out() -> None:
    assert {type(message) for message in (*READS, *WRITES)} == {rpc.request for rpc in RPCS}


async def test_an_attempt_taken_before_its_deadline_is_booked_and_one_still_waiting_is_not(
    calls: Calls, sql: Sql
) -> None:
    async with sql.transaction():
        await sql.execute("SELECT FROM users WHERE user_id = 'scout-001' FOR UPDATE")
        taken = asyncio.create_task(
            code_of(send(calls.channel, attempt("scout-001", "puk_u1_l1", "taken"), timeout=0.15))
        )
        await asyncio.sleep(0.05)
        waiting = asyncio.create_task(
            code_of(send(calls.channel, attempt("scout-001", "puk_u1_l1", "waits"), timeout=0.1))
        )
        codes = await asyncio.gather(taken, waiting)
        await asyncio.sleep(0.05)
    await settled(sql)
    booked = await sql.fetch("SELECT request_id FROM submissions")

    assert set(codes) == {grpc.StatusCode.DEADLINE_EXCEEDED}
    assert [row["request_id"] for row in booked] == ["taken"]
    again = await calls.submit("scout-001", "puk_u1_l1", request_id="taken")
    first = await calls.submit("scout-001", "puk_u1_l1", request_id="waits")
    assert (again.replayed, again.xp_earned, again.attempts) == (True, 15, 1)
    assert (first.replayed, first.xp_earned, first.attempts) == (False, 0, 2)
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 1


async def test_whatever_became_of_the_first_call_its_retry_counts_once(
    calls: Calls, sql: Sql
) -> None:
    attempts = [attempt(f"scout-{n:03d}", "puk_u1_l1", f"r{n}") for n in range(1, 51)]
    codes = await asyncio.gather(
        *(code_of(send(calls.channel, a, timeout=0.001 * n)) for n, a in enumerate(attempts, 1))
    )
    assert grpc.StatusCode.DEADLINE_EXCEEDED in codes

    answers = [await calls.progress.SubmitProgress(each) for each in attempts]

    assert {(a.xp_earned, a.total_xp, a.attempts) for a in answers} == {(15, 15, 1)}
    for code, answer in zip(codes, answers, strict=True):
        assert answer.replayed or code is not grpc.StatusCode.OK
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 50
    assert await sql.fetchval("SELECT count(*) FROM submissions") == 50


@pytest.mark.parametrize("deadline_ms", [1, 3, 10, 30])
async def test_a_batch_out_of_time_is_repeated_and_every_item_counts_once(
    calls: Calls, sql: Sql, deadline_ms: int
) -> None:
    batch = BatchSubmitProgressRequest(
        requests=[
            attempt(f"scout-{n:03d}", level, level)
            for level in ("puk_u1_l1", "puk_u1_l2", "puk_u1_l3")
            for n in range(1, 51)
        ]
    )
    await code_of(send(calls.channel, batch, timeout=deadline_ms / 1000))

    results = (await calls.progress.BatchSubmitProgress(batch)).results

    assert {(r.response.xp_earned, r.response.attempts) for r in results} == {(15, 1)}
    assert [r.response.total_xp for r in results] == [15] * 50 + [30] * 50 + [45] * 50
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 150


@pytest.mark.parametrize("deadline_ms", [1, 5, 20, 80])
async def test_an_upsert_out_of_time_is_stored_whole_or_not_at_all(
    calls: Calls, sql: Sql, deadline_ms: int
) -> None:
    users = UpsertUsersRequest(users=[User(user_id=f"u{n}", group_ids=["g"]) for n in range(1000)])
    levels = UpsertLevelsRequest(levels=[Level(level_id=f"l{n}") for n in range(1000)])
    for message in (users, levels):
        await code_of(send(calls.channel, message, timeout=deadline_ms / 1000))
    await settled(sql)

    assert await sql.fetchval("SELECT count(*) FROM users WHERE user_id ~ '^u'") in (0, 1000)
    assert await sql.fetchval("SELECT count(*) FROM group_members WHERE group_id = 'g'") in (
        0,
        1000,
    )
    assert await sql.fetchval("SELECT count(*) FROM levels WHERE level_id ~ '^l'") in (0, 1000)
