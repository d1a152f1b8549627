"""Looks at both stores for what would break a promise, and says what to do about it.

Only looks: nothing is written.
"""

import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from urllib.parse import urlsplit

from laurels_server.config import Settings
from laurels_server.postgres import diagnosis as postgres
from laurels_server.postgres import schema
from laurels_server.postgres.database import Database
from laurels_server.postgres.engine import Limits, create_engine
from laurels_server.postgres.failures import StoreFailure
from laurels_server.postgres.probe import Misconfigured, refused
from laurels_server.redis import diagnosis as redis
from laurels_server.redis.connection import ProjectionAway, ProjectionRefused, connect

_REDIS_TIMEOUT_MS = 2_000
"""A doctor has more patience than a reader of a board."""

_NOEVICTION = "noeviction"


class Verdict(StrEnum):
    """What came of a look."""

    WELL = "well"
    WRONG = "wrong"
    UNSEEN = "unseen"
    """It could not be looked at."""


@dataclass(frozen=True, slots=True)
class Check:
    """One thing that was looked at: what was seen, and what to do unless all is well."""

    name: str
    verdict: Verdict
    saw: str
    advice: str = ""


@dataclass(frozen=True, slots=True)
class Clock:
    """How far a clock is ahead of this machine's, in seconds, give or take `within_s`."""

    owner: str
    ahead_s: float
    within_s: float


@dataclass(slots=True)
class Examination:
    """What a look at a store found."""

    checks: list[Check] = field(default_factory=list[Check])
    clock: Clock | None = None

    def well(self, name: str, saw: str) -> None:
        """Notes that something is as it should be."""
        self.checks.append(Check(name, Verdict.WELL, saw))

    def wrong(self, name: str, saw: str, advice: str) -> None:
        """Notes that something is not."""
        self.checks.append(Check(name, Verdict.WRONG, saw, advice))

    def unseen(self, name: str, saw: str, advice: str) -> None:
        """Notes that nobody could look."""
        self.checks.append(Check(name, Verdict.UNSEEN, saw, advice))

    def judge(self, name: str, saw: str, *, wrong: bool, advice: str) -> None:
        """Notes that something is wrong, or else well."""
        if wrong:
            self.wrong(name, saw, advice)
        else:
            self.well(name, saw)


async def examine_postgres(settings: Settings) -> Examination:
    """The connection, the schema, what a commit is worth, and the clock."""
    found = Examination()
    if not settings.database_url:
        found.unseen(
            "postgresql",
            "LAURELS_DATABASE_URL is not set here",
            "Set it as the server has it, or give --database-url.",
        )
        return found
    try:
        pools = [create_engine(settings.database_url, Limits(pool_size=1)) for _ in range(2)]
    except ValueError as error:
        found.wrong("postgresql", f"LAURELS_DATABASE_URL is wrong: {error}", "Mend the URL.")
        return found
    database = Database(*pools)
    try:
        await _ask_postgres(database, found)
    except Misconfigured as error:
        found.wrong(
            "postgresql", f"it refuses us: {error}", "Mend the user, password or database's name."
        )
    except StoreFailure as failure:
        found.wrong(
            "postgresql",
            f"no answer: {failure}",
            "Start PostgreSQL, or mend the host and port in LAURELS_DATABASE_URL.",
        )
    finally:
        await database.close()
    return found


