"""A crowd of learners with a past, put behind Laurels' back: it would take hours to submit it.

The tables are left as the service would have left them: a ledger without gaps, each learner's
entries far apart in it, and totals, times and progress that follow from it. An audit finds nothing.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import asyncpg

_SQL = Path(__file__).with_name("sql")

_STRIDE = 1_299_709
"""A prime: steps of it go round all learners before they come back to the first."""

_PAST = timedelta(days=30)
"""How long ago the first entry was recorded."""

_PATIENCE_S = 900.0

_LATER = {
    "users": ("users_board", "users_user_id_key"),
    "xp_entries": ("xp_entries_account",),
    "progress": ("progress_pkey",),
}
"""What is put in order once at the end, by its own definition, rather than row by row."""

_DEFINITION = """
    SELECT CASE WHEN c.oid IS NULL THEN pg_get_indexdef(i.indexrelid)
                ELSE format('ALTER TABLE %s ADD CONSTRAINT %I %s', i.indrelid::regclass,
                            c.conname, pg_get_constraintdef(c.oid)) END AS made_by,
           CASE WHEN c.oid IS NULL THEN format('DROP INDEX %s', i.indexrelid::regclass)
                ELSE format('ALTER TABLE %s DROP CONSTRAINT %I', i.indrelid::regclass,
                            c.conname) END AS dropped_by
      FROM pg_index i
      LEFT JOIN pg_constraint c ON c.conindid = i.indexrelid AND c.contype IN ('p', 'u')
     WHERE i.indexrelid = CAST(CAST($1 AS text) AS regclass)
"""


async def gather(database_url: str, learners: int, rounds: int) -> int:
    """Fills an empty schema; everyone gets `rounds` entries. Returns the number of entries."""
    if learners % _STRIDE == 0:
        raise ValueError(f"{learners} learners would not all be met")
    entries = learners * rounds
    past = (datetime.now(UTC) - _PAST, _PAST / entries)
    arguments = (learners, rounds, _STRIDE, *past)
    # Each on a connection of its own, so that two cores are used.
    await asyncio.gather(*(_fill(database_url, table, arguments) for table in _LATER))
    connection = await asyncpg.connect(database_url)
    try:
        await connection.execute(
            "SELECT setval(pg_get_serial_sequence('users', 'learner_key'), max(learner_key))"
            " FROM users"
        )
        # Or autovacuum would, in the midst of what is measured.
        await connection.execute(
            "VACUUM (ANALYZE) users, xp_entries, progress", timeout=_PATIENCE_S
        )
        await connection.execute("CHECKPOINT", timeout=_PATIENCE_S)
    finally:
        await connection.close()
    return entries


async def _fill(database_url: str, table: str, arguments: Sequence[object]) -> None:
    statement = (_SQL / f"crowd_{table.removeprefix('xp_')}.sql").read_text()
    connection = await asyncpg.connect(database_url)
    try:
        definitions: list[str] = []
        for name in _LATER[table]:
            row = await connection.fetchrow(_DEFINITION, name)
            assert row is not None
            definitions.append(row["made_by"])
            await connection.execute(row["dropped_by"])
        await connection.execute(statement, *arguments, timeout=_PATIENCE_S)
        for definition in definitions:
            await connection.execute(definition, timeout=_PATIENCE_S)
    finally:
        await connection.close()
