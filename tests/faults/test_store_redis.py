"""Redis stopped, frozen, emptied, damaged or locked: nobody's submission or page suffers."""

import asyncio
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from datetime import UTC
from pathlib import Path
from typing import cast

import pytest
from redis.asyncio import Redis

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_UNSPECIFIED,
    GetLeaderboardResponse,
    GetStandingRequest,
    GetStandingResponse,
)
from laurels_server.app import App
from laurels_server.config import ConfigError, Settings
from laurels_server.embedded.valkey import EmbeddedValkey
from laurels_server.redis.keys import ShardKeys
from tests.calls import Calls
from tests.faults.checks import assert_consistent
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.tally import tally
from tests.faults.test_store_watch import Watch, quantiles, source_of, until, watched
from tests.sql import Sql


@pytest.fixture(scope="module")
def valkey_folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="laurels-faults-") as place:
        yield Path(place)


@pytest.fixture(scope="module")
def lasting_valkey(valkey_folder: Path) -> Generator[EmbeddedValkey]:
    with EmbeddedValkey(valkey_folder) as server:
        yield server


@pytest.fixture
def valkey(lasting_valkey: EmbeddedValkey) -> Generator[EmbeddedValkey]:
    """A Valkey that this test may do anything to; it runs again afterwards."""
    lasting_valkey.start()
    yield lasting_valkey
    lasting_valkey.start()
    lasting_valkey.resume()


@pytest.fixture
def settings(settings: Settings, valkey: EmbeddedValkey) -> Settings:
    return settings.model_copy(update={"redis_url": valkey.url, "log_level": "WARNING"})


@pytest.fixture
async def redis(settings: Settings) -> AsyncGenerator[Redis]:
    async with Redis.from_url(settings.redis_url) as client:
        yield client


@pytest.fixture
def keys(settings: Settings) -> ShardKeys:
    return ShardKeys(settings.redis_prefix)


async def generation(redis: Redis, keys: ShardKeys) -> str:
    name = cast(bytes | None, await redis.get(keys.current))
    return (name or b"").decode()


async def settled(sql: Sql, settings: Settings) -> float:
    """Waits until Redis shows what PostgreSQL holds; milliseconds."""
    return await assert_consistent(sql, settings.redis_url, settings.redis_prefix) * 1000


async def leftovers(redis: Redis, keys: ShardKeys) -> list[str]:
    """Keys that belong to no generation in use and will not go by themselves."""
    current = await generation(redis, keys)
    used = {keys.current, keys.generations, keys.meta(current), keys.board(current)}
    found = cast(list[bytes], await redis.keys(f"{keys.root}:*"))
    names = [name.decode() for name in found]
    return [name for name in names if name not in used and await redis.ttl(name) == -1]


def start_empty(valkey: EmbeddedValkey, folder: Path) -> None:
    for path in (folder / "valkey").iterdir():
        shutil.rmtree(path) if path.is_dir() else path.unlink()
    valkey.start()


async def everything(calls: Calls) -> tuple[str, list[object]]:
    """Every page of a walk and every learner's standing; and who answered them."""
    walk: list[GetLeaderboardResponse] = [await calls.board(page_size=7)]
    while walk[-1].next_page_token:
        walk.append(await calls.board(page_size=7, page_token=walk[-1].next_page_token))
    walk += [await calls.board(page_size=5, start_position=position) for position in (2, 11, 99)]
    standings: list[GetStandingResponse] = [
        await calls.leaderboard.GetStanding(
            GetStandingRequest(user_id=f"scout-{number:03d}", neighbors=3)
        )
        for number in range(1, 33)
    ]
    sources = {source_of(page) for page in walk}
    # Who has no place is always told by PostgreSQL.
    sources |= {source_of(standing) for standing in standings if standing.placed}
    answers: list[object] = []
    for answer in (*walk, *standings):
        answer.source = LEADERBOARD_SOURCE_UNSPECIFIED
        answer.ClearField("as_of")
        answers.append(answer)
    return "+".join(sorted(sources)), answers


async def test_without_redis_pages_and_standings_are_the_same_from_postgresql(
    calls: Calls, sql: Sql, settings: Settings, valkey: EmbeddedValkey, valkey_folder: Path
) -> None:
    for number in range(1, 31):  # 30 learners on 4 totals, so most are tied
        for level in range(1, number % 4 + 2):
            await calls.submit(f"scout-{number:03d}", f"puk_u1_l{level}")
    await settled(sql, settings)
    source, before = await everything(calls)
    assert source == "REDIS"

    await asyncio.to_thread(valkey.stop)
    source, without = await everything(calls)
    assert source == "POSTGRES"
    assert without == before

    await asyncio.to_thread(start_empty, valkey, valkey_folder)

    async def back() -> bool:
        source, again = await everything(calls)
        assert again == before  # whoever answers
        return source == "REDIS"

    print(f"\nstarted empty: all from REDIS again after {await until(back, 'REDIS again'):.0f} ms")
    await settled(sql, settings)