async def _ask_postgres(database: Database, found: Examination) -> None:
    with refused():
        facts = await database.read(postgres.diagnose)
    found.judge(
        "postgresql",
        f"PostgreSQL {facts.version}" + (", which takes no writes" if facts.read_only else ""),
        wrong=facts.read_only or facts.major < postgres.OLDEST,
        advice=(
            "Name the primary in LAURELS_DATABASE_URL: this is a standby, or set to read only."
            if facts.read_only
            else f"Move to PostgreSQL {postgres.OLDEST} or newer."
        ),
    )
    version, needed = await schema.current_version(database), schema.needed_version()
    found.judge(
        "migrations",
        f"the schema is at {version or 'nothing'}, this version of Laurels needs {needed}",
        wrong=version != needed,
        advice=(
            "Run `laurels migrate`."
            if version is None or version < needed
            else "Use the `laurels` of the servers, which is newer than this one."
        ),
    )
    # Where no other machine is waited for, all but `off` wait for this one's disk.
    enough = {"on", "remote_apply"} if facts.has_standbys else {"on", "remote_apply", "local"}
    found.judge(
        "synchronous_commit",
        facts.synchronous_commit,
        wrong=facts.synchronous_commit not in enough,
        advice="Set it to on for this role and database: a crash would lose acknowledged XP.",
    )
    found.judge(
        "durability",
        "fsync and full_page_writes are on" if facts.survives_crash else "fsync is not whole",
        wrong=not facts.survives_crash,
        advice="Set fsync and full_page_writes to on: a crash of the machine could lose all of it.",
    )
    found.clock = await read_clock("PostgreSQL", lambda: database.read(postgres.clock))


async def examine_redis(settings: Settings) -> Examination:
    """The connection, the database's number, what is evicted, and the clock."""
    found = Examination()
    url = settings.redis_url
    if not url:
        found.unseen(
            "redis",
            "LAURELS_REDIS_URL is not set here",
            "Set it as the server has it, or give --redis-url.",
        )
        return found
    try:
        client = connect(url, timeout_ms=_REDIS_TIMEOUT_MS, connections=1)
    except ValueError as error:
        found.wrong("redis", f"LAURELS_REDIS_URL is wrong: {error}", "Mend the URL.")
        return found
    try:
        facts = await redis.diagnose(client)
        _judge_redis(facts, found)
        found.clock = await read_clock("Redis", lambda: redis.clock(client))
    except redis.NoSuchDatabase:
        found.wrong(
            "redis database",
            f"there is no database {urlsplit(url).path.strip('/')}",
            "Name one that exists at the end of LAURELS_REDIS_URL, most often 0.",
        )
    except ProjectionRefused as error:
        found.wrong("redis", f"it refuses us: {error}", "Mend the password in LAURELS_REDIS_URL.")
    except ProjectionAway as away:
        found.wrong(
            "redis",
            f"no answer: {away}",
            "Start Redis, or mend the host and port in LAURELS_REDIS_URL; until then PostgreSQL "
            "answers readers.",
        )
    finally:
        await client.aclose()
    return found


def _judge_redis(facts: redis.Diagnosis, found: Examination) -> None:
    if facts.is_too_old is None and not facts.is_replica:
        found.unseen(
            "redis",
            f"{facts.name} of a version that is not known: {facts.version or 'it tells none'}",
            "See in its service's console that it is Redis 7, Valkey 8 or newer.",
        )
    else:
        found.judge(
            "redis",
            f"{facts.name} {facts.version}" + (", a replica" if facts.is_replica else ""),
            wrong=bool(facts.is_too_old) or facts.is_replica,
            advice=(
                "Name the primary in LAURELS_REDIS_URL: a replica takes no writes."
                if facts.is_replica
                else "Move to Redis 7, Valkey 8 or newer."
            ),
        )
    limit = f"of {facts.maxmemory:,} bytes" if facts.maxmemory else "without a limit of memory"
    if not facts.maxmemory_policy:
        found.unseen(
            "maxmemory-policy",
            "this Redis does not tell",
            "See in its service's console that it is noeviction.",
        )
        return
    found.judge(
        "maxmemory-policy",
        f"{facts.maxmemory_policy}, {limit}",
        wrong=facts.maxmemory_policy != _NOEVICTION,
        advice="Set maxmemory-policy to noeviction: a learner who is evicted is missing on the "
        "board until it is built anew.",
    )


async def read_clock(owner: str, ask: Callable[[], Awaitable[datetime]]) -> Clock:
    """Compares a clock with this machine's, which must have stood in the middle of the call."""
    before = this_machine_s()
    began = time.monotonic()
    told = await ask()
    took = time.monotonic() - began
    return Clock(owner, told.astimezone(UTC).timestamp() - before - took / 2, took / 2)


def this_machine_s() -> float:
    """What this machine's clock says, in seconds from 1970, to be compared and for nothing else."""
    return time.time()  # noqa: TID251
