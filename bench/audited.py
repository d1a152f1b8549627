"""The audited flow, rebuilt: what Laurels replaces, over the same PostgreSQL and Valkey.

The steps of a submission, under the audit's own names and numbers:

    router.submit_progress -> service.submit_progress
    1.  get level by level_id
    2.  calculate xp_earned from level.xp_reward
    3.  repository.upsert_user_progress                         select, insert or update, Commit #1
    4a. query User by user_id                                   select
    4b. update user.total_xp = old_total_xp + xp_earned
    4c. flush                                                   update
    4d. Commit #2
    4e. refresh user                                            select
    4f. verify update with another query                        select
    4g. LeaderboardService.update_user_score                    ZADD
        redis_client.zscore, redis_client.zrevrank              ZSCORE, ZREVRANK
    5.  unlock next level (if completed)                        select; select, insert, commit
    6.  router: query user for the newest total_xp              select

and of a leaderboard, `LeaderboardService._get_leaderboard_from_postgres`: users with total_xp > 0
by total_xp descending, up to a limit.

It is given every advantage that leaves the steps as they are: uvloop, hiredis, Laurels' pool size,
an index for each query, no log lines (the original writes about ten a call), no authentication.
Its sessions keep what they loaded after a commit, as the original's must: its router reads
`progress.status` after Commit #2, which would fail otherwise.

`python -m bench.audited HOST:PORT DATABASE_URL REDIS_URL UNITS LEARNERS` creates its tables, fills
them with the workload's levels and learners, and serves.
"""

import asyncio
import sys

import grpc
from redis.asyncio import Redis
from sqlalchemy import ForeignKey, Identity, Index, Text, insert, make_url, select
from sqlalchemy.ext.asyncio import (
    AsyncEngine,
    AsyncSession,
    async_sessionmaker,
    create_async_engine,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

from bench import serving, workload
from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_POSTGRES,
    GetLeaderboardRequest,
    GetLeaderboardResponse,
    LeaderboardEntry,
)
from laurels.v1.leaderboard_service_pb2_grpc import (
    LeaderboardServiceServicer,
    add_LeaderboardServiceServicer_to_server,
)
from laurels.v1.progress_service_pb2 import (
    PROGRESS_STATUS_COMPLETED,
    PROGRESS_STATUS_IN_PROGRESS,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from laurels.v1.progress_service_pb2_grpc import (
    ProgressServiceServicer,
    add_ProgressServiceServicer_to_server,
)

POOL_SIZE = 12
"""Laurels' default."""

BOARD = "leaderboard:training"


class Base(DeclarativeBase):
    """The models of the audited flow."""


class User(Base):
    __tablename__ = "users"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    name: Mapped[str] = mapped_column(Text)
    total_xp: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("users_total_xp", total_xp.desc(), postgresql_where=total_xp > 0),)


class Level(Base):
    __tablename__ = "levels"

    level_id: Mapped[str] = mapped_column(Text, primary_key=True)
    unit: Mapped[int]
    number: Mapped[int]
    xp_reward: Mapped[int]

    __table_args__ = (Index("levels_unit_number", "unit", "number", unique=True),)


class Progress(Base):
    __tablename__ = "progress"

    id: Mapped[int] = mapped_column(Identity(), primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey(User.id))
    level_id: Mapped[str] = mapped_column(ForeignKey(Level.level_id))
    status: Mapped[str] = mapped_column(Text)
    score: Mapped[int] = mapped_column(default=0)
    total_questions: Mapped[int] = mapped_column(default=0)
    correct_answers: Mapped[int] = mapped_column(default=0)
    time_spent_seconds: Mapped[int] = mapped_column(default=0)
    xp_earned: Mapped[int] = mapped_column(default=0)
    attempts: Mapped[int] = mapped_column(default=0)

    __table_args__ = (Index("progress_user_level", "user_id", "level_id", unique=True),)