async def test_redis_stops_and_starts_again_empty_under_load(
    calls: Calls, sql: Sql, settings: Settings, valkey: EmbeddedValkey, valkey_folder: Path
) -> None:
    with breaking(Fault.REDIS_EMPTY) as row:
        async with watched("stopped", calls) as watch:
            for _ in range(8 if FULL else 1):
                await watch.seen("REDIS")
                await asyncio.to_thread(valkey.stop)
                away = await watch.seen("POSTGRES")
                await watch.went_on()
                await asyncio.to_thread(start_empty, valkey, valkey_folder)
                back = await watch.seen("REDIS")
                await watch.went_on()
                print(f"POSTGRES after {away:.0f} ms, REDIS after {back:.0f} ms")
                row.recovered(back / 1000)
        await tally(row, watch, sql)

        await settled(sql, settings)


Damage = Callable[[Redis, ShardKeys], Awaitable[object]]


async def flush_all(redis: Redis, _: ShardKeys) -> None:
    await redis.flushall()


async def delete_the_board(redis: Redis, keys: ShardKeys) -> None:
    assert await redis.delete(keys.board(await generation(redis, keys)))


async def remove_a_member(redis: Redis, keys: ShardKeys) -> None:
    assert await redis.zpopmax(keys.board(await generation(redis, keys)))


async def delete_the_pointer(redis: Redis, keys: ShardKeys) -> None:
    assert await redis.delete(keys.current)


async def delete_the_watermark(redis: Redis, keys: ShardKeys) -> None:
    assert await redis.delete(keys.meta(await generation(redis, keys)))


@pytest.mark.parametrize(
    "damage",
    [flush_all, delete_the_board, remove_a_member, delete_the_pointer, delete_the_watermark],
)
async def test_damage_under_load_is_never_shown_and_is_mended(
    damage: Damage, calls: Calls, sql: Sql, settings: Settings, redis: Redis
) -> None:
    keys = ShardKeys(settings.redis_prefix)
    with breaking(Fault.FLUSHALL) as row:  # the others do less
        async with watched(damage.__name__, calls) as watch:
            await watch.seen("REDIS")
            await watch.went_on()
            rounds = range(12 if FULL else 3)
            took = [await damaged(damage, watch, redis, keys) for _ in rounds]
            await watch.went_on()
        await tally(row, watch, sql)
        row.recovered(max(took))

        print(f"another generation in use after {quantiles(took)}")
        await settled(sql, settings)
        assert await leftovers(redis, keys) == []


async def damaged(damage: Damage, watch: Watch, redis: Redis, keys: ShardKeys) -> float:
    """Does damage; how long until another generation is in use, in seconds."""
    before = await generation(redis, keys)
    await damage(redis, keys)
    took = await until(lambda: mended(redis, keys, before), "another generation")
    await watch.seen("REDIS")
    return took / 1000


async def mended(redis: Redis, keys: ShardKeys, before: str) -> bool:
    return await generation(redis, keys) not in ("", before)


async def test_an_older_copy_of_redis_is_noticed_and_the_gap_replayed(
    calls: Calls, sql: Sql, settings: Settings, redis: Redis, keys: ShardKeys
) -> None:
    async with watched("older copy", calls) as watch:
        await watch.went_on()
        await watch.seen("REDIS")
        before = await generation(redis, keys)
        took = [await set_back(watch, redis, keys) for _ in range(3)]
        await watch.went_on()

    print(f"gap replayed after {quantiles(took)}")
    assert await generation(redis, keys) == before
    await settled(sql, settings)


async def set_back(watch: Watch, redis: Redis, keys: ShardKeys) -> float:
    """Puts an older copy in place; how long until the gap is replayed, in seconds."""
    copy = await dumped(redis, keys)
    await watch.went_on()
    newest = await watermark(redis, keys)
    await restored(redis, copy)
    took = await until(lambda: reached(redis, keys, newest), "the gap replayed")
    await watch.went_on(10)
    return took / 1000


