"""Somebody else writes into our keys: readers never see it, and it is mended by itself."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import cast

import pytest
from redis.asyncio import Redis

from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.redis.keys import ShardKeys
from tests.calls import Calls
from tests.contract.audits import audit_all, rebuild, stop_relay, sync_status, until_in_step
from tests.faults.test_store_watch import source_of, until

pytestmark = pytest.mark.usefixtures("app")

Spoil = Callable[[Redis, ShardKeys, str], Awaitable[object]]


async def exchange_a_member(redis: Redis, board: str, name: bytes | str, score: str) -> None:
    """The number of members stays what it was."""
    async with redis.pipeline(transaction=True) as pipeline:
        pipeline.zremrangebyrank(board, 0, 0)
        pipeline.execute_command("ZADD", board, score, name)
        await pipeline.execute()


async def pointer_to_a_list(redis: Redis, keys: ShardKeys, _: str) -> None:
    await redis.unlink(keys.current)
    await redis.rpush(keys.current, "mine")  # pyright: ignore[reportGeneralTypeIssues]


async def nowhere_to_note_a_build(redis: Redis, keys: ShardKeys, name: str) -> None:
    """And a build is needed."""
    await redis.set(keys.generations, "mine")
    await redis.unlink(keys.board(name))


def without(field: str) -> Spoil:
    async def spoil(redis: Redis, keys: ShardKeys, name: str) -> None:
        assert await redis.hdel(keys.meta(name), field) == 1  # pyright: ignore[reportGeneralTypeIssues]

    return spoil


SOURCE_WITHOUT: dict[str, str] = {
    "definitions": "POSTGRES",
    "watermark": "POSTGRES",
    "as_of": "POSTGRES",
    "count": "POSTGRES",
    "watermark_recorded_at": "REDIS",
    "filled": "REDIS",
}
"""The fields of a meta, and who answers readers while one is gone. Builds alone use `filled`."""


SPOILS: dict[str, Spoil] = {
    "a pointer of another type": pointer_to_a_list,
    "a watermark that is no number": lambda redis, keys, name: redis.hset(
        keys.meta(name), "watermark", "abc"
    ),
    "a watermark beyond all numbers": lambda redis, keys, name: redis.hset(
        keys.meta(name), "watermark", str(2**70)
    ),
    "an age that is no time": lambda redis, keys, name: redis.hset(
        keys.meta(name), "as_of", "soon"
    ),
    "a count that is no number": lambda redis, keys, name: redis.hset(
        keys.meta(name), "count", "many"
    ),
    "a meta of another type": lambda redis, keys, name: redis.set(keys.meta(name), "mine"),
    **{
        f"a meta without its {field}": without(field)
        for field in SOURCE_WITHOUT
        if field != "filled"
    },
    "a list of generations of another type, and a build that is needed": nowhere_to_note_a_build,
    "a board of another type": lambda redis, keys, name: redis.set(keys.board(name), "mine"),
    "a pointer that is not text": lambda redis, keys, _: redis.set(keys.current, b"\xff\xfe"),
    "a member that is not text": lambda redis, keys, name: exchange_a_member(
        redis, keys.board(name), b"\xff\xfe", "1"
    ),
    "a member that is no learner": lambda redis, keys, name: exchange_a_member(
        redis, keys.board(name), "mine", "1"
    ),
    "an infinite score": lambda redis, keys, name: exchange_a_member(
        redis, keys.board(name), "9" * 19, "inf"
    ),
}


@pytest.fixture
async def redis(settings: Settings) -> AsyncGenerator[Redis]:
    async with Redis.from_url(settings.redis_url) as client:
        yield client


@pytest.mark.parametrize("spoil", SPOILS)
async def test_foreign_data_is_never_shown_and_is_mended(
    spoil: str, calls: Calls, settings: Settings, redis: Redis
) -> None:
    keys = ShardKeys(settings.redis_prefix)
    for number in range(1, 6):
        await calls.submit(f"scout-00{number}", "puk_u1_l1")

    async def shown_by_redis() -> bool:
        page = await calls.board()
        return source_of(page) == "REDIS" and len(page.entries) == 5

    await until(shown_by_redis, "all five in Redis")
    name = cast(bytes, await redis.get(keys.current)).decode()
    await SPOILS[spoil](redis, keys, name)

    async def mended() -> bool:
        page = await calls.board()
        assert [entry.xp for entry in page.entries] == [15] * 5, "a page on the way is not whole"
        return source_of(page) == "REDIS" and not (await audit_all(calls)).findings

    print(f"{spoil}: mended after {await until(mended, 'a board that adds up'):.0f} ms")


@pytest.mark.parametrize("field", SOURCE_WITHOUT)
async def test_readers_and_operators_are_told_the_same_while_a_field_is_gone(
    field: str, app: App, calls: Calls, settings: Settings, redis: Redis
) -> None:
    keys = ShardKeys(settings.redis_prefix)
    await calls.submit("scout-001", "puk_u1_l1")
    await rebuild(calls)
    await until_in_step(calls)
    # Which would mend it.
    await stop_relay(app)
    name = cast(bytes, await redis.get(keys.current)).decode()
    fields = cast(list[bytes], await redis.hkeys(keys.meta(name)))  # pyright: ignore[reportGeneralTypeIssues]
    assert {field.decode() for field in fields} == set(SOURCE_WITHOUT)

    await without(field)(redis, keys, name)

    status = await sync_status(calls)
    page = await calls.board()
    assert source_of(page) == SOURCE_WITHOUT[field]
    assert status.serving == (source_of(page) == "REDIS")
    assert [entry.xp for entry in page.entries] == [15]
