"""The one function that writes the ledger, called by two at once."""

import asyncio

import asyncpg

from laurels_server.app import App
from tests.sql import Sql

APPEND = """
SELECT last_seq, last_recorded_at
  FROM append_entries(ARRAY[$1::bigint], ARRAY[5], ARRAY[5], ARRAY['AWARD'], ARRAY['quiz'],
                      ARRAY[''], ARRAY[''], ARRAY[''], ARRAY[''], ARRAY[NULL]::jsonb[],
                      ARRAY[NULL]::bigint[], ARRAY[NULL]::timestamptz[])
"""


async def test_appends_for_different_learners_take_turns_until_the_commit(
    database_url: str, sql: Sql, app: App
) -> None:
    first, second = await sql.fetch("SELECT learner_key FROM users ORDER BY learner_key LIMIT 2")
    one, other = await asyncpg.connect(database_url), await asyncpg.connect(database_url)
    try:
        transaction = one.transaction()
        await transaction.start()
        earlier = await one.fetchrow(APPEND, first["learner_key"])
        waiting = asyncio.create_task(other.fetchrow(APPEND, second["learner_key"]))
        await asyncio.wait({waiting}, timeout=0.3)
        assert not waiting.done(), "it did not wait for the commit"
        await transaction.commit()
        later = await waiting
    finally:
        await one.close()
        await other.close()
    assert earlier is not None
    assert later is not None
    assert (earlier["last_seq"], later["last_seq"]) == (1, 2)
    assert earlier["last_recorded_at"] <= later["last_recorded_at"]


async def test_who_rolls_back_leaves_no_gap(app: App, database_url: str, sql: Sql) -> None:
    [learner] = await sql.fetch("SELECT learner_key FROM users ORDER BY learner_key LIMIT 1")
    other = await asyncpg.connect(database_url)
    try:
        transaction = other.transaction()
        await transaction.start()
        await other.fetchrow(APPEND, learner["learner_key"])
        await transaction.rollback()
    finally:
        await other.close()
    booked = await sql.fetchrow(APPEND, learner["learner_key"])
    assert booked is not None
    assert booked["last_seq"] == 1
