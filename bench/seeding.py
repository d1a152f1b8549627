"""Fills Laurels with the workload's levels and learners, through its own RPCs."""

from collections.abc import Iterator, Sequence
from typing import TypeVar

import grpc

from bench import workload
from laurels.v1.catalog_service_pb2 import XP_POLICY_BEST_SCORE, Level, UpsertLevelsRequest
from laurels.v1.catalog_service_pb2_grpc import CatalogServiceStub
from laurels.v1.progress_service_pb2 import BatchSubmitProgressRequest
from laurels.v1.progress_service_pb2_grpc import ProgressServiceStub
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels.v1.user_service_pb2_grpc import UserServiceStub

T = TypeVar("T")

_MOST = 1000
"""Items that one call takes."""


async def upsert_levels(address: str, units: int) -> None:
    """Registers the placement, and that many units."""
    async with grpc.aio.insecure_channel(address) as channel:
        for levels in _parts(_levels(units)):
            await CatalogServiceStub(channel).UpsertLevels(UpsertLevelsRequest(levels=levels))


async def seed(address: str, units: int, learners: int) -> int:
    """Registers levels and learners, and places every learner; returns how many submissions."""
    await upsert_levels(address, units)
    async with grpc.aio.insecure_channel(address) as channel:
        users = UserServiceStub(channel)
        numbers = range(1, learners + 1)
        for part in _parts(numbers):
            registered = [
                User(user_id=workload.user_id(number), display_name=workload.display_name(number))
                for number in part
            ]
            await users.UpsertUsers(UpsertUsersRequest(users=registered))
        for placements in _parts(workload.placements(numbers)):
            call = ProgressServiceStub(channel).BatchSubmitProgress
            answer = await call(BatchSubmitProgressRequest(requests=placements))
            for result in answer.results:
                if not result.HasField("response"):
                    raise RuntimeError(f"a placement was refused: {result.error}")
    return learners


def _levels(units: int) -> list[Level]:
    levels = [
        Level(
            level_id=workload.PLACEMENT_LEVEL,
            title="Placement",
            xp_reward=workload.PLACEMENT_XP,
            pass_ratio=0.01,
            xp_policy=XP_POLICY_BEST_SCORE,
        )
    ]
    for unit in range(1, units + 1):
        before: list[str] = []
        for number in range(1, workload.UNIT_LEVELS + 1):
            level_id = workload.level_id(unit, number)
            levels.append(
                Level(
                    level_id=level_id,
                    title=f"Unit {unit}, level {number}",
                    position=len(levels),
                    xp_reward=workload.LEVEL_XP,
                    max_score=100,
                    prerequisite_level_ids=before,
                )
            )
            before = [level_id]
    return levels


def _parts(items: Sequence[T]) -> Iterator[Sequence[T]]:
    return (items[first : first + _MOST] for first in range(0, len(items), _MOST))
