"""Walks over a board that moves, reads that must include a submission, learners without a place."""

import asyncio
import random
from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import grpc
import pytest

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_POSTGRES,
    LEADERBOARD_SOURCE_REDIS,
    GetStandingRequest,
    GetStandingResponse,
)
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls, refusal
from tests.contract.boards import (
    Learner,
    at_random,
    both_sources,
    content,
    minute,
    populate,
    until_redis,
)
from tests.contract.conftest import Steady
from tests.contract.wire import grant
from tests.sql import Sql

each_source = pytest.mark.parametrize("source", ["redis", "postgres"])


@pytest.fixture
async def sources(settings: Settings, sql: Sql) -> AsyncGenerator[dict[str, Calls]]:
    """Nine learners, 90 XP down to 10, answered by Redis and by PostgreSQL."""
    await populate(sql, [Learner(f"n{xp}", xp, minute(0)) for xp in range(90, 0, -10)])
    async with both_sources(settings) as (redis, postgres):
        yield {"redis": redis, "postgres": postgres}


async def move(calls: Calls, source: str, user_id: str, amount: int) -> None:
    """Changes XP, and waits until the source shows it."""
    token = await grant(calls, user_id, amount)
    if source == "redis":
        await until_redis(calls, token)


async def rest_of(calls: Calls, token: str, page_size: int) -> list[str]:
    seen: list[str] = []
    while token:
        page = await calls.board(page_size=page_size, page_token=token)
        seen += [entry.user_id for entry in page.entries]
        token = page.next_page_token
    return seen


@each_source
@pytest.mark.parametrize("page_size", [1, 2, 7, 1000])
@pytest.mark.parametrize(
    ("amount", "where"), [(1000, "up"), (-45, "down"), (-70, "away"), (1, "in place")]
)
async def test_a_walk_goes_on_when_the_last_one_shown_has_moved(
    sources: dict[str, Calls], *, source: str, page_size: int, amount: int, where: str
) -> None:
    calls = sources[source]
    first = await calls.board(page_size=3)
    assert [entry.user_id for entry in first.entries] == ["n90", "n80", "n70"]

    await move(calls, source, "n70", amount)
    rest = await rest_of(calls, first.next_page_token, page_size)

    still = ["n60", "n50", "n40", "n30", "n20", "n10"]
    if where == "down":
        # To 25, and so among those not shown yet.
        still.insert(4, "n70")
    assert rest == still


@each_source
@pytest.mark.parametrize("amount", [10, -10, -15])
async def test_a_walk_goes_on_within_a_tie_whose_last_one_shown_has_moved(
    settings: Settings, sql: Sql, source: str, amount: int
) -> None:
    await populate(sql, [Learner(f"n{n}", 15, minute(0)) for n in range(9)])
    async with both_sources(settings) as both:
        calls = both[source == "postgres"]
        first = await calls.board(page_size=4)
        assert [entry.user_id for entry in first.entries] == ["n8", "n7", "n6", "n5"]

        await move(calls, source, "n5", amount)
        rest = await rest_of(calls, first.next_page_token, 2)

        assert rest == ["n4", "n3", "n2", "n1", "n0", *(["n5"] if amount == -10 else [])]


@each_source
@pytest.mark.parametrize("seed", range(3))
async def test_whoever_does_not_move_is_visited_once_however_the_others_move(
    settings: Settings, sql: Sql, source: str, seed: int
) -> None:
    learners = [one for one in at_random(seed, 60) if one.xp < 10_000]
    await populate(sql, learners)
    dice = random.Random(seed)
    movers = {one.user_id: one.xp for one in learners if dice.random() < 0.4}
    still = {one.user_id for one in learners if one.placed} - movers.keys()
    async with both_sources(settings) as both:
        calls = both[source == "postgres"]
        seen: list[str] = []
        token = ""
        while True:
            page = await calls.board(page_size=dice.choice([1, 2, 3, 7]), page_token=token)
            positions = [entry.position for entry in page.entries]
            assert positions == list(range(positions[0], positions[0] + len(positions)))
            seen += [entry.user_id for entry in page.entries]
            token = page.next_page_token
            if not token:
                break
            # Rather the ones just shown: those are where the walk goes on from.
            near = [entry.user_id for entry in page.entries if entry.user_id in movers]
            mover = dice.choice(near or sorted(movers))
            amount = dice.choice([-movers[mover] or 15, 1, 15, 1000])
            movers[mover] += amount
            await move(calls, source, mover, amount)
        visits = [user_id for user_id in seen if user_id in still]
        assert sorted(visits) == sorted(still)


