"""A rebuild that does not reach its end leaves the old board in use, and nothing of the new one."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from pathlib import Path

import grpc
import pytest
from redis.asyncio import Redis

from laurels.v1.audit_service_pb2 import (
    GetSyncStatusResponse,
    RebuildProjectionRequest,
    RebuildProjectionResponse,
)
from laurels.v1.leaderboard_service_pb2 import LEADERBOARD_SOURCE_REDIS
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.embedded.valkey import EmbeddedValkey
from laurels_server.redis.projection import Projection
from laurels_server.usecases import rebuild as rebuild_module
from tests.calls import Calls, refusal
from tests.contract.audits import (
    SMALL_WINDOW,
    Board,
    Gate,
    audit_all,
    gate_before,
    rebuild,
    sent_by,
    stand_still,
    sync_status,
    until_in_step,
)
from tests.contract.scene import populate
from tests.contract.wire import until
from tests.faults.crowd import crowd
from tests.sql import Sql


@pytest.fixture(scope="module")
def own_valkey() -> Generator[EmbeddedValkey]:
    with (
        tempfile.TemporaryDirectory(prefix="laurels-rebuild-") as place,
        EmbeddedValkey(Path(place)) as valkey,
    ):
        yield valkey


@pytest.fixture
def valkey(own_valkey: EmbeddedValkey) -> Generator[EmbeddedValkey]:
    """A Valkey that may be stopped; it runs again afterwards."""
    yield own_valkey
    own_valkey.start()


@pytest.fixture
def settings(settings: Settings, valkey: EmbeddedValkey) -> Settings:
    return settings.model_copy(
        update={"verify_per_s": 0, "redis_url": valkey.url, "drain_timeout_s": 0.5}
    )


@pytest.fixture
async def board(settings: Settings) -> AsyncGenerator[Board]:
    async with Redis.from_url(settings.redis_url) as redis:
        yield Board(redis, settings.redis_prefix)


@pytest.fixture
async def before(calls: Calls) -> GetSyncStatusResponse:
    """What was in use before, with three learners."""
    await populate(calls)
    return await sync_status(calls)


@pytest.fixture
def gate(before: GetSyncStatusResponse, monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Stands in the middle of a build."""
    return gate_before(monkeypatch, Projection, "fill")


async def is_as_before(calls: Calls, board: Board, before: GetSyncStatusResponse) -> None:
    """Holds the old board to being in use, and all that was built beside it to going away."""
    await until(board.only_in_use)
    status = await until_in_step(calls)
    assert (status.generation, status.members) == (before.generation, before.members)
    assert (await calls.board()).source == LEADERBOARD_SOURCE_REDIS
    assert (await audit_all(calls)).findings == []


async def is_free(calls: Calls, before: GetSyncStatusResponse) -> None:
    """And then another one may be built."""
    assert (await rebuild(calls))[-1].in_use
    assert (await sync_status(calls)).generation != before.generation


async def test_a_second_rebuild_is_turned_away_until_the_first_one_has_ended(
    calls: Calls, board: Board, before: GetSyncStatusResponse, gate: Gate
) -> None:
    first = asyncio.ensure_future(rebuild(calls))
    await gate.reached.wait()

    refused = await refusal(rebuild(calls))
    assert (await audit_all(calls)).findings == []
    gate.opened.set()

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "OVERLOADED",
    )
    assert refused.message == "a rebuild is under way in this server; wait for its end"
    assert (await first)[-1].in_use
    await is_free(calls, before)


async def test_whoever_hangs_up_in_the_middle_leaves_nothing_behind(
    calls: Calls, board: Board, before: GetSyncStatusResponse, gate: Gate
) -> None:
    building = calls.audit.RebuildProjection(RebuildProjectionRequest())
    await gate.reached.wait()
    assert not await board.only_in_use()
    building.cancel()

    await is_as_before(calls, board, before)
    gate.opened.set()
    await is_free(calls, before)


