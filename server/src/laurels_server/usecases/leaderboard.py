"""Answers leaderboards from Redis, or from PostgreSQL when Redis cannot."""

import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from laurels_server.domain.errors import (
    InvalidConsistencyToken,
    LearnerNotFound,
    StoreUnavailable,
)
from laurels_server.domain.ledger import LEDGER_START, LedgerPoint
from laurels_server.domain.standings import Entry, Page, Place, Source, Standing, number, percentile
from laurels_server.logging import log
from laurels_server.metrics import BOARD_READS
from laurels_server.postgres import boards as fresh
from laurels_server.postgres import feed
from laurels_server.postgres.database import Database
from laurels_server.redis.boards import Boards, Run, Surroundings
from laurels_server.redis.connection import ProjectionAway
from laurels_server.usecases.fallback import Breaker, Flights
from laurels_server.usecases.names import Names
from laurels_server.usecases.relay import Relay
from laurels_server.usecases.transactions import found

T = TypeVar("T")

_CATCH_UP_S = 0.25
"""How long a read waits for Redis to include a consistency token before PostgreSQL answers."""

_LOOK_AGAIN_S = 0.02
"""Meanwhile, how often it looks whether another process has moved the projection."""

_READS_AT_ONCE = 2
"""Boards that PostgreSQL reads at the same time; the relay and other reads share its
connections."""

_READS_WAITING_MOST = 256
"""Different reads that may wait for their turn; more are Overloaded."""

_IN_STEP = BOARD_READS.labels("REDIS", "in_step")
_BREAKER_OPEN = BOARD_READS.labels("POSTGRES", "breaker_open")
_REDIS_FAILED = BOARD_READS.labels("POSTGRES", "redis_failed")
_BEHIND = BOARD_READS.labels("POSTGRES", "behind")
_DIFFERS = BOARD_READS.labels("POSTGRES", "differs")


class Leaderboard:
    """Reads of the all-time board."""

    def __init__(
        self, database: Database, boards: Boards, breaker: Breaker, names: Names, relay: Relay
    ) -> None:
        self._database = database
        self._boards = boards
        self._breaker = breaker
        self._names = names
        self._relay = relay
        self._flights = Flights(at_once=_READS_AT_ONCE, waiting_most=_READS_WAITING_MOST)

    async def page(self, start: Place | int, size: int, include: LedgerPoint | None) -> Page:
        """A page right after a place, or after that many places, with all up to `include` in it.

        Raises InvalidConsistencyToken when the ledger does not reach `include`.
        """
        await self._require(include)
        run = await self._from_redis(
            include, lambda: self._run(start, size), lambda run: run.moment.watermark
        )
        if run is not None:
            if (page := await self._page(run)) is not None:
                _IN_STEP.inc()
                return page
            _DIFFERS.inc()
        return await self._flights.share(
            (start, size),
            lambda: found(
                self._database,
                lambda connection: (
                    fresh.page_after(connection, start, size)
                    if isinstance(start, Place)
                    else fresh.page_from(connection, start, size)
                ),
            ),
        )

    async def standing(self, user_id: str, neighbors: int, include: LedgerPoint | None) -> Standing:
        """A learner's place; raises LearnerNotFound or InvalidConsistencyToken."""
        await self._require(include)
        key = await self._names.key_of(user_id)
        surroundings = await self._from_redis(
            include,
            lambda: self._boards.standing(key, neighbors),
            lambda around: around.run.moment.watermark,
        )
        if surroundings is not None:
            standing = await self._standing(surroundings, key)
            if standing is not None and standing.entry.name.user_id == user_id:
                _IN_STEP.inc()
                return standing
            _DIFFERS.inc()
            self._names.forget_key(user_id)
        answer = await self._flights.share(
            (user_id, neighbors),
            lambda: found(
                self._database, lambda connection: fresh.standing(connection, user_id, neighbors)
            ),
        )
        if answer is None:
            raise LearnerNotFound(user_id)
        return answer

    async def _from_redis(
        self,
        include: LedgerPoint | None,
        read: Callable[[], Awaitable[T]],
        watermark: Callable[[T], int],
    ) -> T | None:
        """What Redis answers; None when PostgreSQL has to."""
        if self._breaker.is_open:
            _BREAKER_OPEN.inc()
            return None
        try:
            answer = await self._including(include, read, watermark)
        except ProjectionAway as away:
            _REDIS_FAILED.inc()
            log.debug("read_from_postgres", because=str(away))
            self._breaker.open()
            self._relay.wake()
            return None
        if answer is None:
            _BEHIND.inc()
        return answer

    async def _including(
        self,
        include: LedgerPoint | None,
        read: Callable[[], Awaitable[T]],
        watermark: Callable[[T], int],
    ) -> T | None:
        """What Redis answers once it includes the point; None when that takes too long."""
        until = time.monotonic() + _CATCH_UP_S
        while True:
            answer = await read()
            if include is None or watermark(answer) >= include.seq:
                return answer
            if time.monotonic() >= until:
                return None
            self._relay.wake()
            await self._relay.moved(_LOOK_AGAIN_S)

    async def _run(self, start: Place | int, size: int) -> Run:
        if isinstance(start, Place):
            return await self._boards.page_after(start, size)
        return await self._boards.page_from(start, size)

    async def _entries(self, run: Run) -> list[Entry] | None:
        """The entries of a run; None when PostgreSQL does not know all of its learners."""
        names = await self._names.of([place.learner_key for place in run.places])
        if names is None:
            return None
        rows = zip((place.rank_key for place in run.places), names, strict=True)
        return number(rows, skipped=run.skipped, better_than_first=run.better)

    async def _page(self, run: Run) -> Page | None:
        entries = await self._entries(run)
        if entries is None:
            return None
        more = run.skipped + len(run.places) < run.moment.total
        return Page(
            entries=entries,
            next_after=run.places[-1] if run.places and more else None,
            total_entries=run.moment.total,
            source=Source.REDIS,
            as_of=run.moment.as_of,
        )

    async def _standing(self, around: Surroundings, key: int) -> Standing | None:
        run = around.run
        if around.index is None:
            return await self._absence(run, key)
        entries = await self._entries(run)
        if entries is None:
            return None
        return Standing(
            entry=entries[around.index],
            placed=True,
            percentile=percentile(around.lesser, run.moment.total),
            total_entries=run.moment.total,
            above=entries[: around.index],
            below=entries[around.index + 1 :],
            source=Source.REDIS,
            as_of=run.moment.as_of,
        )

    async def _absence(self, run: Run, key: int) -> Standing | None:
        """A learner who holds no place in Redis; None when they do by now."""
        entry = await found(self._database, lambda connection: fresh.absent(connection, key))
        if entry is None:
            return None
        return Standing(
            entry=entry,
            placed=False,
            percentile=0.0,
            total_entries=run.moment.total,
            above=(),
            below=(),
            source=Source.REDIS,
            as_of=run.moment.as_of,
        )

    async def _require(self, include: LedgerPoint | None) -> None:
        """Raises InvalidConsistencyToken unless this ledger has just that point.

        Its time is compared too: after a restore, other things happen under the same numbers.
        With PostgreSQL away nobody can tell, and Redis answers if it has come that far.
        """
        if include is None or include == LEDGER_START:
            return
        try:
            recorded_at = await found(
                self._database, lambda connection: feed.recorded_at(connection, include.seq)
            )
        except StoreUnavailable:
            return
        if recorded_at != include.recorded_at:
            raise InvalidConsistencyToken(
                "the consistency token names a moment that this ledger has not reached"
            )