async def test_an_older_copy_is_brought_up_to_date_though_nobody_submits(
    calls: Calls, sql: Sql, settings: Settings, redis: Redis, keys: ShardKeys
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await settled(sql, settings)
    copy = await dumped(redis, keys)
    last = await calls.submit("scout-002", "puk_u1_l1")
    await settled(sql, settings)

    await restored(redis, copy)
    page = await calls.board(consistency_token=last.consistency_token)

    assert [entry.user_id for entry in page.entries] == ["scout-002", "scout-001"]
    await settled(sql, settings)


async def test_an_older_pointer_to_a_generation_long_freed_is_mended(
    calls: Calls, sql: Sql, settings: Settings, redis: Redis, keys: ShardKeys
) -> None:
    async with watched("older pointer", calls) as watch:
        await watch.seen("REDIS")
        await redis.set(keys.current, "0123456789abcdef")
        await until(lambda: mended(redis, keys, "0123456789abcdef"), "another generation")
        await watch.seen("REDIS")
        await watch.went_on()

    await settled(sql, settings)
    assert await leftovers(redis, keys) == []


Copy = dict[str, bytes]


async def dumped(redis: Redis, keys: ShardKeys) -> Copy:
    """The keys of the generation in use, as one moment."""
    current = await generation(redis, keys)
    names = [keys.current, keys.meta(current), keys.board(current)]
    async with redis.pipeline(transaction=True) as pipeline:
        for name in names:
            pipeline.dump(name)
        values = await pipeline.execute()
    return dict(zip(names, values, strict=True))


async def restored(redis: Redis, copy: Copy) -> None:
    async with redis.pipeline(transaction=True) as pipeline:
        for name, value in copy.items():
            pipeline.restore(name, 0, value, replace=True)
        await pipeline.execute()


async def watermark(redis: Redis, keys: ShardKeys) -> int:
    return int(await redis.hget(keys.meta(await generation(redis, keys)), "watermark") or 0)  # pyright: ignore[reportGeneralTypeIssues]


async def reached(redis: Redis, keys: ShardKeys, seq: int) -> bool:
    return await watermark(redis, keys) >= seq


async def test_a_frozen_redis_leaves_submissions_alone_and_pages_come_from_postgresql(
    calls: Calls, sql: Sql, settings: Settings, valkey: EmbeddedValkey
) -> None:
    with breaking(Fault.STOP_REDIS) as row:
        async with watched("frozen", calls) as watch:
            await watch.seen("REDIS")
            await watch.went_on(100)
            before = len(watch.latencies)
            valkey.pause()
            started = time.monotonic()
            first = await calls.board(page_size=50)
            took = (time.monotonic() - started) * 1000
            for _ in range(5 if FULL else 1):
                await watch.went_on(200)
            during = len(watch.latencies)
            frozen_pages = await timed_pages(calls, 10)
            valkey.resume()
            back = await watch.seen("REDIS")
            await watch.went_on()
        await tally(row, watch, sql)
        row.recovered(back / 1000)
        row.note = f"first page {took:.0f} ms"

        print(
            f"submissions before: {quantiles(watch.latencies[:before])}\n"
            f"submissions frozen: {quantiles(watch.latencies[before:during])}\n"
            f"first page {source_of(first)} after {took:.0f} ms; pages frozen: {frozen_pages}\n"
            f"REDIS {back:.0f} ms after it went on"
        )
        assert source_of(first) == "POSTGRES"
        assert not watch.submit_errors
        await settled(sql, settings)


async def timed_pages(calls: Calls, count: int) -> str:
    took: list[float] = []
    for _ in range(count):
        started = time.monotonic()
        await calls.board(page_size=50)
        took.append(time.monotonic() - started)
    return quantiles(took)


async def test_a_page_says_how_old_it_is_even_if_redis_froze_in_between(
    calls: Calls, sql: Sql, settings: Settings, valkey: EmbeddedValkey
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await settled(sql, settings)

    valkey.pause()
    slow = asyncio.create_task(calls.board())
    await asyncio.sleep(0.02)
    newer = await calls.submit("scout-002", "puk_u1_l1")
    booked = await sql.fetchval("SELECT clock_timestamp()")
    valkey.resume()
    page = await slow

    if newer.user_id not in {entry.user_id for entry in page.entries}:
        assert page.as_of.ToDatetime(tzinfo=UTC) < booked


async def test_a_wrong_or_missing_password_is_told_at_start_without_repeating_it(
    settings: Settings, redis: Redis, valkey: EmbeddedValkey
) -> None:
    await redis.config_set("requirepass", "of-the-server")
    try:
        for login in ("", ":of-somebody-else@", "nobody:of-somebody-else@"):
            url = valkey.url.replace("redis://", f"redis://{login}")
            with pytest.raises(ConfigError, match="LAURELS_REDIS_URL is refused") as refused:
                async with App(settings.model_copy(update={"redis_url": url})):
                    pass
            assert "of-" not in str(refused.value)
        right = valkey.url.replace("redis://", "redis://:of-the-server@")
        async with App(settings.model_copy(update={"redis_url": right})) as running:
            await until(lambda: has_projection(running), "a projection")
    finally:
        await redis.config_set("requirepass", "")


async def has_projection(app: App) -> bool:
    return bool(await app.projection.current_name())


async def test_a_password_set_while_it_runs_is_as_if_redis_were_away(
    calls: Calls, sql: Sql, settings: Settings, redis: Redis
) -> None:
    async with watched("password", calls) as watch:
        await watch.seen("REDIS")
        await redis.config_set("requirepass", "new")
        await redis.client_kill_filter(_type="normal", skipme=True)
        await watch.seen("POSTGRES")
        await watch.went_on()
        await redis.config_set("requirepass", "")
        await watch.seen("REDIS")

    assert not watch.submit_errors
    await settled(sql, settings)
