"""Pages that are kept, and reads that go out together, as callers over the wire see them."""

import asyncio
import time
from collections.abc import AsyncGenerator
from typing import Final, cast

import grpc
import pytest
from redis.asyncio import Redis

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_REDIS,
    GetLeaderboardResponse,
    GetStandingRequest,
)
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls

KEPT_S: Final = 0.5
SLACK_S: Final = 0.3
"""For a busy machine."""


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(
        update={"page_staleness_ms": int(KEPT_S * 1000), "verify_per_s": 0, "log_level": "WARNING"}
    )


class Counted:
    """Counts in Valkey what readers alone have it do."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._before: dict[str, int] = {}

    async def begin(self) -> None:
        self._before = await self._calls()

    async def _calls(self) -> dict[str, int]:
        stats = cast(dict[str, dict[str, int]], await self._redis.info("commandstats"))
        return {name: one["calls"] for name, one in stats.items()}

    async def pages(self) -> int:
        """Runs of entries that were read since `begin`, those of standings too."""
        return (await self._calls()).get("cmdstat_zrevrange", 0) - self._before.get(
            "cmdstat_zrevrange", 0
        )

    async def calls(self) -> int:
        """Scripts that ran since then, the relay's too."""
        return (await self._calls()).get("cmdstat_evalsha", 0) - self._before.get(
            "cmdstat_evalsha", 0
        )


@pytest.fixture
async def counted(settings: Settings) -> AsyncGenerator[Counted]:
    async with Redis.from_url(settings.redis_url) as client:
        yield Counted(client)


@pytest.fixture
async def elsewhere(app: App, settings: Settings) -> AsyncGenerator[Calls]:
    """A second server over the same stores; the relay of the first stands still."""
    async with App(settings) as second, grpc.aio.insecure_channel(second.address) as channel:
        app.relay.stop()
        yield Calls(channel)


async def settled(calls: Calls, number: int) -> GetLeaderboardResponse:
    """Books something for a learner; a page that includes it, and is not kept."""
    answer = await calls.submit(f"scout-{number:03d}", "puk_u1_l1")
    page = await calls.board(page_size=7, consistency_token=answer.consistency_token)
    assert page.source == LEADERBOARD_SOURCE_REDIS
    return page


def shown(page: GetLeaderboardResponse) -> set[str]:
    assert page.source == LEADERBOARD_SOURCE_REDIS
    return {entry.user_id for entry in page.entries}


async def test_a_page_is_shown_again_with_the_time_it_is_of(calls: Calls, counted: Counted) -> None:
    await settled(calls, 1)
    await counted.begin()

    first = await calls.board()
    again = [await calls.board() for _ in range(20)]

    assert again == [first] * 20
    assert await counted.pages() == 1


async def test_a_thousand_who_ask_at_once_are_one_read(calls: Calls, counted: Counted) -> None:
    await settled(calls, 1)
    await counted.begin()

    pages = await asyncio.gather(*(calls.board(page_size=10) for _ in range(1000)))

    assert {len(page.entries) for page in pages} == {1}
    # On a machine so busy that all this took longer than the page keeps, there are some more.
    assert await counted.pages() <= 4


async def test_requests_that_mean_the_same_page_share_it(calls: Calls, counted: Counted) -> None:
    await settled(calls, 1)
    await counted.begin()

    first = await calls.board()
    assert await calls.board(leaderboard_id="global", page_size=50, start_position=1) == first
    assert await calls.board(leaderboard_id="global") == first

    assert await counted.pages() == 1


async def test_what_this_server_moves_is_shown_at_once(app: App, calls: Calls) -> None:
    await settled(calls, 1)
    for number in range(2, 12):
        before = await calls.board()
        assert len(shown(before)) == number - 1
        moved = asyncio.create_task(app.relay.moved(5))
        await calls.submit(f"scout-{number:03d}", "puk_u1_l1")
        await moved

        assert len(shown(await calls.board())) == number


