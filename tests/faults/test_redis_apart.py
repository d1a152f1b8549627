"""Redis cut off, and Redis that fails over to a replica which had fallen behind."""

import statistics
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path
from typing import Final, cast

import pytest
from redis.asyncio import Redis

from laurels_server.config import Settings
from laurels_server.embedded.valkey import EmbeddedValkey
from laurels_server.redis.keys import ShardKeys
from tests.calls import Calls
from tests.faults.checks import assert_consistent
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.proxy import Proxy
from tests.faults.tally import tally
from tests.faults.test_store_watch import Watch, quantiles, source_of, until, watched
from tests.sql import Sql

HOST: Final = "127.0.0.1"

ROUNDS: Final = 8 if FULL else 3

FAILOVERS: Final = 4 if FULL else 1

FIRST_PAGE_S: Final = 0.15
"""What the page may take that finds out that Redis is away: 0.1 s, and PostgreSQL."""

NOTICED_S: Final = 1.0
"""How soon it must show that Redis has gone back."""


@pytest.fixture(scope="module")
def valkeys() -> Generator[tuple[EmbeddedValkey, EmbeddedValkey]]:
    """Two that this file may do anything to."""
    with (
        tempfile.TemporaryDirectory(prefix="laurels-faults-") as one,
        tempfile.TemporaryDirectory(prefix="laurels-faults-") as other,
        EmbeddedValkey(Path(one)) as first,
        EmbeddedValkey(Path(other)) as second,
    ):
        yield first, second


@pytest.fixture
async def front(valkeys: tuple[EmbeddedValkey, EmbeddedValkey]) -> AsyncGenerator[Proxy]:
    """What the server takes for its Redis; leads to the first Valkey."""
    async with Proxy(HOST, valkeys[0].port) as proxy:
        yield proxy


@pytest.fixture
def settings(settings: Settings, front: Proxy) -> Settings:
    return settings.model_copy(
        update={"redis_url": f"redis://{front.address}/0", "log_level": "WARNING"}
    )


async def timed_page(calls: Calls) -> float:
    """How long a page from PostgreSQL takes, in seconds."""
    started = time.monotonic()
    page = await calls.board(page_size=50)
    took = time.monotonic() - started
    assert source_of(page) == "POSTGRES"
    return took


@pytest.mark.parametrize("way", ["cut", "hang"])
async def test_cut_off_from_redis_submissions_go_on_and_pages_come_from_postgresql(
    way: str, calls: Calls, sql: Sql, settings: Settings, front: Proxy
) -> None:
    break_it: Callable[[], Awaitable[None]] = getattr(front, way)
    before: list[float] = []
    during: list[float] = []
    first: list[float] = []
    later: list[float] = []
    back: list[float] = []
    with breaking(Fault.CUT_REDIS) as row:
        async with watched(f"Redis, {way}", calls) as watch:
            for _ in range(ROUNDS):
                await watch.seen("REDIS")
                before += await submissions(watch)
                await break_it()
                first.append(await timed_page(calls))
                later += [await timed_page(calls) for _ in range(10)]
                during += await submissions(watch)
                await front.mend()
                back.append(await watch.seen("REDIS") / 1000)
        await tally(row, watch, sql)
        row.recovered(max(back))

        print(
            f"submissions before: {quantiles(before)}\nsubmissions apart: {quantiles(during)}\n"
            f"first page apart: {quantiles(first)}\nlater pages apart: {quantiles(later)}\n"
            f"REDIS again after {quantiles(back)}"
        )
        assert not watch.submit_errors
        assert not watch.read_errors
        # Half of them, for what a busy machine adds to one is not ours.
        assert statistics.median(first) <= FIRST_PAGE_S
        assert statistics.median(later) <= FIRST_PAGE_S / 3, "later readers wait for Redis too"
        await assert_consistent(sql, settings.redis_url, settings.redis_prefix)


async def submissions(watch: Watch) -> list[float]:
    """How long the next ones take, in seconds."""
    count = len(watch.latencies)
    await watch.went_on(50)
    return watch.latencies[count:]