class TrainingRepository:
    """Reads and writes levels and progress; commits what it writes, as the original does."""

    def __init__(self, db: AsyncSession) -> None:
        self.db = db

    async def get_level(self, level_id: str) -> Level | None:
        """A level by id."""
        result = await self.db.execute(select(Level).where(Level.level_id == level_id))
        return result.scalar_one_or_none()

    async def get_next_level(self, level: Level) -> Level | None:
        """The level after this one in its unit."""
        after = (Level.unit == level.unit, Level.number == level.number + 1)
        result = await self.db.execute(select(Level).where(*after))
        return result.scalar_one_or_none()

    async def get_user_progress(self, user_id: int, level_id: str) -> Progress | None:
        """A learner's progress on a level."""
        here = (Progress.user_id == user_id, Progress.level_id == level_id)
        result = await self.db.execute(select(Progress).where(*here))
        return result.scalar_one_or_none()

    async def upsert_user_progress(
        self, user_id: int, request: SubmitProgressRequest, status: str, xp_earned: int
    ) -> Progress:
        """Stores an attempt; Commit #1."""
        progress = await self.get_user_progress(user_id, request.level_id)
        if progress is None:
            progress = Progress(user_id=user_id, level_id=request.level_id, attempts=0)
            self.db.add(progress)
        progress.status = status
        progress.score = request.score
        progress.total_questions = request.total_questions
        progress.correct_answers = request.correct_answers
        progress.time_spent_seconds = request.time_spent_seconds
        progress.xp_earned = xp_earned
        progress.attempts += 1
        await self.db.commit()
        return progress

    async def unlock_level(self, user_id: int, level_id: str) -> None:
        """Opens a level to a learner who has not attempted it."""
        if await self.get_user_progress(user_id, level_id) is None:
            self.db.add(Progress(user_id=user_id, level_id=level_id, status="unlocked"))
            await self.db.commit()


class LeaderboardService:
    """The sorted set, and the leaderboard from PostgreSQL."""

    def __init__(self, db: AsyncSession, redis: Redis) -> None:
        self.db = db
        self.redis = redis

    async def update_user_score(self, user_id: int, total_xp: int) -> None:
        """Writes a learner's total to the sorted set."""
        await self.redis.zadd(BOARD, {str(user_id): total_xp})

    async def get_leaderboard_from_postgres(self, limit: int) -> list[User]:
        """The learners with most XP."""
        stmt = select(User).where(User.total_xp > 0).order_by(User.total_xp.desc()).limit(limit)
        return list((await self.db.execute(stmt)).scalars())


class TrainingService:
    """Submissions."""

    def __init__(self, db: AsyncSession, redis: Redis) -> None:
        self.db = db
        self.redis = redis
        self.repository = TrainingRepository(db)

    async def submit_progress(
        self, user_id: int, request: SubmitProgressRequest
    ) -> tuple[Progress, str]:
        """Steps 1 to 5; returns the progress and the level unlocked, if one was."""
        level = await self.repository.get_level(request.level_id)
        if level is None:
            raise ValueError(f"Level {request.level_id} not found")
        completed = request.correct_answers == request.total_questions
        xp_earned = level.xp_reward if completed else 0
        status = "completed" if completed else "in_progress"
        progress = await self.repository.upsert_user_progress(user_id, request, status, xp_earned)
        if xp_earned > 0:
            await self._update_xp(user_id, xp_earned)
        unlocked = ""
        if completed:
            next_level = await self.repository.get_next_level(level)
            if next_level is not None:
                await self.repository.unlock_level(user_id, next_level.level_id)
                unlocked = next_level.level_id
        return progress, unlocked

    async def _update_xp(self, user_id: int, xp_earned: int) -> None:
        stmt = select(User).where(User.id == user_id)
        user = (await self.db.execute(stmt)).scalar_one_or_none()
        if user is None:
            return
        old_total_xp = user.total_xp or 0
        if user not in self.db.identity_map.values():
            await self.db.refresh(user)
        user.total_xp = old_total_xp + xp_earned
        await self.db.flush()
        await self.db.commit()
        await self.db.refresh(user)
        new_total_xp = user.total_xp or 0
        verify_stmt = select(User).where(User.id == user_id)
        verify_user = (await self.db.execute(verify_stmt)).scalar_one_or_none()
        assert verify_user is not None
        assert verify_user.total_xp == new_total_xp
        await LeaderboardService(self.db, self.redis).update_user_score(user_id, new_total_xp)
        await self.redis.zscore(BOARD, str(user_id))
        await self.redis.zrevrank(BOARD, str(user_id))