@each_source
async def test_a_read_with_a_consistency_token_includes_the_submission(
    calls: Calls, without_redis: Calls, source: str
) -> None:
    reader = calls if source == "redis" else without_redis
    submitters = (calls, without_redis)
    for number in range(1, 31):
        user_id = f"scout-{number % 5 + 1:03d}"
        level_id = f"puk_u{(number - 1) // 5 // 5 + 1}_l{(number - 1) // 5 % 5 + 1}"
        answer = await submitters[number % 2].submit(user_id, level_id)
        assert answer.xp_earned == 15
        token = answer.consistency_token

        page = await reader.board(consistency_token=token)
        shown = {entry.user_id: entry.xp for entry in page.entries}
        assert shown[user_id] == answer.total_xp
        standing = await reader.leaderboard.GetStanding(
            GetStandingRequest(user_id=user_id, consistency_token=token)
        )
        assert standing.entry.xp == answer.total_xp


async def test_many_readers_with_tokens_at_once_all_see_what_they_wait_for(calls: Calls) -> None:
    async def submit_and_look(number: int) -> int:
        user_id = f"scout-{number:03d}"
        answer = await calls.submit(user_id, "puk_u1_l1")
        standing = await calls.leaderboard.GetStanding(
            GetStandingRequest(user_id=user_id, consistency_token=answer.consistency_token)
        )
        assert (standing.placed, standing.entry.xp) == (True, 15)
        return standing.source

    answered_by = await asyncio.gather(*(submit_and_look(number) for number in range(1, 51)))

    assert LEADERBOARD_SOURCE_REDIS in answered_by


async def test_a_read_with_a_token_is_answered_by_postgres_while_the_projection_stands_still(
    app: App, calls: Calls, sql: Sql
) -> None:
    first = await calls.submit("scout-001", "puk_u1_l1")
    await until_redis(calls, first.consistency_token)
    app.relay.stop()
    await asyncio.sleep(0.1)
    token = (await calls.submit("scout-002", "puk_u1_l1")).consistency_token

    page = await calls.board(consistency_token=token)
    assert (page.source, page.total_entries) == (LEADERBOARD_SOURCE_POSTGRES, 2)
    request = GetStandingRequest(user_id="scout-002", consistency_token=token)
    standing = await calls.leaderboard.GetStanding(request)
    assert (standing.source, standing.placed) == (LEADERBOARD_SOURCE_POSTGRES, True)
    # Whoever does not ask gets what Redis has, and is told of when that is.
    old = await calls.board()
    assert (old.source, old.total_entries) == (LEADERBOARD_SOURCE_REDIS, 1)
    recorded = await sql.fetchval("SELECT max(recorded_at) FROM xp_entries")
    assert old.as_of.ToDatetime(UTC) < recorded


@each_source
async def test_a_page_holds_all_that_was_acknowledged_before_its_as_of(
    calls: Calls, without_redis: Calls, sql: Sql, source: str
) -> None:
    reader = calls if source == "redis" else without_redis
    began = await sql.fetchval("SELECT clock_timestamp()")
    acknowledged: list[datetime] = []
    pages: list[tuple[datetime, int]] = []

    async def write() -> None:
        for number in range(1, 51):
            await calls.submit(f"scout-{number:03d}", "puk_u1_l1")
            acknowledged.append(await sql.fetchval("SELECT clock_timestamp()"))

    async def read() -> None:
        while len(acknowledged) < 50:
            page = await reader.board(page_size=1)
            pages.append((page.as_of.ToDatetime(UTC), page.total_entries))

    await asyncio.gather(write(), read())
    ended = await sql.fetchval("SELECT clock_timestamp()")

    assert len(pages) > 10
    assert [as_of for as_of, _ in pages] == sorted(as_of for as_of, _ in pages)
    # Redis is at most as far behind as the relay is, PostgreSQL not at all.
    assert began - timedelta(seconds=5) < pages[0][0]
    assert pages[-1][0] <= ended
    for as_of, total in pages:
        assert total >= sum(at < as_of for at in acknowledged)