class Copy:
    """The projection in one Valkey, whoever else reads it."""

    def __init__(self, valkey: EmbeddedValkey, settings: Settings) -> None:
        self.port = valkey.port
        self.url = valkey.url
        self.prefix = settings.redis_prefix
        self.client = Redis.from_url(valkey.url, decode_responses=True)
        self._keys = ShardKeys(self.prefix)

    async def generation(self) -> str:
        return cast(str | None, await self.client.get(self._keys.current)) or ""

    async def watermark(self) -> int:
        meta = self._keys.meta(await self.generation())
        return int(await self.client.hget(meta, "watermark") or 0)  # pyright: ignore[reportGeneralTypeIssues]

    async def follow(self, primary: "Copy", proxy: Proxy) -> None:
        """Becomes a replica, through the proxy, and catches up."""
        # Else it would wait 5 s for more of them.
        await primary.client.config_set("repl-diskless-sync-delay", 0)
        await self.client.replicaof(HOST, str(proxy.port))

        async def in_step() -> bool:
            facts = cast(dict[str, object], await self.client.info("replication"))
            return facts["master_link_status"] == "up" and await self.watermark() > 0

        await until(in_step, "the replica in step")

    async def stand_alone(self) -> None:
        await self.client.replicaof("NO", "ONE")


@pytest.fixture
async def copies(
    valkeys: tuple[EmbeddedValkey, EmbeddedValkey], settings: Settings
) -> AsyncGenerator[tuple[Copy, Copy]]:
    """Both, each on its own before and after."""
    first, second = (Copy(valkey, settings) for valkey in valkeys)
    async with first.client, second.client:
        yield first, second
        await first.stand_alone()
        await second.stand_alone()


async def nothing_more(_: Copy) -> None:
    pass


async def built_anew(primary: Copy) -> None:
    """The replica then knows a generation that the primary has long forgotten."""
    before = await primary.generation()
    await primary.client.flushall()

    async def built() -> bool:
        return await primary.generation() not in ("", before)

    await until(built, "another generation")


@pytest.mark.parametrize("meanwhile", [nothing_more, built_anew])
async def test_a_promoted_replica_that_had_fallen_behind_is_noticed_and_brought_up_to_date(
    meanwhile: Callable[[Copy], Awaitable[None]],
    calls: Calls,
    sql: Sql,
    front: Proxy,
    copies: tuple[Copy, Copy],
) -> None:
    noticed: list[float] = []
    primary, replica = copies
    with breaking(Fault.STALE_REPLICA) as row:
        async with watched("failover", calls) as watch:
            for _ in range(FAILOVERS):
                await watch.seen("REDIS")
                async with Proxy(HOST, primary.port) as link:
                    await replica.follow(primary, link)
                    await watch.went_on()
                    await link.cut()
                await watch.went_on()
                await meanwhile(primary)
                await replica.stand_alone()
                noticed.append(await led_to(replica, front, watch, sql))
                # The old primary comes back as it was; nobody has told it anything since.
                noticed.append(await led_to(primary, front, watch, sql))
        await tally(row, watch, sql)
        await assert_consistent(sql, primary.url, primary.prefix)
        row.recovered(max(noticed), within_s=NOTICED_S)
        assert not watch.submit_errors
        assert not watch.read_errors


async def led_to(copy: Copy, front: Proxy, watch: Watch, sql: Sql) -> float:
    """Leads the server to a copy that is behind; how long until that is noticed, in seconds."""
    stale, generation = await copy.watermark(), await copy.generation()
    tip: int = await sql.fetchval("SELECT max(seq) FROM xp_entries")
    assert stale < tip - 40, "it is not behind, so this proves nothing"

    async def moves() -> bool:
        return await copy.watermark() > stale

    async def is_there() -> bool:
        return await copy.watermark() >= tip

    started = time.monotonic()
    await front.aim(HOST, copy.port)
    await until(moves, "the older watermark noticed")
    noticed = time.monotonic() - started
    await until(is_there, "the gap replayed")
    replayed = time.monotonic() - started
    assert await copy.generation() == generation, "built anew where the gap would have done"
    await watch.seen("REDIS")
    await watch.went_on()
    print(
        f"\n{tip - stale} entries behind: noticed after {noticed * 1000:.0f} ms, "
        f"replayed after {replayed * 1000:.0f} ms"
    )
    return noticed
