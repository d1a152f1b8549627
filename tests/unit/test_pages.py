"""What is kept is shown again while it is fresh, and never afterwards."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

import pytest

from laurels_server.domain.standings import Entry, Name, Page, Source
from laurels_server.usecases.fallback import Breaker
from laurels_server.usecases.pages import Found, Key, Pages

TOP: Key = (0, 50)
STALE_MS = 60_000
"""So long that nothing gets stale by itself; tests say how old an answer is."""

ENTRY = Entry(1, 1, Name("ada", "Ada"), 15, None)


def found(*, age_s: float = 0.0, watermark: int = 0, entries: int = 1) -> Found:
    page = Page([ENTRY] * entries, None, entries, Source.REDIS, datetime.now(UTC))
    return Found(page, lambda: None, watermark, time.monotonic() - age_s)


class Redis:
    """Reads that answer one thing after the other, each once `gate` is open."""

    def __init__(self, *answers: Found) -> None:
        self.answers = list(answers)
        self.reads = 0
        self.gate = asyncio.Event()
        self.gate.set()

    async def read(self) -> Found:
        answer = self.answers[self.reads]
        self.reads += 1
        await self.gate.wait()
        return answer


async def test_a_page_is_shown_again_until_it_is_stale() -> None:
    fresh, redis = found(age_s=20), Redis(found(age_s=20), found(age_s=61), found())
    pages = Pages(STALE_MS)
    redis.answers[0] = fresh

    assert [await pages.get(TOP, redis.read) for _ in range(3)] == [fresh] * 3
    assert redis.reads == 1
    pages.drop()
    assert await pages.get(TOP, redis.read) is redis.answers[1]
    assert await pages.get(TOP, redis.read) is redis.answers[2]


async def test_an_aging_page_is_shown_and_read_anew_by_one_for_all() -> None:
    redis = Redis(found(age_s=46), found())
    pages = Pages(STALE_MS)
    old = await pages.get(TOP, redis.read)
    redis.gate.clear()

    assert [await pages.get(TOP, redis.read) for _ in range(5)] == [old] * 5
    await asyncio.sleep(0)
    assert redis.reads == 2
    redis.gate.set()
    await asyncio.sleep(0.01)

    assert await pages.get(TOP, redis.read) is redis.answers[1]
    assert redis.reads == 2


async def test_a_page_is_at_hand_until_it_is_aging() -> None:
    redis = Redis(found(age_s=44), found(age_s=46))
    pages = Pages(STALE_MS)
    assert pages.at_hand(TOP) is None

    young = await pages.get(TOP, redis.read)
    assert pages.at_hand(TOP) is young
    assert pages.at_hand((0, 51)) is None
    pages.drop()
    assert pages.at_hand(TOP) is None

    await pages.get(TOP, redis.read)
    assert pages.at_hand(TOP) is None
    assert redis.reads == 2


async def test_many_who_ask_at_once_are_one_read() -> None:
    redis = Redis(found())
    pages = Pages(STALE_MS)

    answers = await asyncio.gather(*(pages.get(TOP, redis.read) for _ in range(100)))

    assert answers == redis.answers * 100
    assert redis.reads == 1


async def test_a_read_that_began_too_long_ago_is_not_joined() -> None:
    redis = Redis(found(), found())
    pages = Pages(20)
    redis.gate.clear()
    first = asyncio.create_task(pages.get(TOP, redis.read))
    await asyncio.sleep(0.05)

    second = asyncio.create_task(pages.get(TOP, redis.read))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    redis.gate.set()

    assert [await first, await second] == redis.answers
    assert redis.reads == 2


async def test_other_places_and_sizes_are_other_pages() -> None:
    redis = Redis(found(), found(), found())
    pages = Pages(STALE_MS)

    answers = [await pages.get(key, redis.read) for key in ((0, 50), (0, 51), (1, 50))]

    assert answers == redis.answers


def trip(pages: Pages) -> None:
    breaker = Breaker(opened=pages.drop)
    breaker.open()
    breaker.close()


@pytest.mark.parametrize("drop", [Pages.drop, trip])
async def test_what_is_dropped_is_not_shown_again_nor_what_was_being_read(
    drop: Callable[[Pages], None],
) -> None:
    redis = Redis(found(), found(), found())
    pages = Pages(STALE_MS)
    await pages.get(TOP, redis.read)
    drop(pages)
    redis.gate.clear()
    early = asyncio.create_task(pages.get(TOP, redis.read))
    await asyncio.sleep(0)
    await asyncio.sleep(0)

    drop(pages)
    late = asyncio.create_task(pages.get(TOP, redis.read))
    await asyncio.sleep(0)
    redis.gate.set()

    assert [await early, await late] == redis.answers[1:]
    assert await pages.get(TOP, redis.read) is redis.answers[2]


async def test_no_page_of_an_earlier_moment_follows_an_answer_of_a_later_one() -> None:
    redis = Redis(found(watermark=7), found(watermark=8))
    pages = Pages(STALE_MS)
    pages.moved_to(7)
    await pages.get(TOP, redis.read)
    pages.moved_to(7)
    assert await pages.get(TOP, redis.read) is redis.answers[0]

    pages.moved_to(8)

    assert await pages.get(TOP, redis.read) is redis.answers[1]


async def test_an_answer_that_was_overtaken_on_its_way_is_not_kept() -> None:
    redis = Redis(found(watermark=7), found(watermark=8))
    pages = Pages(STALE_MS)
    redis.gate.clear()
    slow = asyncio.create_task(pages.get(TOP, redis.read))
    await asyncio.sleep(0)
    pages.moved_to(8)
    redis.gate.set()
    await slow

    assert await pages.get(TOP, redis.read) is redis.answers[1]


async def test_whoever_has_a_token_is_shown_only_what_includes_it_and_is_fresh() -> None:
    pages = Pages(STALE_MS)
    pages.moved_to(7)
    kept = await pages.get(TOP, Redis(found(watermark=7)).read)
    await pages.get((1, 50), Redis(found(watermark=7, age_s=61)).read)

    assert pages.including(TOP, 7) is kept
    assert pages.including(TOP, 8) is None
    assert pages.including((1, 50), 7) is None
    assert pages.including((2, 50), 7) is None


async def test_what_redis_could_not_answer_is_not_kept() -> None:
    redis = Redis(Found(None, lambda: None), found())
    pages = Pages(STALE_MS)

    assert (await pages.get(TOP, redis.read)).page is None
    assert await pages.get(TOP, redis.read) is redis.answers[1]


async def test_a_read_that_fails_is_told_to_all_who_wait_and_tried_again() -> None:
    async def fail() -> Found:
        raise LookupError

    pages = Pages(STALE_MS)
    failed = await asyncio.gather(*(pages.get(TOP, fail) for _ in range(3)), return_exceptions=True)
    assert [type(outcome) for outcome in failed] == [LookupError] * 3

    redis = Redis(found())
    assert await pages.get(TOP, redis.read) is redis.answers[0]


async def test_who_gives_up_does_not_end_the_read_of_the_others() -> None:
    redis = Redis(found())
    pages = Pages(STALE_MS)
    redis.gate.clear()
    impatient, patient = (asyncio.create_task(pages.get(TOP, redis.read)) for _ in range(2))
    await asyncio.sleep(0)
    impatient.cancel()
    redis.gate.set()

    assert await patient is redis.answers[0]


async def kept(pages: Pages, keys: list[Key]) -> list[Key]:
    return [key for key in keys if pages.including(key, 0) is not None]


async def keep(pages: Pages, keys: list[Key], entries: int) -> None:
    def reading(answer: Found) -> Callable[[], Awaitable[Found]]:
        return Redis(answer).read

    for key in keys:
        await pages.get(key, reading(found(entries=entries)))


async def test_so_many_are_kept_and_the_least_recently_shown_go() -> None:
    pages = Pages(STALE_MS)
    keys: list[Key] = [(number, 50) for number in range(256)]
    await keep(pages, keys, 1)
    assert await kept(pages, keys) == keys

    await pages.get(keys[0], Redis().read)
    await keep(pages, [(1000, 50), (1001, 50)], 1)

    assert await kept(pages, keys) == [keys[0], *keys[3:]]


async def test_large_pages_are_kept_in_smaller_number() -> None:
    pages = Pages(STALE_MS)
    keys: list[Key] = [(number, 1000) for number in range(30)]

    for _ in range(2):
        await keep(pages, keys, 1000)
        assert await kept(pages, keys) == keys[-20:]
        pages.drop()


async def test_off_keeps_nothing_and_lets_everyone_read() -> None:
    redis = Redis(*(found() for _ in range(4)))
    pages = Pages(0)

    await asyncio.gather(*(pages.get(TOP, redis.read) for _ in range(3)))
    await pages.get(TOP, redis.read)

    assert redis.reads == 4
    assert pages.including(TOP, 0) is None
