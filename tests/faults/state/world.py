"""The real thing, on the real PostgreSQL and Valkey, without the tasks that would run it.

Two servers' worth of parts over one database and one Redis. Nothing moves unless it is told to:
each call is awaited to its end before the next.
"""

import asyncio
from collections.abc import Awaitable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar, cast
from urllib.parse import urlsplit

import asyncpg
from redis.asyncio import Redis

from laurels_server.app import open_database
from laurels_server.config import Settings
from laurels_server.domain.catalog import Level
from laurels_server.domain.standings import Place
from laurels_server.postgres.database import Database
from laurels_server.redis.boards import Boards
from laurels_server.redis.connection import ProjectionAway, connect
from laurels_server.redis.keys import ShardKeys
from laurels_server.usecases.accounts import Accounts
from laurels_server.usecases.booking import Booking
from laurels_server.usecases.catalog import Levels
from laurels_server.usecases.fallback import Breaker
from laurels_server.usecases.leaderboard import Leaderboard
from laurels_server.usecases.learners import Learners
from laurels_server.usecases.names import Names
from laurels_server.usecases.relay import Relay
from tests.faults.state.deliveries import Deliveries, Delivery, Letter, Part
from tests.faults.state.model import in_order

T = TypeVar("T")

SERVERS: Final = ("a", "b")

_REDIS_NUMBER: Final = 7
"""The database of the Valkey that is emptied at will; the other tests use 0."""

_PATIENT_MS: Final = 5_000
"""How long Redis may take: on a busy machine that must not look like a fault."""


class Server:
    """What one server is made of."""

    def __init__(
        self,
        database: Database,
        client: Redis,
        prefix: str,
        letters: list[Letter],
        parts: list[Part],
    ) -> None:
        self.projection = Deliveries(client, prefix, letters, parts)
        self.breaker = Breaker()
        self.relay = Relay(database, self.projection, self.breaker)
        names = Names(database)
        self.booking = Booking(database, self.relay.wake)
        self.accounts = Accounts(database, self.relay.wake)
        self.learners = Learners(database, names, self.relay)
        self.levels = Levels(database)
        self.boards = Boards(client, prefix, timeout_ms=_PATIENT_MS)
        self.leaderboard = Leaderboard(database, self.boards, self.breaker, names, self.relay)

    async def step(self, delivery: Delivery) -> bool | None:
        """What `Relay.run` does with one step. True when more waits, None when Redis was away."""
        self.projection.next = delivery
        try:
            more = await self.relay.step()
        except ProjectionAway:
            self.breaker.open()
            return None
        finally:
            self.projection.next = Delivery.ON_TIME
        if not more and self.breaker.is_open:
            # Readers come back once one of them would be answered.
            await self.boards.page_from(0, 1)
            self.breaker.close()
        return more


@dataclass(frozen=True, slots=True)
class Stored:
    """The generation that readers use as it lies in Redis, best place first."""

    name: str
    watermark: int
    as_of: int
    places: Sequence[Place]


class World:
    """Both servers, and a look behind their backs. Has an event loop of its own."""

    def __init__(self, settings: Settings) -> None:
        self._runner = asyncio.Runner(loop_factory=asyncio.new_event_loop)
        self._prefix = settings.redis_prefix
        url = urlsplit(settings.redis_url)._replace(path=f"/{_REDIS_NUMBER}").geturl()
        self.keys = ShardKeys(self._prefix)
        self.redis = connect(url, timeout_ms=_PATIENT_MS, connections=4)
        self._undecoded = Redis.from_url(url)
        self.database = open_database(settings)
        self.sql = self.run(asyncpg.connect(settings.database_url))
        self.letters: list[Letter] = []
        self.parts: list[Part] = []
        self.servers: dict[str, Server] = {}

    def run(self, work: Awaitable[T]) -> T:
        """What `work` returns or raises."""

        async def awaited() -> T:
            return await work

        return self._runner.run(awaited())

    def begin(self, levels: Sequence[Level]) -> None:
        """Everything anew: an empty database and Redis, servers that remember nothing."""
        self.run(self._begin(levels))

    def close(self) -> None:
        """Lets go of everything."""
        self.run(self._close())
        self._runner.close()

    async def _begin(self, levels: Sequence[Level]) -> None:
        await self.sql.execute("""
            TRUNCATE users, group_members, levels, progress, submissions, xp_entries
                     RESTART IDENTITY;
            UPDATE catalog SET version = 0;""")
        await self.redis.flushdb()
        self.letters = []
        self.parts = []
        self.servers = {
            name: Server(self.database, self.redis, self._prefix, self.letters, self.parts)
            for name in SERVERS
        }
        await self.servers["a"].levels.upsert(
            [(level.level_id, lambda _, level=level: level) for level in levels],
            validate_only=False,
        )

    async def _close(self) -> None:
        await self.sql.close()
        await self.redis.aclose()
        await self._undecoded.aclose()
        await self.database.close()

    async def stored(self) -> Stored | None:
        """The generation in use; None when there is none."""
        name = cast(str | None, await self.redis.get(self.keys.current))
        if name is None:
            return None
        async with self.redis.pipeline() as pipeline:
            pipeline.hgetall(self.keys.meta(name))
            pipeline.zrange(self.keys.board(name), 0, -1, withscores=True)
            answers = await pipeline.execute()
        meta = cast(dict[str, str], answers[0])
        members = cast(list[tuple[str, float]], answers[1])
        places = in_order(Place(int(score), int(member)) for member, score in members)
        return Stored(name, int(meta["watermark"]), int(meta["as_of"]), places)

    async def everything(self) -> dict[str, tuple[bytes, bool]]:
        """All keys in Redis: what is there, and whether it disappears by itself."""
        names = cast(list[str], await self.redis.keys("*"))
        return {
            name: (
                cast(bytes, await self._undecoded.dump(name)),
                await self.redis.ttl(name) >= 0,
            )
            for name in sorted(names)
        }
