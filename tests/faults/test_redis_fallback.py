"""While PostgreSQL answers for Redis it is not overrun, and nobody waits for Redis for long."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable
from typing import Final
from urllib.parse import urlsplit

import grpc
import pytest

from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetLeaderboardResponse
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.embedded.servers import EmbeddedServers
from tests.calls import Calls, read_refusal
from tests.faults.checks import assert_consistent
from tests.faults.crowd import crowd
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.proxy import Proxy
from tests.faults.test_store_watch import quantiles, source_of, until
from tests.sql import Sql

CROWD: Final = 50_000 if FULL else 20_000
STAMPEDE: Final = 1_000
"""As many as one connection to the server takes at the same time."""

ADMITTED: Final = 258
"""Different pages that may be under way in PostgreSQL, those that wait for their turn included."""

AT_ONCE: Final = 2

SLACK_S: Final = 0.2
"""For PostgreSQL to answer once Redis was waited for, on a busy machine."""

OWN_CONNECTION: Final = (("grpc.use_local_subchannel_pool", 1),)

BOARD_READS = """
SELECT count(*) FROM pg_stat_activity
 WHERE datname = current_database() AND application_name = 'laurels' AND state = 'active'
   AND query LIKE '%page AS MATERIALIZED%'
"""


class SlowProxy(Proxy):
    """Can pass on everything late, each way."""

    delay_s = 0.0

    async def read(self, reader: asyncio.StreamReader) -> bytes:
        """What arrived, after the delay."""
        block = await super().read(reader)
        await asyncio.sleep(self.delay_s)
        return block


@pytest.fixture
async def redis_proxy(servers: EmbeddedServers) -> AsyncGenerator[SlowProxy]:
    async with SlowProxy("127.0.0.1", servers.valkey.port) as proxy:
        yield proxy


@pytest.fixture
async def postgres_proxy(servers: EmbeddedServers) -> AsyncGenerator[Proxy]:
    async with Proxy("127.0.0.1", servers.postgres.port) as proxy:
        yield proxy


@pytest.fixture
def settings(settings: Settings, redis_proxy: Proxy, postgres_proxy: Proxy) -> Settings:
    at = urlsplit(settings.database_url)
    login, _, _ = at.netloc.rpartition("@")
    return settings.model_copy(
        update={
            "database_url": at._replace(netloc=f"{login}@{postgres_proxy.address}").geturl(),
            "redis_url": f"redis://{redis_proxy.address}/0",
            "log_level": "WARNING",
        }
    )


class Readers:
    """Pages asked for at the same time, and what became of each."""

    def __init__(self, calls: Calls) -> None:
        self.saw: Counter[str] = Counter()
        self.took: dict[str, list[float]] = {}
        self._calls = calls

    async def page(self, position: int) -> str:
        """Asks for the page of one that begins there; what became of it."""
        started = time.monotonic()
        request = GetLeaderboardRequest(start_position=position, page_size=1)
        try:
            page = await self._calls.leaderboard.GetLeaderboard(request, timeout=30)
        except grpc.aio.AioRpcError as error:
            what = error.code().name
            # In a flood of cancels a call of others now and then ends so before we have seen it.
            if what != "CANCELLED":
                refused = read_refusal(error)
                assert refused.reason in ("OVERLOADED", "STORE_UNAVAILABLE"), refused
        else:
            assert page.entries[0].position == position
            what = f"OK from {source_of(page)}"
        self.saw[what] += 1
        self.took.setdefault(what, []).append(time.monotonic() - started)
        return what

    async def all_at_once(self, positions: Iterable[int]) -> Counter[str]:
        return Counter(await asyncio.gather(*map(self.page, positions)))


async def read_from_redis(calls: Calls) -> float:
    """Waits for a page from Redis with somebody on it; milliseconds."""

    async def there() -> bool:
        page = await calls.board(page_size=1)
        return source_of(page) == "REDIS" and len(page.entries) == 1

    return await until(there, "a page from REDIS")


async def most_at_once(sql: Sql, task: "asyncio.Future[Counter[str]]") -> int:
    """How many pages PostgreSQL was seen to read at the same time until the task ended."""
    most = 0
    while not task.done():
        most = max(most, await sql.fetchval(BOARD_READS))
    return most


async def test_a_stampede_of_different_pages_is_bounded_and_the_excess_turned_away(
    calls: Calls, sql: Sql, settings: Settings, redis_proxy: Proxy
) -> None:
    await crowd(sql, CROWD)
    await assert_consistent(sql, settings.redis_url, settings.redis_prefix, within_s=60)
    readers = Readers(calls)
    with breaking(Fault.CUT_REDIS) as row:
        await redis_proxy.hang()
        assert await readers.page(1) == "OK from POSTGRES"
        stampede = asyncio.ensure_future(readers.all_at_once(range(1, STAMPEDE + 1)))
        submitting = asyncio.ensure_future(calls.submit("scout-001", "puk_u1_l1"))
        most = await most_at_once(sql, stampede)
        saw = await stampede
        assert (await submitting).xp_earned == 15
        assert await readers.page(1) == "OK from POSTGRES"
        await redis_proxy.mend()
        back = await read_from_redis(calls)
        row.saw.update(readers.saw)

        print(
            f"\n{STAMPEDE} different pages of {CROWD} learners at once: {dict(saw)}, "
            f"{most} at a time in PostgreSQL; REDIS again after {back:.0f} ms"
        )
        for what, took in readers.took.items():
            print(f"{what}: {quantiles(took)}")
        assert set(saw) == {"OK from POSTGRES", "RESOURCE_EXHAUSTED"}
        assert saw["OK from POSTGRES"] >= ADMITTED
        assert 1 <= most <= AT_ONCE


async def test_a_stampede_for_one_page_is_one_read_for_all(
    calls: Calls, sql: Sql, settings: Settings, redis_proxy: Proxy
) -> None:
    await crowd(sql, CROWD)
    await assert_consistent(sql, settings.redis_url, settings.redis_prefix, within_s=60)
    with breaking(Fault.CUT_REDIS) as row:
        await redis_proxy.hang()
        saw = await Readers(calls).all_at_once([7] * STAMPEDE)
        await redis_proxy.mend()
        row.saw.update(saw)
        assert saw == {"OK from POSTGRES": STAMPEDE}


async def test_readers_who_give_up_leave_their_room_to_others(
    app: App, calls: Calls, sql: Sql, settings: Settings, redis_proxy: Proxy
) -> None:
    await crowd(sql, CROWD)
    await assert_consistent(sql, settings.redis_url, settings.redis_prefix, within_s=60)
    with breaking(Fault.CUT_REDIS) as row:
        await redis_proxy.hang()
        readers = Readers(calls)
        assert await readers.page(1) == "OK from POSTGRES"
        for _ in range(3):
            await stampede_and_give_up(app.address)

        async def there_is_room_for_all() -> bool:
            saw = await readers.all_at_once(range(1, ADMITTED + 1))
            row.saw.update(saw)
            return saw == {"OK from POSTGRES": ADMITTED}

        await until(there_is_room_for_all, "room for as many as before")
        await redis_proxy.mend()


async def stampede_and_give_up(address: str) -> None:
    """Takes every place, over a connection of its own, and cancels all calls."""
    async with grpc.aio.insecure_channel(address, options=OWN_CONNECTION) as channel:
        readers = Readers(Calls(channel))

        async def turned_away() -> bool:
            return "RESOURCE_EXHAUSTED" in readers.saw

        stampede = [asyncio.ensure_future(readers.page(n)) for n in range(1, STAMPEDE + 1)]
        await until(turned_away, "every place is taken")
        for reader in stampede:
            reader.cancel()
        await asyncio.gather(*stampede, return_exceptions=True)


async def arriving(readers: Readers, count: int, within_s: float) -> None:
    """One reader after the other, each for a page of its own."""

    async def one(number: int) -> None:
        await asyncio.sleep(within_s * number / count)
        await readers.page(number + 1)

    await asyncio.gather(*map(one, range(count)))


async def test_readers_who_come_while_others_wait_for_a_hung_redis_wait_no_longer_than_those(
    settings: Settings, redis_proxy: Proxy
) -> None:
    with breaking(Fault.CUT_REDIS):
        patient = settings.model_copy(update={"redis_timeout_ms": 1000})
        async with App(patient) as app, grpc.aio.insecure_channel(app.address) as channel:
            await app.load_sample()
            calls = Calls(channel)
            for number in range(1, 10):
                await calls.submit(f"scout-{number:03d}", "puk_u1_l1")
            last = await calls.submit("scout-010", "puk_u1_l1")
            await calls.board(consistency_token=last.consistency_token)
            await redis_proxy.hang()
            readers = Readers(calls)
            started = time.monotonic()
            await arriving(readers, 10, within_s=0.9)
            all_took = time.monotonic() - started
            at_once = Readers(calls)
            await at_once.page(1)
            await redis_proxy.mend()

        [took] = readers.took.values()
        print(f"\nten readers within 0.9 s of a hang: {quantiles(took)}, all in {all_took:.2f} s")
        assert readers.saw == {"OK from POSTGRES": 10}
        assert all_took <= 1 + SLACK_S
        assert max(at_once.took["OK from POSTGRES"]) < SLACK_S


async def test_a_kept_page_is_not_shown_once_it_is_known_that_redis_is_away(
    settings: Settings, redis_proxy: Proxy
) -> None:
    with breaking(Fault.CUT_REDIS):
        long_kept = settings.model_copy(update={"page_staleness_ms": 500})
        async with App(long_kept) as app, grpc.aio.insecure_channel(app.address) as channel:
            await app.load_sample()
            calls = Calls(channel)
            await calls.submit("scout-001", "puk_u1_l1")
            readers = Readers(calls)
            # Again where the machine was so slow that the page got stale by itself meanwhile.
            for number in range(2, 12):
                last = await calls.submit(f"scout-{number:03d}", "puk_u1_l1")
                page = await calls.board(consistency_token=last.consistency_token)
                began = time.monotonic()
                kept = await readers.page(1)
                await redis_proxy.hang()
                saw = [await readers.page(position) for position in (1, 2, 1)]
                in_time = time.monotonic() - began < 0.5
                await redis_proxy.mend()
                if in_time and {f"OK from {source_of(page)}", kept} == {"OK from REDIS"}:
                    break
                await read_from_redis(calls)
            else:
                pytest.fail("never quick enough to prove anything")
            assert saw == ["OK from REDIS", "OK from POSTGRES", "OK from POSTGRES"]


async def test_a_redis_that_is_slow_at_every_step_costs_a_reader_no_more_than_its_timeout(
    settings: Settings, redis_proxy: SlowProxy
) -> None:
    """Connecting takes several steps; each is quick enough, all together are not."""
    with breaking(Fault.CUT_REDIS):
        patient = settings.model_copy(update={"redis_timeout_ms": 400})
        async with App(patient) as app, grpc.aio.insecure_channel(app.address) as channel:
            await app.load_sample()
            calls = Calls(channel)
            await calls.submit("scout-001", "puk_u1_l1")
            await read_from_redis(calls)
            redis_proxy.delay_s = 0.1
            readers = Readers(calls)
            saw = await readers.all_at_once([1] * 5)
            redis_proxy.delay_s = 0

        took = [each for those in readers.took.values() for each in those]
        print(f"\n{dict(saw)} from a Redis that answers after 0.2 s: {quantiles(took)}")
        assert set(saw) <= {"OK from REDIS", "OK from POSTGRES"}
        assert max(took) <= 0.4 + SLACK_S


@pytest.mark.parametrize("source", ["REDIS", "POSTGRES"])
async def test_with_both_away_whichever_comes_back_first_answers(
    source: str, calls: Calls, sql: Sql, redis_proxy: Proxy, postgres_proxy: Proxy
) -> None:
    first, second = redis_proxy, postgres_proxy
    if source == "POSTGRES":
        first, second = second, first
    for number in range(1, 5):
        await calls.submit(f"scout-{number:03d}", "puk_u1_l1")
    last = await calls.submit("scout-005", "puk_u1_l1")
    whole = (await calls.board(consistency_token=last.consistency_token)).entries
    await read_from_redis(calls)
    readers = Readers(calls)
    page = GetLeaderboardResponse()

    async def answered() -> bool:
        nonlocal page
        if await readers.page(1) != f"OK from {source}":
            return False
        page = await calls.board()
        return source_of(page) == source

    async def nobody_answers() -> bool:
        return await readers.page(1) == "UNAVAILABLE"

    with breaking(Fault.CUT_REDIS) as row:
        await redis_proxy.cut()
        await postgres_proxy.cut()
        await until(nobody_answers, "what was kept is stale, and nobody answers")
        await first.mend()
        back = await until(answered, f"a page from {source}")
        await second.mend()
        row.recovered(await read_from_redis(calls) / 1000)
        row.saw.update(readers.saw)

        print(f"\n{source} alone answers {back:.0f} ms after it came back")
        assert len(page.entries) == 5
        assert page.entries == whole
