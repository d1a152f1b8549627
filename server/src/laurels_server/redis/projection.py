"""Writes the projection: the only place that changes anything in Redis.

Every write is absolute state, guarded by the watermark that lives beside it, so that late, repeated
and competing writes change nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import cast

from redis.asyncio import Redis
from redis.commands.core import AsyncScript

from laurels_server.domain.ledger import LedgerPoint
from laurels_server.domain.standings import GLOBAL
from laurels_server.redis.connection import ProjectionAway, ProjectionDamaged, translated
from laurels_server.redis.keys import DEFINITIONS, ShardKeys, from_micros, member, to_micros
from laurels_server.redis.scripts import source

APPLY_MOST = 1000
"""Members one script run changes at most: it blocks Redis for well under 10 ms."""

_BUILD_TTL_S = 600
"""An unfinished generation that nobody goes on with disappears by itself; filling renews it."""


class Applied(StrEnum):
    """What became of a write."""

    APPLIED = "applied"
    SUPERSEDED = "superseded"
    DAMAGED = "damaged"


class Flipped(StrEnum):
    """What became of a build that was to be put in place."""

    IN_USE = "in_use"
    SUPERSEDED = "superseded"
    BEHIND = "behind"


@dataclass(frozen=True, slots=True)
class Generation:
    """One build of the projection, and the ledger point it is complete up to."""

    name: str
    watermark: LedgerPoint


class Projection:
    """The writing side of a projection shard. Everything raises ProjectionAway."""

    def __init__(self, client: Redis, prefix: str) -> None:
        self._client = client
        self._keys = ShardKeys(prefix)
        self._apply: AsyncScript = client.register_script(source("apply"))
        self._fill: AsyncScript = client.register_script(source("fill"))
        self._flip: AsyncScript = client.register_script(source("flip"))
        self._withdraw: AsyncScript = client.register_script(source("withdraw"))

    async def current_name(self) -> str:
        """The generation that readers use, usable or not; empty when there is none."""
        try:
            with translated():
                return cast(str | None, await self._client.get(self._keys.current)) or ""
        except ProjectionDamaged:
            # Somebody put something else there, by which nobody can read.
            with translated():
                await self._client.unlink(self._keys.current)
            return ""

    async def current(self) -> Generation | None:
        """The generation that readers use; None when there is none made by these definitions."""
        name = await self.current_name()
        while name:
            if (found := await self.generation(name)) is not None:
                return found
            seen, name = name, await self.current_name()
            if name == seen:
                break
            # It was replaced, and freed, between the two looks.
        return None

    async def generation(self, name: str) -> Generation | None:
        """A generation by name; None when it is gone, damaged or made by other definitions."""
        try:
            with translated():
                fields = cast(
                    list[str | None],
                    await self._client.hmget(  # pyright: ignore[reportGeneralTypeIssues]
                        self._keys.meta(name), "definitions", "watermark", "watermark_recorded_at"
                    ),
                )
        except ProjectionDamaged:
            return None
        definitions, seq, recorded_at = fields
        if definitions != DEFINITIONS or seq is None or recorded_at is None:
            return None
        try:
            watermark = LedgerPoint(int(seq), from_micros(int(recorded_at)))
        except (ValueError, OverflowError):
            return None
        return Generation(name, watermark) if 0 <= watermark.seq < 2**63 else None

    async def apply(
        self,
        generation: Generation,
        upto: LedgerPoint,
        standings: Sequence[tuple[int, int | None]],
        as_of: datetime,
        *,
        in_use: bool,
    ) -> Applied:
        """Moves `generation` to `upto` with the absolute state of the learners in between.

        With `in_use`, it must be the one that readers use, else it is SUPERSEDED.
        `standings` are at most APPLY_MOST (learner_key, rank_key), None to take off the board.
        """
        assert len(standings) <= APPLY_MOST, "one script run must stay short"
        arguments: list[str | int] = [
            DEFINITIONS,
            generation.watermark.seq,
            to_micros(generation.watermark.recorded_at),
            upto.seq,
            to_micros(upto.recorded_at),
            to_micros(as_of),
        ]
        off = [member(key) for key, rank_key in standings if rank_key is None]
        arguments += [generation.name if in_use else "", len(off), *off]
        for key, rank_key in standings:
            if rank_key is not None:
                arguments += [rank_key, member(key)]
        keys = [
            self._keys.meta(generation.name),
            self._keys.board(generation.name),
            self._keys.current,
        ]
        with translated():
            return Applied(cast(str, await self._apply(keys=keys, args=arguments)))

    async def begin(self, name: str, start: LedgerPoint) -> Generation:
        """Begins a new generation, which nobody reads, at a point of the ledger."""
        try:
            await self._begin(name, start)
        except ProjectionDamaged:
            # Somebody put something else where generations are noted.
            with translated():
                await self._client.unlink(self._keys.generations)
            await self._begin(name, start)
        return Generation(name, start)

    async def _begin(self, name: str, start: LedgerPoint) -> None:
        with translated():
            async with self._client.pipeline(transaction=True) as pipeline:
                pipeline.hset(
                    self._keys.meta(name),
                    mapping={
                        "definitions": DEFINITIONS,
                        "watermark": start.seq,
                        "watermark_recorded_at": to_micros(start.recorded_at),
                        "as_of": to_micros(start.recorded_at),
                        "count": 0,
                    },
                )
                pipeline.expire(self._keys.meta(name), _BUILD_TTL_S)
                pipeline.sadd(self._keys.generations, name)
                await pipeline.execute()

    async def fill(self, name: str, part: int, standings: Sequence[tuple[int, int]]) -> int:
        """Adds at most APPLY_MOST placed learners to a generation begun here, part by part.

        Parts are numbered from 1 and follow one another. One may be repeated, and a repetition that
        comes late changes nothing.

        Returns how many members the generation then has.
        """
        assert len(standings) <= APPLY_MOST, "one script run must stay short"
        arguments: list[str | int] = [_BUILD_TTL_S, part]
        for key, rank_key in standings:
            arguments += [rank_key, member(key)]
        keys = [self._keys.meta(name), self._keys.board(name)]
        with translated():
            members = cast(int, await self._fill(keys=keys, args=arguments))
        if members < 0:
            raise ProjectionAway("a generation disappeared while it was built")
        return members

    async def flip(self, name: str, replaces: str, *, unless_behind: bool = True) -> Flipped:
        """Makes a finished generation current and frees the one it replaces, as one moment.

        SUPERSEDED when someone else replaced that one first; the generation is then freed. With
        `unless_behind`, BEHIND when that one is further along the ledger: readers would see what
        they saw vanish.
        """
        own = (self._keys.meta(name), self._keys.board(name))
        keys = [self._keys.current, *own, self._keys.generations]
        guard = "unless behind" if unless_behind else ""
        arguments = [name, replaces, self._keys.root, GLOBAL, guard]
        with translated():
            flipped = Flipped(cast(str, await self._flip(keys=keys, args=arguments)))
        if flipped is Flipped.SUPERSEDED:
            await self.discard(name)
        return flipped

    async def withdraw(self, name: str) -> None:
        """Takes a generation that tells another history away from readers, and frees it."""
        with translated():
            await self._withdraw(keys=[self._keys.current], args=[name])
        await self.discard(name)

    async def discard(self, name: str) -> None:
        """Frees a generation that nobody reads."""
        with translated():
            async with self._client.pipeline(transaction=True) as pipeline:
                pipeline.unlink(self._keys.meta(name), self._keys.board(name))
                pipeline.srem(self._keys.generations, name)
                await pipeline.execute()
