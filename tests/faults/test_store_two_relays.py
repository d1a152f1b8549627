"""Several servers, so several relays, over one database and one Redis: one truth in the end."""

import asyncio
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import cast

import grpc
import pytest
from redis.asyncio import Redis

from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.embedded.valkey import EmbeddedValkey
from laurels_server.redis.keys import ShardKeys
from tests.calls import Calls
from tests.faults.checks import assert_consistent
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.tally import tally
from tests.faults.test_store_watch import Watch, quantiles, until, watched
from tests.sql import Sql

SERVERS = 3


@pytest.fixture(scope="module")
def lasting_valkey() -> Generator[EmbeddedValkey]:
    """A Valkey of our own: what is flushed here must not be missing elsewhere."""
    with (
        tempfile.TemporaryDirectory(prefix="laurels-faults-") as place,
        EmbeddedValkey(Path(place)) as server,
    ):
        yield server


@pytest.fixture
def settings(settings: Settings, lasting_valkey: EmbeddedValkey) -> Settings:
    return settings.model_copy(update={"redis_url": lasting_valkey.url})


@pytest.fixture
async def servers_of_one_board(app: App, settings: Settings) -> AsyncGenerator[list[Calls]]:
    async with AsyncExitStack() as stack:
        apps = [app]
        apps += [await stack.enter_async_context(App(settings)) for _ in range(SERVERS - 1)]
        yield [
            Calls(await stack.enter_async_context(grpc.aio.insecure_channel(each.address)))
            for each in apps
        ]


@pytest.fixture
async def redis(settings: Settings) -> AsyncGenerator[Redis]:
    async with Redis.from_url(settings.redis_url, decode_responses=True) as client:
        yield client


async def lost_and_built_again(redis: Redis, keys: ShardKeys, watch: Watch) -> float:
    """Empties Redis; how long until a generation is in use again, in seconds."""
    await redis.flushall()

    async def built() -> bool:
        return bool(await redis.exists(keys.current))

    took = await until(built, "another generation")
    await watch.went_on(20)
    return took / 1000


async def test_three_relays_leave_one_whole_generation_and_nothing_else(
    servers_of_one_board: list[Calls], settings: Settings, redis: Redis, sql: Sql
) -> None:
    keys = ShardKeys(settings.redis_prefix)
    with breaking(Fault.RELAYS) as row:
        async with watched("three servers", *servers_of_one_board) as watch:
            await watch.seen("REDIS")
            rounds = range(40 if FULL else 8)
            took = [await lost_and_built_again(redis, keys, watch) for _ in rounds]
            await watch.went_on()
        await tally(row, watch, sql)
        settled = await assert_consistent(sql, settings.redis_url, settings.redis_prefix)
        row.recovered(settled)
        print(
            f"built again after {quantiles(took)}; settled {settled * 1000:.0f} ms after the last"
        )
        current = cast(str, await redis.get(keys.current))
        used = {keys.current, keys.generations, keys.meta(current), keys.board(current)}
        found = cast(list[str], await redis.keys("*"))
        assert used <= set(found)
        for name in used:
            assert await redis.ttl(name) == -1, f"{name} is in use and would disappear"
        for name in set(found) - used:
            assert await redis.ttl(name) >= 0, f"{name} is of no use and would stay for ever"
        assert not watch.submit_errors


async def test_three_relays_write_no_more_than_what_moved(
    servers_of_one_board: list[Calls], settings: Settings, redis: Redis, sql: Sql
) -> None:
    with breaking(Fault.RELAYS) as row:
        async with watched("three servers", *servers_of_one_board) as watch:
            for _ in range(10 if FULL else 1):
                await watch.went_on(60)
        await tally(row, watch, sql)
        row.recovered(await assert_consistent(sql, settings.redis_url, settings.redis_prefix))
        watermark = await at(redis, settings)

        await asyncio.sleep(0.5)

        assert await at(redis, settings) == watermark


async def at(redis: Redis, settings: Settings) -> tuple[str, str | None]:
    """The generation in use and where it stands."""
    keys = ShardKeys(settings.redis_prefix)
    current = cast(str, await redis.get(keys.current))
    seq = await redis.hget(keys.meta(current), "watermark")  # pyright: ignore[reportGeneralTypeIssues]
    return current, cast(str | None, seq)
