"""Redis and PostgreSQL give the same boards entry for entry, and those of the contract."""

import asyncio
from collections.abc import Awaitable, Callable

import pytest
from redis.asyncio import Redis

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_POSTGRES,
    LEADERBOARD_SOURCE_REDIS,
    GetLeaderboardResponse,
    GetStandingRequest,
    GetStandingResponse,
)
from laurels_server.config import Settings
from laurels_server.redis.keys import ShardKeys
from tests.calls import Calls
from tests.contract.boards import (
    Learner,
    at_random,
    both_sources,
    content,
    entry,
    minute,
    populate,
    ranked,
    until_redis,
)
from tests.sql import Sql

BOARDS = {
    "empty": [],
    "nobody placed": [
        Learner("a", 0, None),
        Learner("b", 0, minute(1)),
        Learner("c", 5, minute(1), "HIDDEN"),
        Learner("d", 5, minute(1), "BANNED"),
    ],
    "one": [Learner("a", 1, minute(0))],
    "all equal": [Learner(f"n{n}", 15, minute(0, n)) for n in range(9)],
    "a second apart": [
        Learner("late", 15, minute(1, 0)),
        Learner("early", 15, minute(0, 59)),
        Learner("earlier", 15, minute(0, 1)),
        Learner("best", 16, minute(9)),
    ],
    **{f"random {seed}": at_random(seed, size) for seed, size in enumerate((3, 10, 25, 40))},
}

each_board = pytest.mark.parametrize("learners", BOARDS.values(), ids=BOARDS)


async def both(
    sources: tuple[Calls, Calls], **arguments: int | str
) -> tuple[GetLeaderboardResponse, GetLeaderboardResponse]:
    near, far = await asyncio.gather(*(source.board(**arguments) for source in sources))
    assert (near.source, far.source) == (LEADERBOARD_SOURCE_REDIS, LEADERBOARD_SOURCE_POSTGRES)
    assert content(near) == content(far)
    return near, far


@each_board
async def test_every_page_is_the_same_from_both(
    settings: Settings, sql: Sql, learners: list[Learner]
) -> None:
    await populate(sql, learners)
    expected = ranked(learners)
    async with both_sources(settings) as sources:
        for page_size in (1, 2, 7, 1000):
            seen: list[object] = []
            token = ""
            while True:
                page, _ = await both(sources, page_size=page_size, page_token=token)
                assert page.total_entries == len(expected)
                assert (page.leaderboard_id, page.season) == ("global", "")
                seen += page.entries
                token = page.next_page_token
                if not token:
                    break
                assert len(page.entries) == page_size
            assert seen == expected


@each_board
async def test_a_page_from_any_position_is_the_same_from_both(
    settings: Settings, sql: Sql, learners: list[Learner]
) -> None:
    await populate(sql, learners)
    expected = ranked(learners)
    async with both_sources(settings) as sources:
        for start in (*range(len(expected) + 3), 1_000_000, 2**31 - 1):
            skipped = max(0, start - 1)
            page, _ = await both(sources, start_position=start, page_size=3)
            assert list(page.entries) == expected[skipped : skipped + 3]
            assert page.total_entries == len(expected)
            assert bool(page.next_page_token) == (skipped + 3 < len(expected))
            if page.next_page_token:
                after, _ = await both(sources, page_token=page.next_page_token, page_size=3)
                assert list(after.entries) == expected[skipped + 3 : skipped + 6]