class Router(ProgressServiceServicer, LeaderboardServiceServicer):
    """The endpoints: a session a call."""

    def __init__(self, engine: AsyncEngine, redis: Redis) -> None:
        self._sessions = async_sessionmaker(engine, expire_on_commit=False)
        self._redis = redis

    async def SubmitProgress(
        self, request: SubmitProgressRequest, context: object
    ) -> SubmitProgressResponse:
        """`router.submit_progress`, with step 6."""
        user_id = _key(request.user_id)
        async with self._sessions() as db:
            progress, unlocked = await TrainingService(db, self._redis).submit_progress(
                user_id, request
            )
            user = (await db.execute(select(User).where(User.id == user_id))).scalar_one_or_none()
            current_total_xp = user.total_xp or 0 if user else 0
        passed = progress.status == "completed"
        return SubmitProgressResponse(
            request_id=request.request_id,
            user_id=request.user_id,
            level_id=progress.level_id,
            status=PROGRESS_STATUS_COMPLETED if passed else PROGRESS_STATUS_IN_PROGRESS,
            passed=passed,
            score=progress.score,
            correct_answers=progress.correct_answers,
            total_questions=progress.total_questions,
            xp_earned=progress.xp_earned,
            total_xp=current_total_xp,
            best_score=progress.score,
            attempts=progress.attempts,
            unlocked_level_ids=[unlocked] if unlocked else [],
        )

    async def GetLeaderboard(
        self, request: GetLeaderboardRequest, context: object
    ) -> GetLeaderboardResponse:
        """The leaderboard from PostgreSQL."""
        async with self._sessions() as db:
            users = await LeaderboardService(db, self._redis).get_leaderboard_from_postgres(
                request.page_size
            )
        entries = [
            LeaderboardEntry(
                position=place,
                rank=place,
                user_id=workload.user_id(user.id),
                display_name=user.name,
                xp=user.total_xp,
            )
            for place, user in enumerate(users, start=1)
        ]
        return GetLeaderboardResponse(entries=entries, source=LEADERBOARD_SOURCE_POSTGRES)


def _key(user_id: str) -> int:
    """The integer that the original finds in its JWT."""
    return int(user_id.rpartition("-")[2])


async def fill(engine: AsyncEngine, redis: Redis, units: int, learners: int) -> None:
    """Creates the tables, levels, and learners with their placement's XP; none of it twice."""
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
        if await connection.scalar(select(User.id).limit(1)) is not None:
            return
        levels = [
            {
                "level_id": workload.level_id(unit, number),
                "unit": unit,
                "number": number,
                "xp_reward": workload.LEVEL_XP,
            }
            for unit in range(1, units + 1)
            for number in range(1, workload.UNIT_LEVELS + 1)
        ]
        await connection.execute(insert(Level), levels)
        totals = {learner: workload.placement_xp(learner) for learner in range(1, learners + 1)}
        users = [
            {"id": learner, "name": workload.display_name(learner), "total_xp": total}
            for learner, total in totals.items()
        ]
        await connection.execute(insert(User), users)
    await redis.zadd(BOARD, {str(learner): total for learner, total in totals.items()})


async def _serve(listen: str, database_url: str, redis_url: str, units: int, learners: int) -> None:
    url = make_url(database_url).set(drivername="postgresql+asyncpg")
    engine = create_async_engine(url, pool_size=POOL_SIZE, max_overflow=0)
    redis = Redis.from_url(redis_url, decode_responses=True)
    await fill(engine, redis, units, learners)
    # What it lacks is answered UNIMPLEMENTED.
    router = Router(engine, redis)  # pyright: ignore[reportAbstractUsage]

    def register(server: grpc.aio.Server) -> None:
        add_ProgressServiceServicer_to_server(router, server)
        add_LeaderboardServiceServicer_to_server(router, server)

    await serving.serve(listen, register)
    await asyncio.gather(engine.dispose(), redis.aclose())


if __name__ == "__main__":
    serving.run(_serve(*sys.argv[1:4], units=int(sys.argv[4]), learners=int(sys.argv[5])))