async def test_what_another_server_moves_is_shown_when_the_page_is_stale(
    calls: Calls, elsewhere: Calls
) -> None:
    await settled(elsewhere, 1)
    began = time.monotonic()
    old = await calls.board()
    assert len(shown(old)) == 1
    await settled(elsewhere, 2)
    moved = time.monotonic()

    latest = await calls.board()
    assert latest == old or moved - began > KEPT_S / 2
    while len(shown(latest)) == 1:
        assert latest.as_of.ToNanoseconds() == old.as_of.ToNanoseconds(), "older than it says"
        assert time.monotonic() - moved < KEPT_S + SLACK_S
        latest = await calls.board()
    assert latest.as_of.ToNanoseconds() > old.as_of.ToNanoseconds()


async def test_a_page_is_as_old_as_it_may_be_and_no_older_under_steady_reading(
    calls: Calls, elsewhere: Calls
) -> None:
    """Redis' own `as_of` is renewed all the time; what is shown must keep up."""
    await settled(elsewhere, 1)
    oldest_s = 0.0
    began = time.monotonic()
    first_seen: dict[int, float] = {}
    while time.monotonic() - began < 3 * KEPT_S:
        page = await calls.board()
        now = time.monotonic()
        seen = first_seen.setdefault(page.as_of.ToNanoseconds(), now)
        oldest_s = max(oldest_s, now - seen)

    assert 3 < len(first_seen) < 100
    assert KEPT_S / 4 < oldest_s <= KEPT_S + SLACK_S


async def test_a_token_is_shown_what_it_stands_for_whatever_is_kept(
    calls: Calls, elsewhere: Calls, counted: Counted
) -> None:
    await settled(elsewhere, 1)
    for number in range(2, 8):
        assert len(shown(await calls.board())) == number - 1
        token = (await elsewhere.submit(f"scout-{number:03d}", "puk_u1_l1")).consistency_token
        page = await calls.board(consistency_token=token)
        assert len(shown(page)) == number

        # Nobody is shown an older page after it; and what is kept by now includes it.
        kept = await calls.board()
        assert len(shown(kept)) == number
        await counted.begin()
        assert await calls.board(consistency_token=token) == kept
        assert await counted.pages() == 0


async def test_a_rename_of_this_server_is_shown_at_once_on_a_page_that_was_kept(
    calls: Calls,
) -> None:
    await settled(calls, 1)
    for name in ("Ada", "Bea", "Cleo"):
        await calls.board()
        user = User(user_id="scout-001", display_name=name)
        await calls.users.UpsertUsers(UpsertUsersRequest(users=[user]))

        assert [entry.display_name for entry in (await calls.board()).entries] == [name]


async def test_off_reads_redis_each_time(settings: Settings, counted: Counted) -> None:
    off = settings.model_copy(update={"page_staleness_ms": 0})
    async with App(off) as app, grpc.aio.insecure_channel(app.address) as channel:
        await app.load_sample()
        calls = Calls(channel)
        await settled(calls, 1)
        await counted.begin()

        for _ in range(20):
            await calls.board()

        assert await counted.pages() == 20


async def test_standings_asked_for_at_once_are_the_same_as_one_by_one_in_few_calls(
    calls: Calls, counted: Counted
) -> None:
    learners = [f"scout-{number:03d}" for number in range(1, 31)]
    for number, learner in enumerate(learners):
        for level in range(1, number % 4 + 2):
            await calls.submit(learner, f"puk_u1_l{level}")
    last = await calls.submit("scout-031", "puk_u1_l1")
    await calls.board(consistency_token=last.consistency_token)
    asked = [
        GetStandingRequest(user_id=learner, neighbors=neighbors)
        for learner in learners
        for neighbors in (0, 1, 2, 3, 10, 50)
    ]
    one_by_one = [await calls.leaderboard.GetStanding(request) for request in asked]
    await counted.begin()

    at_once = await asyncio.gather(*(calls.leaderboard.GetStanding(request) for request in asked))

    # As they come over the wire, some go out before others are here.
    assert await counted.calls() < len(asked) / 2
    for one, other in zip(one_by_one, at_once, strict=True):
        assert one.placed
        one.ClearField("as_of")
        other.ClearField("as_of")
    assert at_once == one_by_one