async def test_whoever_does_not_read_and_hangs_up_leaves_nothing_behind(
    app: App, calls: Calls, sql: Sql, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crowd(sql, 5_000)
    before = await until_in_step(calls)
    monkeypatch.setattr(rebuild_module, "APPLY_MOST", 1)
    sent = sent_by(app, monkeypatch, "rebuild")
    async with grpc.aio.insecure_channel(app.address, options=SMALL_WINDOW) as channel:
        building = Calls(channel).audit.RebuildProjection(RebuildProjectionRequest())
        assert isinstance(await building.read(), RebuildProjectionResponse)
        await stand_still(sent)

        assert 0 < len(sent) < 5_000
        assert not await board.only_in_use()
        building.cancel()

    await is_as_before(calls, board, before)
    monkeypatch.undo()
    await is_free(calls, before)


async def test_a_deadline_in_the_middle_leaves_nothing_behind(
    calls: Calls, board: Board, before: GetSyncStatusResponse, gate: Gate
) -> None:
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        async for _ in calls.audit.RebuildProjection(RebuildProjectionRequest(), timeout=0.3):
            pass

    assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    assert gate.reached.is_set()
    await is_as_before(calls, board, before)
    gate.opened.set()
    await is_free(calls, before)


async def test_a_server_that_stops_does_not_wait_for_it_and_leaves_nothing_for_long(
    app: App, board: Board, before: GetSyncStatusResponse, gate: Gate, settings: Settings
) -> None:
    async with grpc.aio.insecure_channel(app.address) as channel:
        building = asyncio.gather(rebuild(Calls(channel)), return_exceptions=True)
        await gate.reached.wait()
        began = time.monotonic()
        await app.stop()
        took = time.monotonic() - began
        (end,) = await building
    gate.opened.set()

    print(f"stopped after {took:.2f} s")
    assert took < 2
    assert isinstance(end, grpc.aio.AioRpcError)
    assert end.code() is grpc.StatusCode.UNAVAILABLE
    assert await board.generation() == before.generation
    assert await board.forgotten() == set()
    async with App(settings) as again, grpc.aio.insecure_channel(again.address) as channel:
        status = await until_in_step(Calls(channel))
        assert (status.generation, status.members) == (before.generation, 3)


async def test_a_redis_that_goes_away_in_the_middle_is_unavailable_and_keeps_the_old_board(
    calls: Calls,
    board: Board,
    before: GetSyncStatusResponse,
    gate: Gate,
    valkey: EmbeddedValkey,
) -> None:
    building = asyncio.ensure_future(refusal(rebuild(calls)))
    await gate.reached.wait()
    await asyncio.to_thread(valkey.stop)
    gate.opened.set()
    refused = await building

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "PROJECTION_UNAVAILABLE",
    )
    assert refused.message.startswith("Redis did not take the new projection: ")
    assert refused.metadata == {}
    await asyncio.to_thread(valkey.start)
    status = await until_in_step(calls)
    assert (status.generation, status.members) == (before.generation, 3)
    page = await calls.board()
    assert (page.source, page.total_entries) == (LEADERBOARD_SOURCE_REDIS, 3)
    assert await board.forgotten() == set()
    await is_free(calls, before)


async def test_without_redis_it_is_unavailable_at_once(
    calls: Calls, before: GetSyncStatusResponse, valkey: EmbeddedValkey
) -> None:
    await asyncio.to_thread(valkey.stop)

    refused = await refusal(rebuild(calls))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "PROJECTION_UNAVAILABLE",
    )


async def test_a_postgresql_that_goes_away_in_the_middle_is_unavailable(
    calls: Calls, sql: Sql, board: Board, before: GetSyncStatusResponse, gate: Gate
) -> None:
    building = asyncio.ensure_future(refusal(rebuild(calls)))
    await gate.reached.wait()
    async with sql.transaction():
        await sql.execute("LOCK xp_entries")
        gate.opened.set()
        refused = await building

    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    await is_as_before(calls, board, before)
    await is_free(calls, before)
