"""Builds the projection anew, beside the one in use."""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import Final

from laurels_server.domain.ledger import LedgerPoint
from laurels_server.logging import log
from laurels_server.metrics import REBUILD_SECONDS, REBUILDS
from laurels_server.postgres import feed
from laurels_server.postgres.database import Database
from laurels_server.redis.connection import ProjectionAway
from laurels_server.redis.projection import APPLY_MOST, Applied, Flipped, Generation, Projection
from laurels_server.usecases.passes import follow

_SCAN_MOST = 50_000
"""Learners read at a time; bounds memory."""

_FLIPS_MOST = 20
"""Tries to be as far as the generation in use, which another relay may move meanwhile."""

_FILL_PAUSES_S = (0.05, 0.2, 1.0)
"""Before a part of a build is sent again."""


_tidying: Final[set[asyncio.Task[None]]] = set()
"""Keeps these tasks from being forgotten half-way."""


@dataclass(frozen=True, slots=True)
class Building:
    """How far a build is: learners placed, the share of the work done (0..1), and the ledger point
    it is complete up to. `in_use` tells that readers have it."""

    learners: int
    share: float
    upto: LedgerPoint
    in_use: bool = False


async def rebuild(database: Database, projection: Projection, why: str) -> AsyncGenerator[Building]:
    """Builds a new generation and puts it in place once it has caught up; tells of each part.

    The end of the ledger is noted first and learners are read afterwards, so whatever moved
    meanwhile stands in the ledger after that point and is applied by ordinary passes. A build that
    fails, or that nobody goes on with, is freed. When another one was put in place meanwhile, ends
    without being in use. Raises ProjectionAway or StoreFailure.
    """
    started = time.monotonic()
    name = secrets.token_hex(8)
    learners = 0
    try:
        replaces = await projection.current_name()
        start = await database.read(feed.ledger_end)
        building = await projection.begin(name, start)
        async for learners, share in _fill(database, projection, building):
            yield Building(learners, share, start)
        flipped = Flipped.BEHIND
        for _ in range(_FLIPS_MOST):
            async for upto in _catch_up(database, projection, building):
                yield Building(learners, 1.0, upto)
            true = await _is_true(database, projection, replaces)
            flipped = await projection.flip(building.name, replaces, unless_behind=true)
            if flipped is not Flipped.BEHIND:
                break
        else:
            raise ProjectionAway("the generation in use stays ahead of the ledger")
    except BaseException as end:
        failed = isinstance(end, Exception)
        REBUILDS.labels("failed" if failed else "abandoned").inc()
        if failed:
            log.warning("rebuild_failed", why=why, because=str(end))
        tidying = asyncio.create_task(_discard(projection, name))
        _tidying.add(tidying)
        tidying.add_done_callback(_tidying.discard)
        # In a task of its own: whoever was cancelled here may be cancelled once more.
        await asyncio.shield(tidying)
        raise
    REBUILDS.labels(flipped.value).inc()
    REBUILD_SECONDS.observe(time.monotonic() - started)
    log.info(
        "projection_rebuilt",
        why=why,
        learners=learners,
        in_use=flipped is Flipped.IN_USE,
        duration_ms=round((time.monotonic() - started) * 1000),
    )
    current = await projection.current()
    yield Building(
        learners, 1.0, current.watermark if current else start, flipped is Flipped.IN_USE
    )


async def _discard(projection: Projection, name: str) -> None:
    """Makes room for the next try; what cannot be freed now expires."""
    with contextlib.suppress(ProjectionAway):
        await projection.discard(name)


async def _is_true(database: Database, projection: Projection, name: str) -> bool:
    """Whether a generation tells this ledger's history, so that readers must not go back."""
    generation = await projection.generation(name) if name else None
    if generation is None:
        return False
    after = generation.watermark
    return not (await database.read(lambda c: feed.read_after(c, after, 1))).diverged


async def _fill(
    database: Database, projection: Projection, building: Generation
) -> AsyncGenerator[tuple[int, float]]:
    """Adds all placed learners, page by page; tells how many, and the share of keys done."""
    learners = number = 0
    last = await database.read(feed.last_learner)
    # A page is read while the one before it is added.
    reading = _reading(database, after=0)
    try:
        while True:
            page = await reading
            if more := len(page.placed) == _SCAN_MOST:
                reading = _reading(database, after=page.last_key)
            for begin in range(0, len(page.placed), APPLY_MOST):
                part = page.placed[begin : begin + APPLY_MOST]
                number += 1
                members = await _fill_part(projection, building, number, part)
                learners += len(part)
                if members != learners:
                    raise ProjectionAway(f"a build holds {members} members of {learners}")
                yield learners, min(1.0, page.last_key / last)
            if not more:
                return
    finally:
        reading.cancel()
        await asyncio.gather(reading, return_exceptions=True)


def _reading(database: Database, after: int) -> asyncio.Task[feed.Standings]:
    return asyncio.create_task(
        database.read(lambda connection: feed.scan_standings(connection, after, _SCAN_MOST))
    )


async def _fill_part(
    projection: Projection, building: Generation, number: int, part: Sequence[tuple[int, int]]
) -> int:
    """Adds a part, patiently: a build that is thrown away costs more than waiting."""
    for pause in _FILL_PAUSES_S:
        try:
            return await projection.fill(building.name, number, part)
        except ProjectionAway:
            await asyncio.sleep(pause)
    return await projection.fill(building.name, number, part)


async def _catch_up(
    database: Database, projection: Projection, building: Generation
) -> AsyncGenerator[LedgerPoint]:
    """Follows the ledger from where the build began to its end."""
    more = True
    while more:
        grown = await projection.generation(building.name)
        if grown is None:
            raise ProjectionAway("a generation disappeared while it was built")
        done = await follow(database, projection, grown, in_use=False)
        if done.verdict is Applied.DAMAGED:
            raise ProjectionAway("a generation lost members while it was built")
        more = done.more
        yield done.upto
