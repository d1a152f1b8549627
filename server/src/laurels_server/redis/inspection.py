"""Looks at the projection as it is, member by member: for audits and for those who operate it."""

from collections.abc import AsyncGenerator, Sequence
from dataclasses import dataclass
from typing import cast

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from laurels_server.domain.standings import GLOBAL
from laurels_server.redis.boards import Moment, whole
from laurels_server.redis.connection import ProjectionAway, translated
from laurels_server.redis.keys import ShardKeys, member
from laurels_server.redis.scripts import source

SCORES_MOST = 1000
"""Members that one script run looks up at most: it blocks Redis for well under 10 ms."""

_SCAN_COUNT = 5000
"""Members that one step of a scan looks at, about."""


@dataclass(frozen=True, slots=True)
class Scores:
    """What learners have on the board, in the order asked for; None is no place.

    As Redis says it: what somebody else put there need not be one of our rank keys.
    """

    moment: Moment
    texts: Sequence[str | None]


@dataclass(frozen=True, slots=True)
class InUse:
    """The generation that readers use."""

    generation: str
    moment: Moment


class Inspection:
    """The looking side of a projection shard. Everything raises ProjectionAway."""

    def __init__(self, client: Redis, prefix: str) -> None:
        self._client = client
        self._keys = ShardKeys(prefix)
        self._scores: AsyncScript = client.register_script(source("scores"))

    async def in_use(self) -> InUse:
        """The generation that readers use, and how far it is."""
        answer = await self._look_up([])
        return InUse(answer[0], whole(answer[1:]))

    async def scores(self, learner_keys: Sequence[int]) -> Scores:
        """The scores of at most SCORES_MOST learners, as one moment."""
        assert len(learner_keys) <= SCORES_MOST, "one script run must stay short"
        answer = await self._look_up([member(key) for key in learner_keys])
        return Scores(whole(answer[1:]), [score or None for score in answer[6:]])

    async def random_members(self, most: int) -> list[str]:
        """So many different members of the board, or all where it has no more."""
        generation = (await self.in_use()).generation
        with translated():
            # None at all where another generation has just come into use.
            return cast(
                list[str],
                await self._client.zrandmember(self._keys.board(generation), most),
            )

    async def members(self) -> AsyncGenerator[list[str]]:
        """Every member of the board, in parts; one that comes or goes meanwhile may be left out."""
        generation = (await self.in_use()).generation
        cursor = 0
        while True:
            with translated():
                cursor, found = cast(
                    tuple[int, list[tuple[str, float]]],
                    await self._client.zscan(
                        self._keys.board(generation), cursor, count=_SCAN_COUNT
                    ),
                )
            yield [name for name, _ in found]
            if cursor == 0:
                break
        if (await self.in_use()).generation != generation:
            raise ProjectionAway("another generation came into use while the board was scanned")

    async def _look_up(self, members: Sequence[str]) -> list[str]:
        with translated():
            answer = cast(
                list[str], await self._scores(keys=[self._keys.root], args=[GLOBAL, *members])
            )
        if not answer:
            raise ProjectionAway("no projection is built")
        return answer
