"""AuditUser checks one learner; GetSyncStatus tells how far Redis is.

What AuditUser finds of all that can be broken is in test_audit_all.
"""

import asyncio
from collections.abc import AsyncGenerator
from datetime import UTC, datetime

import grpc
import pytest
from google.protobuf.timestamp_pb2 import Timestamp
from redis.asyncio import Redis

from laurels.v1.audit_service_pb2 import AuditUserRequest
from laurels.v1.leaderboard_service_pb2 import LEADERBOARD_SOURCE_POSTGRES
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls, refusal
from tests.contract.audits import Board, audit_user, stop_relay, sync_status, until_in_step
from tests.contract.scene import LEARNERS, Scene, award, populate
from tests.contract.wire import until
from tests.sql import Sql


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the verifier, which would find it first."""
    return settings.model_copy(update={"verify_per_s": 0})


@pytest.fixture
async def scene(calls: Calls, sql: Sql, settings: Settings) -> AsyncGenerator[Scene]:
    await populate(calls)
    async with Redis.from_url(settings.redis_url) as redis:
        yield Scene(calls, sql, Board(redis, settings.redis_prefix))


async def is_not_found(calls: Calls, user_id: str) -> None:
    refused = await refusal(audit_user(calls, user_id))

    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "LEARNER_NOT_FOUND")
    assert refused.metadata == {"user_id": user_id}


async def test_whatever_the_service_itself_does_is_in_order(scene: Scene) -> None:
    for user_id in LEARNERS:
        assert await audit_user(scene.calls, user_id) == []


async def test_nobody_cannot_be_audited(calls: Calls) -> None:
    await is_not_found(calls, "nobody")
    refused = await refusal(calls.audit.AuditUser(AuditUserRequest()))
    assert refused.fields == {"user_id": "is required"}


async def test_whoever_has_the_id_now_is_audited_not_who_had_it_before(scene: Scene) -> None:
    assert await audit_user(scene.calls, "scout-005") == []
    # As after a restore: the id is another learner's, who is the next one by key, too.
    await scene.sql.execute("UPDATE users SET user_id = 'was-5' WHERE user_id = 'scout-005'")
    await scene.sql.execute("UPDATE users SET user_id = 'scout-005' WHERE user_id = 'scout-006'")
    await scene.sql.execute("UPDATE users SET version = 3 WHERE user_id = 'scout-005'")

    assert await audit_user(scene.calls, "scout-005") == [
        ("ENTRY_COUNT", "scout-005", "", "0", "3")
    ]
    await is_not_found(scene.calls, "scout-006")


async def test_a_change_on_its_way_to_redis_is_no_finding(scene: Scene) -> None:
    for amount in range(1, 30):
        given = asyncio.ensure_future(award(scene.calls, "scout-006", amount))
        while not given.done():
            assert await audit_user(scene.calls, "scout-006") == []


async def test_in_step_the_status_is_that_of_both_stores(scene: Scene) -> None:
    before = await scene.sql.fetchval("SELECT clock_timestamp()")

    async def newer() -> bool:
        return read(await sync_status(scene.calls), "as_of") >= before

    # An idle relay renews it all the time.
    await until(newer)
    status = await sync_status(scene.calls)

    assert (status.serving, status.reason) == (True, "")
    assert (status.ledger_seq, status.projection_seq, status.lag_entries) == (9, 9, 0)
    assert status.members == 3
    assert status.generation == await scene.board.generation()


def read(status: object, field: str) -> datetime:
    moment = getattr(status, field)
    assert isinstance(moment, Timestamp)
    return moment.ToDatetime(tzinfo=UTC)


async def test_an_empty_ledger_is_in_step_too(calls: Calls) -> None:
    status = await until_in_step(calls)

    assert (status.ledger_seq, status.projection_seq, status.members) == (0, 0, 0)
    assert status.generation


async def test_a_lag_is_told_in_entries_while_readers_still_have_redis(
    scene: Scene, app: App
) -> None:
    await stop_relay(app)
    last = await scene.sql.fetchval("SELECT max(recorded_at) FROM xp_entries")
    await scene.calls.submit("scout-006", "puk_u1_l1")
    await scene.calls.submit("scout-006", "puk_u1_l2")

    status = await sync_status(scene.calls)

    assert (status.serving, status.reason) == (True, "")
    assert (status.ledger_seq, status.projection_seq, status.lag_entries) == (11, 9, 2)
    assert status.members == 3
    now = await scene.sql.fetchval("SELECT clock_timestamp()")
    assert last <= read(status, "as_of") < now


async def test_a_redis_that_is_away_is_an_answer_with_a_reason(without_redis: Calls) -> None:
    await without_redis.submit("scout-001", "puk_u1_l1")

    status = await sync_status(without_redis)

    assert not status.serving
    assert status.reason.startswith("Error 111 connecting to ")
    assert (status.ledger_seq, status.projection_seq, status.lag_entries) == (1, 0, 1)
    assert (status.members, status.generation) == (0, "")
    assert not status.HasField("as_of")


async def test_an_empty_redis_serves_nobody(scene: Scene, app: App) -> None:
    await stop_relay(app)
    await scene.board.lose()

    status = await sync_status(scene.calls)

    assert (status.serving, status.reason) == (False, "no projection is built")
    assert (status.ledger_seq, status.projection_seq, status.lag_entries) == (9, 0, 9)
    assert (status.members, status.generation) == (0, "")
    assert not status.HasField("as_of")


async def test_a_board_that_lost_members_serves_nobody(scene: Scene, app: App) -> None:
    await stop_relay(app)
    name = scene.board.keys.board(await scene.board.generation())
    await scene.board.redis.zrem(name, await scene.member("scout-002"))

    status = await sync_status(scene.calls)

    assert (status.serving, status.reason) == (False, "the projection lost members: 2 of 3")


async def test_whether_readers_have_redis_is_told_by_what_readers_do(
    scene: Scene, app: App
) -> None:
    await stop_relay(app)
    await scene.board.redis.rename(scene.board.keys.current, f"{scene.board.keys.root}:aside")
    page = await scene.calls.board()
    assert page.source == LEADERBOARD_SOURCE_POSTGRES
    await scene.board.redis.rename(f"{scene.board.keys.root}:aside", scene.board.keys.current)

    # All is there again, but only the relay tells readers so, and it is ended.
    status = await sync_status(scene.calls)

    assert (status.serving, status.reason) == (False, "readers are answered from PostgreSQL")
    assert (status.projection_seq, status.lag_entries, status.members) == (9, 0, 3)
    assert status.generation == await scene.board.generation()


async def test_after_a_loss_another_generation_comes_into_use_by_itself(scene: Scene) -> None:
    before = await sync_status(scene.calls)
    await scene.board.lose()

    after = await until_in_step(scene.calls)

    assert after.generation not in ("", before.generation)
    assert (after.projection_seq, after.members) == (9, 3)


async def test_without_postgresql_neither_can_answer(scene: Scene) -> None:
    async with scene.sql.transaction():
        await scene.sql.execute("LOCK users, xp_entries")
        refusals = await asyncio.gather(
            refusal(sync_status(scene.calls)), refusal(audit_user(scene.calls, "scout-001"))
        )

    for refused in refusals:
        assert (refused.code, refused.reason) == (
            grpc.StatusCode.UNAVAILABLE,
            "STORE_UNAVAILABLE",
        )