@each_source
async def test_a_page_that_includes_a_submission_is_not_older_than_it(
    calls: Calls, without_redis: Calls, sql: Sql, source: str
) -> None:
    reader = calls if source == "redis" else without_redis
    for number in range(1, 11):
        answer = await calls.submit(f"scout-{number:03d}", "puk_u1_l1")
        page = await reader.board(consistency_token=answer.consistency_token)
        recorded = await sql.fetchval("SELECT max(recorded_at) FROM xp_entries")
        assert page.as_of.ToDatetime(UTC) >= recorded


async def standing_of(calls: Calls, user_id: str, token: str = "") -> GetStandingResponse:
    return await calls.leaderboard.GetStanding(
        GetStandingRequest(user_id=user_id, neighbors=50, consistency_token=token)
    )


async def test_a_learner_without_a_place_is_shown_with_its_xp(
    calls: Calls, without_redis: Calls
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await grant(calls, "scout-002", 5)
    token = await grant(calls, "scout-002", -5)
    for server in (calls, without_redis):
        for user_id, ever in (("scout-050", False), ("scout-002", True)):
            standing = await standing_of(server, user_id, token)
            assert not standing.placed
            assert (standing.entry.position, standing.entry.rank, standing.entry.xp) == (0, 0, 0)
            assert standing.entry.user_id == user_id
            assert standing.entry.display_name == f"Scout {user_id[-3:]}"
            assert standing.entry.HasField("reached_at") == ever
            assert (standing.percentile, standing.total_entries) == (0, 1)
            assert not standing.neighbors_above
            assert not standing.neighbors_below
            assert standing.source in (LEADERBOARD_SOURCE_REDIS, LEADERBOARD_SOURCE_POSTGRES)
            assert standing.leaderboard_id == "global"


async def test_losing_all_xp_takes_a_learner_off_the_board(sources: dict[str, Calls]) -> None:
    await move(sources["redis"], "redis", "n50", -50)

    for calls in sources.values():
        page = await calls.board()
        assert "n50" not in {entry.user_id for entry in page.entries}
        assert page.total_entries == 8
        assert not (await standing_of(calls, "n50")).placed


@each_source
async def test_unknown_learners_and_boards_are_not_found(
    sources: dict[str, Calls], source: str
) -> None:
    calls = sources[source]
    nobody = await refusal(standing_of(calls, "nobody"))
    assert (nobody.code, nobody.reason) == (grpc.StatusCode.NOT_FOUND, "LEARNER_NOT_FOUND")
    assert nobody.metadata == {"user_id": "nobody"}
    board = GetStandingRequest(leaderboard_id="Global", user_id="n10")
    for call in (calls.board(leaderboard_id="Global"), calls.leaderboard.GetStanding(board)):
        unknown = await refusal(call)
        assert (unknown.code, unknown.reason) == (
            grpc.StatusCode.NOT_FOUND,
            "LEADERBOARD_NOT_FOUND",
        )
        assert unknown.metadata == {"leaderboard_id": "Global"}


async def test_the_board_without_a_name_is_global(steady: Steady) -> None:
    unnamed, named = await steady.calls.board(), await steady.calls.board(leaderboard_id="global")

    assert content(unnamed) == content(named)
    assert unnamed.leaderboard_id == "global"
    token = (await steady.calls.board(page_size=1)).next_page_token
    page = await steady.calls.board(leaderboard_id="global", page_token=token)
    assert [entry.position for entry in page.entries] == [2, 3]