@each_board
async def test_every_standing_is_the_same_from_both(
    settings: Settings, sql: Sql, learners: list[Learner]
) -> None:
    await populate(sql, learners)
    expected = ranked(learners)
    places = {one.user_id: place for place, one in enumerate(expected)}
    async with both_sources(settings) as sources:
        for one in learners:
            for neighbors in (0, 1, 4, 50):
                request = GetStandingRequest(user_id=one.user_id, neighbors=neighbors)
                near, far = await asyncio.gather(
                    *(source.leaderboard.GetStanding(request) for source in sources)
                )
                assert content(near) == content(far)
                assert far.source == LEADERBOARD_SOURCE_POSTGRES
                if one.placed:
                    assert near.source == LEADERBOARD_SOURCE_REDIS
                    place = places[one.user_id]
                    lesser = sum(other.xp < one.xp for other in expected)
                    standing = GetStandingResponse(
                        entry=expected[place],
                        placed=True,
                        percentile=100 * lesser / len(expected),
                        neighbors_above=expected[max(0, place - neighbors) : place],
                        neighbors_below=expected[place + 1 : place + 1 + neighbors],
                    )
                else:
                    standing = GetStandingResponse(entry=entry(one))
                standing.total_entries = len(expected)
                standing.leaderboard_id = "global"
                assert content(near) == standing


async def test_a_walk_may_change_from_one_source_to_the_other_at_every_page(
    settings: Settings, sql: Sql
) -> None:
    learners = at_random(99, 40)
    await populate(sql, learners)
    async with both_sources(settings) as sources:
        for page_size in (1, 3):
            seen: list[object] = []
            token = ""
            for turn in range(len(learners)):
                page = await sources[turn % 2].board(page_size=page_size, page_token=token)
                seen += page.entries
                token = page.next_page_token
                if not token:
                    break
            assert seen == ranked(learners)


async def test_page_sizes_default_to_50_and_end_at_1000(settings: Settings, sql: Sql) -> None:
    learners = [Learner(f"n{n:04d}", 1 + n % 7, minute(n % 5)) for n in range(1050)]
    await populate(sql, learners)
    expected = ranked(learners)
    async with both_sources(settings) as sources:
        for asked, given in ((0, 50), (1000, 1000), (1001, 1000), (2**31 - 1, 1000)):
            page, _ = await both(sources, page_size=asked)
            assert list(page.entries) == expected[:given]
        last, _ = await both(sources, page_size=1000, page_token=page.next_page_token)
        assert list(last.entries) == expected[1000:]
        assert not last.next_page_token


async def forget_scores(redis: Redis, keys: ShardKeys) -> None:
    """Half the members disappear, as if evicted."""
    board = keys.board(str(await redis.get(keys.current)))
    await redis.zremrangebyrank(board, 0, 10)


async def forget_the_board(redis: Redis, keys: ShardKeys) -> None:
    await redis.delete(keys.board(str(await redis.get(keys.current))))


async def forget_what_it_is_complete_up_to(redis: Redis, keys: ShardKeys) -> None:
    await redis.delete(keys.meta(str(await redis.get(keys.current))))


async def forget_which_is_current(redis: Redis, keys: ShardKeys) -> None:
    await redis.delete(keys.current)


@pytest.mark.parametrize(
    "forget",
    [
        forget_scores,
        forget_the_board,
        forget_what_it_is_complete_up_to,
        forget_which_is_current,
    ],
)
async def test_what_redis_has_lost_is_never_shown_as_if_it_were_not_there(
    settings: Settings, sql: Sql, forget: Callable[[Redis, ShardKeys], Awaitable[None]]
) -> None:
    learners = at_random(7, 40)
    await populate(sql, learners)
    expected = ranked(learners)
    answered_by: set[int] = set()
    redis = Redis.from_url(settings.redis_url, decode_responses=True)
    async with both_sources(settings) as (calls, _):
        for _ in range(3):
            await forget(redis, ShardKeys(settings.redis_prefix))
            for _ in range(40):
                page = await calls.board(page_size=1000)
                answered_by.add(page.source)
                assert list(page.entries) == expected
                assert page.total_entries == len(expected)
            await until_redis(calls)
    # Or else nothing was lost.
    assert LEADERBOARD_SOURCE_POSTGRES in answered_by
    await redis.aclose()
