"""Boards made in SQL, who stands where on them by the rules, and both sources that answer."""

import random
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TypeVar

import grpc
from google.protobuf.message import Message

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_REDIS,
    LeaderboardEntry,
)
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls
from tests.contract.conftest import NOWHERE
from tests.contract.wire import until
from tests.sql import Sql

M = TypeVar("M", bound=Message)

XP_MAX = 2**29 - 1


@dataclass(frozen=True, slots=True)
class Learner:
    """Someone on a board, or not. `reached_at` is unset for whoever never had XP."""

    user_id: str
    xp: int
    reached_at: datetime | None
    visibility: str = "VISIBLE"

    @property
    def placed(self) -> bool:
        return self.visibility == "VISIBLE" and self.xp > 0


def minute(number: int, second: int = 0) -> datetime:
    return datetime(2026, 1, 1, 12, tzinfo=UTC) + timedelta(minutes=number, seconds=second)


def at_random(seed: int, size: int) -> list[Learner]:
    """Many ties, in XP and in the minute, and some who hold no place."""
    dice = random.Random(seed)
    learners: list[Learner] = []
    for number in range(size):
        xp = dice.choice([0, 1, 15, 15, 15, 30, 30, 45, 1000, XP_MAX])
        reached = minute(dice.randrange(3), dice.randrange(60))
        visibility = dice.choice(["VISIBLE"] * 6 + ["HIDDEN", "BANNED"])
        # Some had XP once and lost it.
        never = xp == 0 and dice.random() < 0.5
        learners.append(Learner(f"n{number:02d}", xp, None if never else reached, visibility))
    return learners


async def populate(sql: Sql, learners: Sequence[Learner]) -> None:
    """Registers the learners in order and books their XP at its time, one entry or two each."""
    await sql.executemany(
        "INSERT INTO users (user_id, display_name, visibility, total_xp, reached_at)"
        " VALUES ($1, 'is ' || $1, $2, $3, $4)",
        [(one.user_id, one.visibility, one.xp, one.reached_at) for one in learners],
    )
    dated = sorted(
        (one.reached_at, one.user_id, one.xp) for one in learners if one.reached_at is not None
    )
    await sql.executemany(
        "INSERT INTO xp_entries (seq, learner_key, amount, total_after, kind, counts_at,"
        " recorded_at) SELECT $1, learner_key, $3, $4, 'LEVEL', $5, $5 FROM users"
        " WHERE user_id = $2",
        [
            (seq, user_id, amount, total, at)
            for seq, (at, user_id, amount, total) in enumerate(
                (
                    entry
                    for at, user_id, xp in dated
                    for entry in (
                        [(at, user_id, xp, xp)]
                        if xp
                        else [(at, user_id, 9, 9), (at, user_id, -9, 0)]
                    )
                ),
                start=1,
            )
        ],
    )


def ranked(learners: Sequence[Learner]) -> list[LeaderboardEntry]:
    """The whole board by the rules of the contract, told in another way than the server's."""
    numbered = [(number, one) for number, one in enumerate(learners) if one.placed]

    def order(numbered_one: tuple[int, Learner]) -> tuple[int, datetime, int]:
        number, one = numbered_one
        assert one.reached_at is not None
        return -one.xp, one.reached_at.replace(second=0), -number

    entries: list[LeaderboardEntry] = []
    for position, (_, one) in enumerate(sorted(numbered, key=order), start=1):
        better = sum(other.placed and other.xp > one.xp for other in learners)
        entries.append(entry(one, position, better + 1))
    return entries


def entry(one: Learner, position: int = 0, rank: int = 0) -> LeaderboardEntry:
    made = LeaderboardEntry(
        position=position,
        rank=rank,
        user_id=one.user_id,
        display_name=f"is {one.user_id}",
        xp=one.xp,
    )
    if one.reached_at is not None:
        made.reached_at.FromDatetime(one.reached_at.replace(second=0))
    return made


@asynccontextmanager
async def both_sources(settings: Settings) -> AsyncGenerator[tuple[Calls, Calls]]:
    """A server that answers from Redis, and one that answers from PostgreSQL."""
    away = settings.model_copy(update={"redis_url": NOWHERE})
    async with (
        App(settings) as near,
        App(away) as far,
        grpc.aio.insecure_channel(near.address) as redis,
        grpc.aio.insecure_channel(far.address) as postgres,
    ):
        await until_redis(Calls(redis))
        yield Calls(redis), Calls(postgres)


async def until_redis(calls: Calls, token: str = "") -> None:
    """Waits until Redis answers, and includes what the consistency token names."""

    async def from_redis() -> bool:
        page = await calls.board(page_size=1, consistency_token=token)
        return page.source == LEADERBOARD_SOURCE_REDIS

    await until(from_redis)


def content(answer: M) -> M:
    """An answer without what may differ between the sources."""
    same = type(answer)()
    same.CopyFrom(answer)
    for name in ("source", "as_of"):
        same.ClearField(name)
    return same
