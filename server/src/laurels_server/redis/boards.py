"""Reads the projection: pages and places, any number as one moment that says how old it is."""

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from laurels_server.domain.standings import GLOBAL, Place
from laurels_server.redis.connection import ProjectionAway, ProjectionDamaged, translated
from laurels_server.redis.keys import DEFINITIONS, ShardKeys, from_micros, learner_key, member
from laurels_server.redis.patience import Patience
from laurels_server.redis.scripts import source


@dataclass(frozen=True, slots=True)
class Moment:
    """What an answer is complete up to: a ledger seq, and a time by the database's clock."""

    watermark: int
    as_of: datetime
    total: int


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive places, best first, after `skipped` others of whom `better` have more XP.

    Around one learner, `index` is where in it the learner stands, and `lesser` how many placed
    learners have less XP; a learner without a place has no index, and the run is empty.
    """

    moment: Moment
    asked_at: float
    """When Redis was asked, by time.monotonic(): all that it had by then is in it."""

    skipped: int
    better: int
    places: Sequence[Place]
    index: int | None = None
    lesser: int = 0


Ask = tuple[str | int, ...]
"""One read: its arguments in read.lua. Equal asks have equal answers at any one moment."""


def page_from(skipped: int, size: int) -> Ask:
    """Asks for the page that begins after the first `skipped` places."""
    return "from", skipped, size


def page_after(place: Place, size: int) -> Ask:
    """Asks for the page right after `place`, whether or not someone still stands there."""
    return "after", place.rank_key, member(place.learner_key), size


def standing(key: int, neighbors: int) -> Ask:
    """Asks for a learner's place and its neighbours."""
    return "standing", member(key), neighbors


def entries_of(ask: Ask) -> int:
    """How many entries the answer may have, about."""
    return 1 + int(ask[-1])


class Boards:
    """The reading side of a projection shard. Everything raises ProjectionAway."""

    def __init__(self, client: Redis, prefix: str, *, timeout_ms: int = 100) -> None:
        """`timeout_ms` is for a call as a whole: waiting for a connection, making one, and the
        answer, each of which the client bounds by itself, would add up."""
        self.timeout_s = timeout_ms / 1000
        self._root = ShardKeys(prefix).root
        self._script: AsyncScript = client.register_script(source("read"))

    async def read(self, asks: Sequence[Ask]) -> list[Run]:
        """Answers all of the asks, in their order, by one call."""
        arguments: list[str | int] = [GLOBAL]
        for ask in asks:
            arguments += ask
        asked_at = time.monotonic()
        with translated(), Patience(self.timeout_s):
            answer = cast(list[Any], await self._script(keys=[self._root], args=arguments))
        moment = whole(answer)
        return [_run(moment, asked_at, read) for read in answer[5:]]

    async def page_from(self, skipped: int, size: int) -> Run:
        """The page that begins after the first `skipped` places."""
        [run] = await self.read([page_from(skipped, size)])
        return run


def whole(answer: Sequence[str]) -> Moment:
    """What the answer is complete up to; refuses a projection that is not all there."""
    if not answer:
        raise ProjectionAway("no projection is built")
    definitions, watermark, as_of, count, members = answer[:5]  # None: a field that is gone
    if definitions != DEFINITIONS:
        raise ProjectionAway("the projection was built by other definitions")
    try:
        moment = Moment(int(watermark), from_micros(int(as_of)), int(count))
    except (TypeError, ValueError, OverflowError) as error:
        raise ProjectionDamaged(f"the projection says what is not ours: {error}") from None
    if not 0 <= moment.watermark < 2**63:
        raise ProjectionDamaged(f"the projection stands at {watermark}, which no ledger reaches")
    if moment.total != int(members):
        raise ProjectionAway(f"the projection lost members: {members} of {count}")
    return moment


def _run(moment: Moment, asked_at: float, read: Sequence[Any]) -> Run:
    skipped, better, flat, *of_standing = read
    places = _places(flat)
    if not of_standing:
        return Run(moment, asked_at, skipped, better, places)
    lesser, index = of_standing
    return Run(moment, asked_at, skipped, better, places, None if index < 0 else index, lesser)


def _places(flat: Sequence[str]) -> list[Place]:
    try:
        return [
            Place(int(score), learner_key(name))
            for name, score in zip(flat[::2], flat[1::2], strict=True)
        ]
    except ValueError as error:
        raise ProjectionDamaged(f"the board holds what is not ours: {error}") from None
