"""Keeps Redis in step with the ledger.

A pass reads the ledger after the projection's watermark and moves the projection there. Every
process runs one, none of them matters: a pass that repeats, comes late or loses a race changes
nothing, and whatever a pass missed still stands in the ledger after the watermark.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import Sequence

from laurels_server.domain.ledger import LedgerPoint
from laurels_server.logging import log
from laurels_server.postgres import feed
from laurels_server.postgres.database import Database
from laurels_server.postgres.failures import StoreFailure
from laurels_server.redis.connection import ProjectionAway
from laurels_server.redis.projection import APPLY_MOST, Applied, Generation, Projection
from laurels_server.usecases.fallback import Breaker

_POLL_S = 0.05
"""How soon commits of other processes are noticed; those of this process wake the relay."""

_REST_S = 0.005
"""Between passes: commits that come close together are taken by one."""

_PAUSE_S = 0.1
_PAUSE_MOST_S = 1.0
"""Between tries while PostgreSQL or Redis is away: doubling from the first to the second."""

_FILL_PAUSES_S = (0.05, 0.2, 1.0)
"""Before a part of a build is sent again."""

_SCAN_MOST = 10_000
"""Learners read at a time while a projection is built; bounds memory."""


class Relay:
    """Moves the projection along the ledger, and builds it anew where it cannot go on."""

    def __init__(self, database: Database, projection: Projection, breaker: Breaker) -> None:
        """`breaker` is opened while Redis cannot answer readers, and closed when it can."""
        self._database = database
        self._projection = projection
        self._breaker = breaker
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

    async def run(self) -> None:
        """Follows the ledger until `stop`."""
        while not self._stopping:
            try:
                while not self._stopping and await self.step():
                    pass
            except ProjectionAway as failure:
                self._breaker.open()
                self._note_health(f"Redis: {failure}")
            except StoreFailure as failure:
                # Redis has answered this step: with PostgreSQL away it is all that readers have.
                self._breaker.close()
                self._note_health(f"PostgreSQL: {failure}")
            except Exception:
                log.exception("relay_defect")
                self._note_health("a defect of ours")
            else:
                self._breaker.close()
                self._note_health("")
            await self._rest()

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

    def stop(self) -> None:
        """Ends `run` after the pass under way; cancelling it could get lost in a driver."""
        self._stopping = True
        self._wake.set()

    async def step(self) -> bool:
        """One pass. True when more of the ledger waits. Raises ProjectionAway or StoreFailure."""
        current = await self._projection.current()
        if current is None:
            await self.rebuild("nothing usable is there")
            return True
        more, verdict = await self._pass(current)
        if verdict is Applied.DAMAGED:
            await self.rebuild("members are missing")
            return True
        return more

    async def rebuild(self, why: str) -> None:
        """Builds a new generation beside the old one and puts it in place once it has caught up.

        The end of the ledger is noted first and learners are read afterwards, so whatever moved
        meanwhile stands in the ledger after that point and is applied by ordinary passes.
        """
        started = time.monotonic()
        replaces = await self._projection.current_name()
        start = await self._database.read(feed.ledger_end)
        building = await self._projection.begin(secrets.token_hex(8), start)
        try:
            learners = await self._fill(building)
            await self._catch_up(building)
            flipped = await self._projection.flip(building.name, replaces)
        except BaseException:
            # Room for the next try; what cannot be freed now expires.
            with contextlib.suppress(ProjectionAway):
                await self._projection.discard(building.name)
            raise
        log.info(
            "projection_rebuilt",
            why=why,
            learners=learners,
            in_use=flipped,
            duration_ms=round((time.monotonic() - started) * 1000),
        )

    async def _fill(self, building: Generation) -> int:
        """Adds all placed learners, page by page; returns how many there were."""
        learners = after = 0
        while True:
            page = await self._database.read(
                lambda connection, after=after: feed.scan_standings(connection, after, _SCAN_MOST)
            )
            for begin in range(0, len(page), APPLY_MOST):
                part = page[begin : begin + APPLY_MOST]
                members = await self._fill_part(building, part)
                learners += len(part)
                if members != learners:
                    raise ProjectionAway(f"a build holds {members} members of {learners}")
            if len(page) < _SCAN_MOST:
                return learners
            after = page[-1][0]

    async def _fill_part(self, building: Generation, part: Sequence[tuple[int, int]]) -> int:
        """Adds a part, patiently: a build that is thrown away costs more than waiting."""
        for pause in _FILL_PAUSES_S:
            try:
                return await self._projection.fill(building.name, part)
            except ProjectionAway:
                await asyncio.sleep(pause)
        return await self._projection.fill(building.name, part)

    async def _catch_up(self, building: Generation) -> None:
        """Follows the ledger from where the build began to its end."""
        more = True
        while more:
            grown = await self._projection.generation(building.name)
            if grown is None:
                raise ProjectionAway("a generation disappeared while it was built")
            more, verdict = await self._pass(grown)
            if verdict is Applied.DAMAGED:
                raise ProjectionAway("a generation lost members while it was built")

    async def _pass(self, generation: Generation) -> tuple[bool, Applied]:
        fresh = await self._database.read(
            lambda connection: feed.read_after(connection, generation.watermark, APPLY_MOST)
        )
        if fresh.diverged:
            await self._projection.withdraw(generation.name)
            return True, Applied.SUPERSEDED
        # Complete up to the snapshot when nothing follows; else up to the last entry taken, since
        # times never decrease along the ledger.
        as_of = fresh.read_at if fresh.complete else fresh.upto.recorded_at
        verdict = await self._projection.apply(generation, fresh.upto, fresh.standings, as_of)
        if verdict is Applied.APPLIED and fresh.upto != generation.watermark:
            await self._announce(fresh.upto)
        return not fresh.complete or verdict is Applied.SUPERSEDED, verdict

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
