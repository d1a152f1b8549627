"""Reads the projection: pages and places, each as one moment that says how old it is."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import cast

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from laurels_server.domain.standings import GLOBAL, Place
from laurels_server.redis.connection import ProjectionAway, ProjectionDamaged, translated
from laurels_server.redis.keys import DEFINITIONS, ShardKeys, from_micros, learner_key, member
from laurels_server.redis.scripts import source


@dataclass(frozen=True, slots=True)
class Moment:
    """What an answer is complete up to: a ledger seq, and a time by the database's clock."""

    watermark: int
    as_of: datetime
    total: int


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive places, best first, after `skipped` others of whom `better` have more XP."""

    moment: Moment
    skipped: int
    better: int
    places: Sequence[Place]


@dataclass(frozen=True, slots=True)
class Surroundings:
    """A learner's place within a run, and how many placed learners have less XP.

    Without a place, `index` is None and the run empty.
    """

    run: Run
    index: int | None
    lesser: int


_WHOLE = 1.15
"""How much longer than one answer a read may take in all: under load it waits its turn first."""


class Boards:
    """The reading side of a projection shard. Everything raises ProjectionAway."""

    def __init__(self, client: Redis, prefix: str, *, timeout_ms: int = 100) -> None:
        """`timeout_ms` is for a read as a whole: waiting for a connection, making one, and the
        answer, each of which the client bounds by itself, would add up."""
        self._timeout_s = _WHOLE * timeout_ms / 1000
        self._root = ShardKeys(prefix).root
        self._page: AsyncScript = client.register_script(source("page"))
        self._standing: AsyncScript = client.register_script(source("standing"))

    async def page_from(self, skipped: int, size: int) -> Run:
        """The page that begins after the first `skipped` places."""
        return await self._read_page(size, "from", skipped)

    async def page_after(self, place: Place, size: int) -> Run:
        """The page right after `place`, whether or not someone still stands there."""
        return await self._read_page(size, "after", place.rank_key, member(place.learner_key))

    async def standing(self, key: int, neighbors: int) -> Surroundings:
        """A learner's place and its neighbours."""
        answer = await self._read(self._standing, GLOBAL, member(key), neighbors)
        moment = whole(answer)
        skipped, better, lesser, index = (int(number) for number in answer[5:9])
        run = Run(moment, skipped, better, _places(answer[9:]))
        return Surroundings(run, index if index >= 0 else None, lesser)

    async def _read_page(self, size: int, *how: str | int) -> Run:
        answer = await self._read(self._page, GLOBAL, size, *how)
        moment = whole(answer)
        return Run(moment, int(answer[5]), int(answer[6]), _places(answer[7:]))

    async def _read(self, script: AsyncScript, *arguments: str | int) -> list[str]:
        with translated():
            async with asyncio.timeout(self._timeout_s):
                return cast(list[str], await script(keys=[self._root], args=arguments))


def whole(answer: Sequence[str]) -> Moment:
    """What the answer is complete up to; refuses a projection that is not all there."""
    if not answer:
        raise ProjectionAway("no projection is built")
    definitions, watermark, as_of, count, members = answer[:5]
    if definitions != DEFINITIONS:
        raise ProjectionAway("the projection was built by other definitions")
    try:
        moment = Moment(int(watermark), from_micros(int(as_of)), int(count))
    except (ValueError, OverflowError) as error:
        raise ProjectionDamaged(f"the projection says what is not ours: {error}") from None
    if moment.total != int(members):
        raise ProjectionAway(f"the projection lost members: {members} of {count}")
    return moment


def _places(flat: Sequence[str]) -> list[Place]:
    try:
        return [
            Place(int(score), learner_key(name))
            for name, score in zip(flat[::2], flat[1::2], strict=True)
        ]
    except ValueError as error:
        raise ProjectionDamaged(f"the board holds what is not ours: {error}") from None
