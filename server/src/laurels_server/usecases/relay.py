"""Keeps Redis in step with the ledger.

Pass by pass (see `passes`), or by a build where that cannot go on (see `rebuild`). Every process
has a relay, and one at a time has the turn to work; the others look on and call it when they book.
None of them matters: a pass that repeats, comes late or loses a race changes nothing, and whatever
a pass missed still stands in the ledger after the watermark.
"""

import asyncio
import contextlib
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import Protocol

from laurels_server.domain.ledger import LedgerPoint
from laurels_server.logging import log
from laurels_server.metrics import PROJECTION_AS_OF, PROJECTION_SEQ, RELAY_PASSES
from laurels_server.postgres.database import Database
from laurels_server.postgres.failures import StoreFailure
from laurels_server.redis.boards import Run
from laurels_server.redis.connection import ProjectionAway, ProjectionDamaged
from laurels_server.redis.projection import Applied, Generation, Projection
from laurels_server.usecases.fallback import Breaker
from laurels_server.usecases.passes import Pass, follow
from laurels_server.usecases.rebuild import Building, rebuild

_POLL_S = 0.05
"""How soon commits are noticed that nobody told us of."""

_REST_S = 0.005
"""Between passes: commits that come close together are taken by one."""

_PAUSE_S = 0.1
_PAUSE_MOST_S = 1.0
"""Between tries while PostgreSQL or Redis is away: doubling from the first to the second."""

_LOOK_ON_S = 0.2
"""How often those whose turn it is not look whether it is, and how far the projection is."""

_Read = Callable[[], Awaitable[Run]]


class Turn(Protocol):
    """Whose turn it is to work, among the relays of all processes; see `redis.turn`."""

    async def mine(self) -> bool:
        """Whether it is ours; raises ProjectionAway."""
        ...

    async def give_up(self) -> None:
        """Lets another one have it; raises nothing."""
        ...

    async def call(self) -> None:
        """Tells whoever has it that the ledger has grown; raises nothing."""
        ...


class _Alone:
    """For a relay that is moved by hand, step by step."""

    async def mine(self) -> bool:
        return True

    async def give_up(self) -> None:
        pass

    async def call(self) -> None:
        pass


