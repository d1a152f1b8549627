"""Answers leaderboards from Redis, or from PostgreSQL when Redis cannot."""

import time
from collections.abc import Callable

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
from laurels_server.redis import boards as asks
from laurels_server.redis.boards import Ask, Boards, Run
from laurels_server.redis.connection import ProjectionAway
from laurels_server.usecases.fallback import Breaker, Flights
from laurels_server.usecases.gathering import Gathered
from laurels_server.usecases.names import Names
from laurels_server.usecases.pages import Found, Key, Pages
from laurels_server.usecases.relay import Relay
from laurels_server.usecases.transactions import found

_CATCH_UP_S = 0.25
"""How long a read waits for Redis to include a consistency token before PostgreSQL answers."""

_LOOK_AGAIN_S = 0.02
"""Meanwhile, how often it looks whether another process has moved the projection."""

_READS_AT_ONCE = 2
"""Boards that PostgreSQL reads at the same time; the relay and other reads share its
connections."""

_READS_WAITING_MOST = 256
"""Different reads that may wait for their turn; more are Overloaded."""

READS_MOST = 3
"""Calls of Redis under way for readers at most; one, unless it is slow."""

_REST_S = 0.0005
_REST_MOST_S = 0.006
"""What a call of Redis for several readers keeps the next one waiting, for each and in all."""

_ENTRIES_MOST = 2_000
"""Entries that one call of Redis answers, about: it blocks Redis for well under 10 ms."""

_IN_STEP = BOARD_READS.labels("REDIS", "in_step")
_BREAKER_OPEN = BOARD_READS.labels("POSTGRES", "breaker_open")
_REDIS_FAILED = BOARD_READS.labels("POSTGRES", "redis_failed")
_BEHIND = BOARD_READS.labels("POSTGRES", "behind")
_DIFFERS = BOARD_READS.labels("POSTGRES", "differs")


class _Unanswered(Exception):
    """Redis cannot answer; PostgreSQL has to."""

    def __init__(self, count: Callable[[], object]) -> None:
        """`count` counts a reader for whom it is so."""
        super().__init__()
        self.count = count


def watermark(answer: Run) -> int:
    """The seq of the ledger up to which Redis was complete."""
    return answer.moment.watermark


class Leaderboard:
    """Reads of the all-time board."""

    def __init__(
        self,
        database: Database,
        boards: Boards,
        breaker: Breaker,
        names: Names,
        relay: Relay,
        *,
        pages: Pages | None = None,
    ) -> None:
        """`pages` keeps what many ask for; without it, none is shown twice."""
        self._database = database
        self._breaker = breaker
        self._names = names
        self._relay = relay
        self._pages = pages or Pages()
        self._reads: Gathered[Ask, Run] = Gathered(
            boards.read,
            turn_s=boards.timeout_s / 2,
            calls_most=READS_MOST,
            weigh=asks.entries_of,
            weight_most=_ENTRIES_MOST,
            rest_s=_REST_S,
            rest_most_s=_REST_MOST_S,
        )
        self._flights = Flights(at_once=_READS_AT_ONCE, waiting_most=_READS_WAITING_MOST)

    def kept(self, start: Place | int, size: int) -> Page | None:
        """A page that is at hand and need not be read anew yet."""
        answer = self._pages.at_hand((start, size))
        if answer is None:
            return None
        answer.count()
        return answer.page

    async def page(self, start: Place | int, size: int, include: LedgerPoint | None) -> Page:
        """A page right after a place, or after that many places, with all up to `include` in it.

        Raises InvalidConsistencyToken when the ledger does not reach `include`.
        """
        key = (start, size)
        if include is None:
            answer = await self._pages.get(key, lambda: self._read_page(key, None))
        else:
            await self._require(include)
            answer = self._pages.including(key, include.seq)
            if answer is None:
                answer = await self._read_page(key, include)
        answer.count()
        if answer.page is not None:
            return answer.page
        return await self._flights.share(
            key,
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
        if include is not None:
            await self._require(include)
        key = await self._names.key_of(user_id)
        try:
            run = await self._from_redis(asks.standing(key, neighbors), include)
            standing = await self._standing(run, key)
        except _Unanswered as why:
            why.count()
        else:
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

    async def _read_page(self, key: Key, include: LedgerPoint | None) -> Found:
        """What Redis shows on a page now."""
        start, size = key
        is_place = isinstance(start, Place)
        ask = asks.page_after(start, size) if is_place else asks.page_from(start, size)
        try:
            run = await self._from_redis(ask, include)
        except _Unanswered as why:
            return Found(None, why.count)
        page = await self._page(run)
        if page is None:
            return Found(None, _DIFFERS.inc)
        return Found(page, _IN_STEP.inc, watermark(run), run.asked_at)

    async def _from_redis(self, ask: Ask, include: LedgerPoint | None) -> Run:
        """What Redis answers, with all up to `include` in it. Raises _Unanswered."""
        if self._breaker.is_open:
            raise _Unanswered(_BREAKER_OPEN.inc)
        try:
            answer = await self._including(ask, include)
        except ProjectionAway as away:
            log.debug("read_from_postgres", because=str(away))
            self._breaker.open()
            self._relay.wake()
            raise _Unanswered(_REDIS_FAILED.inc) from None
        if answer is None:
            raise _Unanswered(_BEHIND.inc)
        self._pages.moved_to(watermark(answer))
        return answer

    async def _including(self, ask: Ask, include: LedgerPoint | None) -> Run | None:
        """What Redis answers once it includes the point; None when that takes too long."""
        until = time.monotonic() + _CATCH_UP_S
        while True:
            answer = await self._reads.ask(ask)
            if include is None or watermark(answer) >= include.seq:
                return answer
            if time.monotonic() >= until:
                return None
            self._relay.wake()
            await self._relay.moved(_LOOK_AGAIN_S)

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

    async def _standing(self, run: Run, key: int) -> Standing | None:
        if run.index is None:
            return await self._absence(run, key)
        entries = await self._entries(run)
        if entries is None:
            return None
        return Standing(
            entry=entries[run.index],
            placed=True,
            percentile=percentile(run.lesser, run.moment.total),
            total_entries=run.moment.total,
            above=entries[: run.index],
            below=entries[run.index + 1 :],
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

    async def _require(self, include: LedgerPoint) -> None:
        """Raises InvalidConsistencyToken unless this ledger has just that point.

        Its time is compared too: after a restore, other things happen under the same numbers.
        With PostgreSQL away nobody can tell, and Redis answers if it has come that far.
        """
        if include == LEDGER_START:
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
