"""RebuildProjection: another board beside the one in use, which answers until it is replaced."""

import asyncio
from collections.abc import AsyncGenerator

import pytest
from redis.asyncio import Redis

from laurels.v1.leaderboard_service_pb2 import LEADERBOARD_SOURCE_REDIS
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.redis.projection import Projection
from laurels_server.usecases import rebuild as rebuild_module
from tests.calls import Calls
from tests.contract.audits import (
    Board,
    Gate,
    audit_all,
    gate_before,
    rebuild,
    sync_status,
    until_in_step,
)
from tests.contract.scene import populate
from tests.contract.wire import until
from tests.faults.crowd import crowd
from tests.sql import Sql


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"verify_per_s": 0})


@pytest.fixture
async def board(settings: Settings) -> AsyncGenerator[Board]:
    async with Redis.from_url(settings.redis_url) as redis:
        yield Board(redis, settings.redis_prefix)


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Stands in the middle of a build."""
    return gate_before(monkeypatch, Projection, "fill")


async def test_another_generation_takes_the_place_of_the_old_one(
    calls: Calls, board: Board
) -> None:
    await populate(calls)
    before = await sync_status(calls)

    steps = await rebuild(calls)

    assert steps[-1].in_use
    assert not any(step.in_use for step in steps[:-1])
    assert (steps[-1].learners, steps[-1].share) == (3, 1.0)
    after = await until_in_step(calls)
    assert after.generation not in ("", before.generation)
    assert (after.projection_seq, after.members) == (9, 3)
    await until(board.only_in_use)
    assert (await audit_all(calls)).findings == []


async def test_an_empty_board_can_be_built_too(calls: Calls, board: Board) -> None:
    before = (await until_in_step(calls)).generation

    (*_, last) = await rebuild(calls)

    assert (last.learners, last.share, last.in_use) == (0, 1.0, True)
    assert await board.generation() not in ("", before)


async def test_where_nothing_is_built_it_builds(calls: Calls, board: Board) -> None:
    await populate(calls)
    for _ in range(5):
        await board.lose()
        await rebuild(calls)
        # The relay may have been faster.
        assert (await until_in_step(calls)).members == 3
        await until(board.only_in_use)


async def test_its_steps_lead_to_the_end(
    calls: Calls, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild_module, "_SCAN_MOST", 100)
    await crowd(sql, 1000)

    steps = await rebuild(calls)

    learners = [step.learners for step in steps]
    shares = [step.share for step in steps]
    assert learners == sorted(learners)
    assert shares == sorted(shares)
    assert len(set(learners)) == 10
    assert (learners[-1], shares[-1]) == (1000, 1.0)
    assert 0 < shares[0] < 1


async def test_what_is_booked_while_it_builds_is_on_the_new_board(
    calls: Calls, board: Board, gate: Gate
) -> None:
    await populate(calls)
    building = asyncio.ensure_future(rebuild(calls))
    await gate.reached.wait()
    await calls.submit("scout-001", "puk_u1_l3")
    last = await calls.submit("scout-020", "puk_u1_l1")
    gate.opened.set()

    assert (await building)[-1].in_use

    status = await sync_status(calls)
    assert (status.projection_seq, status.members) == (11, 4)
    page = await calls.board(consistency_token=last.consistency_token)
    assert page.source == LEADERBOARD_SOURCE_REDIS
    assert {entry.user_id: entry.xp for entry in page.entries} == {
        "scout-001": 45,
        "scout-002": 15,
        "scout-003": 30,
        "scout-020": 15,
    }
    assert (await audit_all(calls)).findings == []


async def test_readers_have_the_old_board_until_the_new_one_is_whole(
    calls: Calls, board: Board, gate: Gate
) -> None:
    await populate(calls)
    before = await sync_status(calls)
    old = [entry.user_id for entry in (await calls.board()).entries]

    building = asyncio.ensure_future(rebuild(calls))
    await gate.reached.wait()
    # It moves on with the ledger, too.
    token = (await calls.submit("scout-020", "puk_u1_l1")).consistency_token
    page = await calls.board(consistency_token=token)
    status = await sync_status(calls)
    gate.opened.set()
    await building

    assert page.source == LEADERBOARD_SOURCE_REDIS
    assert sorted(entry.user_id for entry in page.entries) == sorted([*old, "scout-020"])
    assert (status.serving, status.generation) == (True, before.generation)
    assert (await sync_status(calls)).generation != before.generation


async def test_no_page_is_ever_half_built(
    calls: Calls, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild_module, "_SCAN_MOST", 50)
    await crowd(sql, 500)
    await until_in_step(calls)
    whole = [(entry.user_id, entry.position) for entry in (await calls.board()).entries]
    pages = 0
    over = False

    async def read() -> None:
        nonlocal pages
        while not over:
            page = await calls.board()
            assert page.source == LEADERBOARD_SOURCE_REDIS
            assert page.total_entries == 500
            assert [(entry.user_id, entry.position) for entry in page.entries] == whole
            pages += 1

    async with asyncio.TaskGroup() as readers:
        for _ in range(4):
            readers.create_task(read())
        for _ in range(5):
            assert (await rebuild(calls))[-1].in_use
        over = True

    print(f"{pages} pages during 5 rebuilds")
    assert pages >= 10


async def test_one_that_was_overtaken_says_so_and_leaves_nothing_behind(
    app: App, calls: Calls, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    await populate(calls)
    fill = Projection.fill
    overtaken: list[str] = []

    async def while_another_is_faster(
        self: Projection, name: str, part: int, standings: list[tuple[int, int]]
    ) -> int:
        monkeypatch.setattr(Projection, "fill", fill)
        # As another server would.
        await app.relay.rebuild("for the test")
        overtaken.append(await board.generation())
        return await self.fill(name, part, standings)

    monkeypatch.setattr(Projection, "fill", while_another_is_faster)
    (*_, last) = await rebuild(calls)

    assert not last.in_use
    assert [await board.generation()] == overtaken
    await until(board.only_in_use)
    assert (await audit_all(calls)).findings == []