class Relay:
    """Moves the projection along the ledger, and builds it anew where it cannot go on."""

    def __init__(
        self,
        database: Database,
        projection: Projection,
        breaker: Breaker,
        turn: Turn | None = None,
    ) -> None:
        """`breaker` is opened while Redis cannot answer readers, and closed when it can. Without
        a `turn`, `run` takes no account of other processes."""
        self._database = database
        self._projection = projection
        self._breaker = breaker
        self._turn: Turn = turn or _Alone()
        self._current: Generation | None = None
        self._wake = asyncio.Event()
        self._moved = asyncio.Condition()
        self._away = ""
        self._failures = 0
        self._stopping = False

    def wake(self) -> None:
        """Says that the ledger has grown."""
        self._wake.set()

    async def moved(self, timeout_s: float) -> None:
        """Waits until the relay has moved the projection, or the time is over."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(timeout_s), self._moved:
                await self._moved.wait()

    async def run(self, read: _Read) -> None:
        """Follows the ledger, or looks on, until `stop`. `read` asks Redis as readers do, with
        their patience."""
        while not self._stopping:
            ours = False
            try:
                ours = await self._turn.mine()
                if ours:
                    while not self._stopping and await self.step() and await self._turn.mine():
                        pass
                else:
                    await self._look_on(read)
            except ProjectionAway as failure:
                RELAY_PASSES.labels("redis_away").inc()
                self._breaker.open()
                self._note_health(f"Redis: {failure}")
            except StoreFailure as failure:
                RELAY_PASSES.labels("postgres_away").inc()
                # PostgreSQL may be away for us alone.
                await self._turn.give_up()
                # Redis has answered this step: with PostgreSQL away it is all that readers have.
                await self._let_readers_back(read)
                self._note_health(f"PostgreSQL: {failure}")
            except Exception:
                RELAY_PASSES.labels("defect").inc()
                await self._turn.give_up()
                log.exception("relay_defect")
                self._note_health("a defect of ours")
            else:
                await self._let_readers_back(read)
                self._note_health("")
            await (self._rest() if ours else self._rest_and_call())
        await self._turn.give_up()

    async def _look_on(self, read: _Read) -> None:
        """Sees how far another process's relay is; raises ProjectionAway as a reader would see."""
        try:
            moment = (await read()).moment
        except ProjectionDamaged as damaged:
            # Such as only readers notice, and the one at work may have none.
            self._breaker.open()
            await self.rebuild(str(damaged))
            moment = (await read()).moment
        PROJECTION_SEQ.set(moment.watermark)
        PROJECTION_AS_OF.set(moment.as_of.timestamp())

    async def _let_readers_back(self, read: _Read) -> None:
        """Closes the breaker once a reader would be answered in time: we have more patience."""
        if not self._breaker.is_open:
            return
        with contextlib.suppress(ProjectionAway, StoreFailure):
            try:
                await read()
            except ProjectionDamaged as damaged:
                await self.rebuild(str(damaged))
                await read()
            self._breaker.close()

    async def _rest(self) -> None:
        """Until there is something to do again."""
        if self._away:
            await asyncio.sleep(min(_PAUSE_S * 2**self._failures, _PAUSE_MOST_S))
            self._failures = min(self._failures + 1, 10)
            return
        self._failures = 0
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_POLL_S):
                await self._wake.wait()
        await asyncio.sleep(_REST_S)
        self._wake.clear()

    async def _rest_and_call(self) -> None:
        """Until it may be our turn; meanwhile tells whoever has it of what is booked here."""
        self._failures = 0
        until = time.monotonic() + _LOOK_ON_S
        while not self._stopping and (left := until - time.monotonic()) > 0:
            try:
                async with asyncio.timeout(left):
                    await self._wake.wait()
            except TimeoutError:
                return
            self._wake.clear()
            await self._turn.call()
            await asyncio.sleep(_REST_S)

    def stop(self) -> None:
        """Ends `run` after the pass, or the part of a build, under way.

        Cancelling it could get lost in a driver.
        """
        self._stopping = True
        self._wake.set()

    async def step(self) -> bool:
        """One pass. True when more of the ledger waits. Raises ProjectionAway or StoreFailure."""
        current, self._current = self._current, None
        try:
            # As our last pass left it; Redis refuses a pass if another one came in between.
            done = await self._follow(current) if current else None
            if done is None or (done.verdict is Applied.SUPERSEDED and not done.withdrawn):
                current = await self._projection.current()
                if current is None:
                    await self.rebuild("nothing usable is there")
                    return True
                done = await self._follow(current)
        except ProjectionDamaged as damaged:
            await self.rebuild(str(damaged))
            return True
        if done.verdict is Applied.DAMAGED:
            await self.rebuild("members are missing")
            return True
        if done.verdict is Applied.APPLIED:
            PROJECTION_SEQ.set(done.upto.seq)
            PROJECTION_AS_OF.set(done.as_of.timestamp())
        if done.moved:
            await self._announce(done.upto)
        return done.more

    async def _follow(self, generation: Generation) -> Pass:
        done = await follow(self._database, self._projection, generation, in_use=True)
        if done.verdict is Applied.APPLIED:
            self._current = Generation(generation.name, done.upto)
        return done

    async def rebuild(self, why: str) -> None:
        """Builds the projection anew and puts it in place, unless it is to stop meanwhile: then it
        leaves that, which may take long, to whoever comes next."""
        async with contextlib.aclosing(self.rebuilding(why)) as steps:
            async for _ in steps:
                if self._stopping:
                    return
                # A build takes longer than a turn lasts by itself, and two would be one too many.
                with contextlib.suppress(ProjectionAway):
                    await self._turn.mine()

    def rebuilding(self, why: str) -> AsyncGenerator[Building]:
        """The same, step by step."""
        return rebuild(self._database, self._projection, why)

    async def _announce(self, upto: LedgerPoint) -> None:
        log.debug("projection_moved", seq=upto.seq)
        async with self._moved:
            self._moved.notify_all()

    def _note_health(self, away: str) -> None:
        """Logs when the relay stops, for every other reason, and when it goes on."""
        if away and away != self._away:
            log.warning("relay_waits", because=away)
        elif self._away and not away:
            log.info("relay_goes_on", was=self._away)
        self._away = away
