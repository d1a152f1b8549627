"""Writes to Redis that come late, come again, or whose answer is lost."""

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Final, TypeVar

from redis.asyncio import Redis

from laurels_server.domain.ledger import LedgerPoint
from laurels_server.redis.connection import ProjectionAway
from laurels_server.redis.projection import Applied, Generation, Projection

T = TypeVar("T")

_KEPT_MOST: Final = 30


class Delivery(StrEnum):
    """What becomes of the next write, as the one who sends it sees it."""

    ON_TIME = "on time"
    LATE = "late"
    """It fails; the write stays on its way."""
    ANSWER_LOST = "answer lost"
    """It fails; the write was carried out."""


@dataclass(frozen=True, slots=True)
class Letter:
    """A write that was sent to a generation at a watermark, to be delivered at any time later."""

    generation: Generation
    deliver: Callable[[], Awaitable[Applied]]


Part = Callable[[], Awaitable[int]]
"""A part of a build that was sent, and arrived."""


class Deliveries(Projection):
    """A projection behind a network that can be told what to do with the next pass."""

    def __init__(
        self, client: Redis, prefix: str, letters: list[Letter], parts: list[Part]
    ) -> None:
        """`letters` gets every pass that was sent, the latest last; `parts` those of builds."""
        super().__init__(client, prefix)
        self._letters = letters
        self._parts = parts
        self.next = Delivery.ON_TIME

    async def apply(
        self,
        generation: Generation,
        upto: LedgerPoint,
        standings: Sequence[tuple[int, int | None]],
        as_of: datetime,
        *,
        in_use: bool,
    ) -> Applied:
        apply = super().apply

        async def deliver() -> Applied:
            return await apply(generation, upto, standings, as_of, in_use=in_use)

        self._letters.append(Letter(generation, deliver))
        del self._letters[:-_KEPT_MOST]
        return await self._sent(deliver)

    async def fill(self, name: str, part: int, standings: Sequence[tuple[int, int]]) -> int:
        fill = super().fill

        async def deliver() -> int:
            return await fill(name, part, standings)

        self._parts.append(deliver)
        del self._parts[:-_KEPT_MOST]
        return await deliver()

    async def _sent(self, deliver: Callable[[], Awaitable[T]]) -> T:
        how, self.next = self.next, Delivery.ON_TIME
        if how is Delivery.LATE:
            raise ProjectionAway("on its way")
        answer = await deliver()
        if how is Delivery.ANSWER_LOST:
            raise ProjectionAway("no answer")
        return answer
