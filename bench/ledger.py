"""Looks behind Laurels' back, after all is measured: is everything booked, exactly once?"""

import asyncpg

_CHECKS = {
    # Invariant I1 of the design.
    "learners whose total_xp is not the sum of their ledger": """
        SELECT count(*)
          FROM users u
          LEFT JOIN (SELECT learner_key, sum(amount) AS earned FROM xp_entries GROUP BY learner_key)
               e USING (learner_key)
         WHERE u.total_xp <> coalesce(e.earned, 0)
    """,
    # Invariant I2.
    "gaps in the ledger's numbering": """
        SELECT coalesce(max(seq), 0) - count(*) FROM xp_entries
    """,
    "levels paid more than once": """
        SELECT count(*) - count(DISTINCT (learner_key, reference)) FROM xp_entries
    """,
    "progress rows that disagree with the ledger": """
        SELECT count(*)
          FROM progress p
          LEFT JOIN xp_entries e ON e.learner_key = p.learner_key AND e.reference = p.level_id
         WHERE p.xp_paid <> coalesce(e.amount, 0)
    """,
}


# Every answered submission paid, so each has its entry.
_COUNTS = {
    "submissions stored": "SELECT count(*) FROM submissions",
    "ledger entries": "SELECT count(*) FROM xp_entries",
}


async def findings(database_url: str, acknowledged: int) -> list[str]:
    """What is wrong, one line each, given how many submissions were answered with success."""
    found: list[str] = []
    connection = await asyncpg.connect(database_url)
    try:
        for what, statement in _CHECKS.items():
            if count := await connection.fetchval(statement):
                found.append(f"{count} {what}")
        for what, statement in _COUNTS.items():
            count = await connection.fetchval(statement)
            if count != acknowledged:
                found.append(f"{count} {what} for {acknowledged} submissions answered")
    finally:
        await connection.close()
    return found
