"""What a read says of its own time."""

from datetime import datetime

import asyncpg
import pytest

from laurels_server.postgres.queries import query
from tests.calls import Calls
from tests.sql import Sql


@pytest.mark.parametrize("name", ["board_page_from", "read_feed"])
async def test_the_time_a_read_gives_itself_is_not_after_its_snapshot(
    name: str, calls: Calls, sql: Sql, database_url: str
) -> None:
    """A query sees what was committed when its parameters were bound and runs a moment later.

    Between the two, which are far apart here, others commit: a time taken then promises too much.
    """
    arguments = {"skipped": 0, "most": 50, "watermark": 0}
    asked = query(name)
    async with sql.transaction():
        cursor = await sql.cursor(asked.sql, *(arguments[name] for name in asked.parameters))
        await calls.submit("scout-001", "puk_u1_l1")
        other = await asyncpg.connect(database_url)
        committed: datetime = await other.fetchval("SELECT clock_timestamp()")
        await other.close()
        row = await cursor.fetchrow()

    assert row is not None
    assert row[0] < committed
