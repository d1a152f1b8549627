"""Many learners at once, written straight into the ledger, for boards of a size that costs."""

from tests.sql import Sql

_REGISTER = """
INSERT INTO users (user_id, display_name)
SELECT format('crowd-%s', n), format('Crowd %s', n) FROM generate_series(1, $1) AS n
"""

_AWARD = """
SELECT append_entries(
    array_agg(learner_key), array_agg(xp), array_agg(xp), array_agg('AWARD'::text),
    array_agg('crowd'::text), array_agg(''::text), array_agg(''::text), array_agg(''::text),
    array_agg(''::text), array_agg(NULL::jsonb), array_agg(NULL::bigint),
    array_agg(NULL::timestamptz))
  FROM (SELECT learner_key, CAST(1 + learner_key % 1000 AS integer) AS xp
          FROM users WHERE user_id LIKE 'crowd-%') AS placed
"""


async def crowd(sql: Sql, learners: int) -> None:
    """Registers so many learners and gives each between 1 and 1000 XP."""
    async with sql.transaction():
        await sql.execute(_REGISTER, learners)
        await sql.execute(_AWARD)
    # Planned as a board that grew to this size would be.
    await sql.execute("ANALYZE users")
