"""A large board that Redis lost: PostgreSQL answers at once, and Redis again as soon as it can."""

import tempfile
import time
from collections.abc import Generator
from pathlib import Path
from typing import Final

import pytest
from redis.asyncio import Redis

from laurels_server.config import Settings
from laurels_server.embedded.valkey import EmbeddedValkey
from laurels_server.redis.keys import ShardKeys
from tests.calls import Calls
from tests.faults.checks import assert_consistent
from tests.faults.crowd import crowd
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.test_store_watch import quantiles, source_of, until
from tests.sql import Sql

LEARNERS: Final = 50_000 if FULL else 20_000
ENOUGH_S: Final = LEARNERS / 100_000

ROUNDS_LEAST: Final = 20 if FULL else 5
ROUNDS_MOST: Final = 50
"""On a busy machine it takes a while until one round is not disturbed."""


@pytest.fixture
def settings(settings: Settings) -> Generator[Settings]:
    """With a Valkey of our own: what is flushed here must not be missing elsewhere. No page is
    kept, so that the first one after that shows what became of it."""
    with (
        tempfile.TemporaryDirectory(prefix="laurels-faults-") as place,
        EmbeddedValkey(Path(place)) as valkey,
    ):
        update = {"redis_url": valkey.url, "log_level": "WARNING", "page_staleness_ms": 0}
        yield settings.model_copy(update=update)


async def test_a_large_board_is_built_again_at_100_000_learners_a_second(
    calls: Calls, sql: Sql, settings: Settings
) -> None:
    await crowd(sql, LEARNERS)
    await assert_consistent(sql, settings.redis_url, settings.redis_prefix, within_s=60)
    took: list[float] = []
    with breaking(Fault.FLUSHALL) as row:
        async with Redis.from_url(settings.redis_url) as redis:

            async def is_back() -> bool:
                return bool(await redis.exists(ShardKeys(settings.redis_prefix).current))

            while len(took) < ROUNDS_LEAST or (min(took) > ENOUGH_S and len(took) < ROUNDS_MOST):
                await redis.flushall()
                started = time.monotonic()
                assert await answered(calls) == "POSTGRES"
                await until(is_back, "a generation in use")
                took.append(time.monotonic() - started)
                await until(lambda: from_redis(calls), "REDIS again")
                row.saw.update(["OK from POSTGRES", "OK from REDIS"])
        row.recovered(max(took))
        row.note = f"{LEARNERS / min(took):,.0f} learners/s"

        print(f"\n{LEARNERS} learners, built again after {quantiles(took)}: at best {row.note}")
        assert min(took) <= ENOUGH_S
        await assert_consistent(sql, settings.redis_url, settings.redis_prefix)


async def answered(calls: Calls) -> str:
    """Who answers a page, which is whole whoever does."""
    page = await calls.board(page_size=10)
    assert (len(page.entries), page.total_entries) == (10, LEARNERS)
    return source_of(page)


async def from_redis(calls: Calls) -> bool:
    return await answered(calls) == "REDIS"
