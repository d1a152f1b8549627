"""What the guarantee's speeds are compared with: the least that anyone would have to do."""

import time
from collections.abc import Iterable

import asyncpg
from redis.asyncio import Redis

from bench.stores import Store

_SCRATCH = "bench:copy"
_MEMBERS = 1000
"""In one ZADD, as in Laurels."""

_ZADDS = 10
"""In one pipeline."""

_PATIENCE_S = 900.0

_PLACED = """
    SELECT learner_key, rank_key FROM users WHERE visibility = 'VISIBLE' AND total_xp > 0
"""

_SUMS = """
    SELECT count(*) FILTER (WHERE u.total_xp IS DISTINCT FROM e.booked) AS wrong
      FROM users u
      FULL JOIN (SELECT learner_key, sum(amount) AS booked FROM xp_entries GROUP BY learner_key)
           AS e USING (learner_key)
"""


async def bare_copy(store: Store) -> tuple[int, float]:
    """COPY every placed learner out and ZADD them, pipelined: how many, and the seconds."""
    connection = await asyncpg.connect(store.database_url)
    redis = Redis.from_url(store.redis_url)
    try:
        adder = _Adder(redis)
        started = time.monotonic()
        await connection.copy_from_query(_PLACED, output=adder.take, timeout=_PATIENCE_S)
        await adder.finish()
        seconds = time.monotonic() - started
        members = int(await redis.zcard(_SCRATCH))
        await redis.unlink(_SCRATCH)
    finally:
        await redis.aclose()
        await connection.close()
    return members, seconds


async def plain_sums(store: Store) -> float:
    """Sum every learner's entries in one statement; the seconds."""
    connection = await asyncpg.connect(store.database_url)
    try:
        started = time.monotonic()
        await connection.fetchval(_SUMS, timeout=_PATIENCE_S)
        return time.monotonic() - started
    finally:
        await connection.close()


class _Adder:
    """Takes the text of a COPY as it comes, and adds its lines by the thousand."""

    def __init__(self, redis: Redis) -> None:
        self._redis = redis
        self._rest = b""
        self._lines: list[bytes] = []

    async def take(self, data: bytes) -> None:
        *lines, self._rest = (self._rest + data).split(b"\n")
        self._lines += lines
        while len(self._lines) >= _MEMBERS * _ZADDS:
            await self._add(self._lines[: _MEMBERS * _ZADDS])
            del self._lines[: _MEMBERS * _ZADDS]

    async def finish(self) -> None:
        await self._add(self._lines)

    async def _add(self, lines: list[bytes]) -> None:
        async with self._redis.pipeline(transaction=False) as pipeline:
            for begin in range(0, len(lines), _MEMBERS):
                pipeline.zadd(_SCRATCH, _scores(lines[begin : begin + _MEMBERS]))
            await pipeline.execute()


def _scores(lines: Iterable[bytes]) -> dict[bytes, bytes]:
    pairs = (line.split(b"\t") for line in lines)
    return {key.zfill(19): rank_key for key, rank_key in pairs}
