"""Says at once when this process has moved what readers see."""

from collections.abc import Callable, Sequence
from datetime import datetime

from redis.asyncio import Redis

from laurels_server.domain.ledger import LedgerPoint
from laurels_server.redis.projection import Applied, Flipped, Generation, Projection


class AnnouncedProjection(Projection):
    """A projection that calls `moved` after each write that readers could notice."""

    def __init__(self, client: Redis, prefix: str, moved: Callable[[], None]) -> None:
        super().__init__(client, prefix)
        self._moved = moved

    async def apply(
        self,
        generation: Generation,
        upto: LedgerPoint,
        standings: Sequence[tuple[int, int | None]],
        as_of: datetime,
        *,
        in_use: bool,
    ) -> Applied:
        """As of Projection; one that only renews `as_of` is not announced."""
        applied = await super().apply(generation, upto, standings, as_of, in_use=in_use)
        if applied is Applied.APPLIED and upto != generation.watermark:
            self._moved()
        return applied

    async def flip(self, name: str, replaces: str, *, unless_behind: bool = True) -> Flipped:
        """As of Projection."""
        flipped = await super().flip(name, replaces, unless_behind=unless_behind)
        if flipped is Flipped.IN_USE:
            self._moved()
        return flipped

    async def withdraw(self, name: str) -> None:
        """As of Projection."""
        await super().withdraw(name)
        self._moved()
