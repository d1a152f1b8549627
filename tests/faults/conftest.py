"""A fresh database with levels to play and learners, for servers in processes of their own."""

import os
import random
from collections.abc import AsyncGenerator

import asyncpg
import pytest

from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.domain.catalog import Level
from laurels_server.domain.xp import XpPolicy
from tests.e2e.process import Setting
from tests.faults import matrix
from tests.faults.checks import BEST, FIRST
from tests.sql import Sql


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Prints the fault matrix."""
    if lines := matrix.table():
        terminalreporter.section("fault matrix")
        for line in lines:
            terminalreporter.write_line(line)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """A whole run of `make faults` must have a row of every fault."""
    if matrix.FULL and not session.config.getoption("keyword") and (left := matrix.missing()):
        print(f"\nNo row of: {', '.join(left)}")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


@pytest.fixture
def seed() -> int:
    """What the random choices of a test come from; FAULTS_SEED repeats a run."""
    chosen = int(os.environ.get("FAULTS_SEED") or random.SystemRandom().randrange(2**32))
    print(f"FAULTS_SEED={chosen}")
    return chosen


@pytest.fixture
async def shared(settings: Settings) -> dict[str, Setting]:
    """What every `laurels serve` of a test is given: one database, one Redis, one key prefix."""
    async with App(settings) as app:
        await app.load_sample()
        await app.services.levels.upsert(
            [(level.level_id, lambda _, level=level: level) for level in _open_levels()],
            validate_only=False,
        )
    return {
        "database_url": settings.database_url,
        "redis_url": settings.redis_url,
        "redis_prefix": settings.redis_prefix,
    }


def _open_levels() -> list[Level]:
    """Levels that wait for no other, so that one learner's attempts may come in any order."""
    policies = dict.fromkeys(FIRST, XpPolicy.FIRST_PASS) | dict.fromkeys(BEST, XpPolicy.BEST_SCORE)
    return [
        Level(level_id, level_id, position, 10 + position, xp_policy=policy)
        for position, (level_id, policy) in enumerate(policies.items(), start=100)
    ]


@pytest.fixture
async def stranger(database_url: str) -> AsyncGenerator[Sql]:
    """A connection of somebody who knows nothing of our rules."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()
