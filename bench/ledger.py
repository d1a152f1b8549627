"""Looks behind Laurels' back, after all is measured: is every answered submission booked, once?

That the ledger, the totals, the progress and the board add up is for `laurels audit` to say.
"""

import asyncpg

# Every answered submission paid for a level of its own, so each has its entry.
_SUBMISSIONS = "SELECT count(*) FROM submissions"
_ENTRIES = "SELECT count(*) FROM xp_entries WHERE seq > $1"
_TWICE = """
    SELECT count(*) - count(DISTINCT (learner_key, reference)) FROM xp_entries WHERE seq > $1
"""


async def findings(database_url: str, acknowledged: int, *, before: int = 0) -> list[str]:
    """What is wrong, one line each, given how many submissions were answered with success, and how
    many entries were in the ledger `before` them."""
    found: list[str] = []
    connection = await asyncpg.connect(database_url)
    try:
        if twice := await connection.fetchval(_TWICE, before):
            found.append(f"{twice} levels paid more than once")
        for what, count in (
            ("submissions stored", await connection.fetchval(_SUBMISSIONS)),
            ("ledger entries", await connection.fetchval(_ENTRIES, before)),
        ):
            if count != acknowledged:
                found.append(f"{count} {what} for {acknowledged} submissions answered")
    finally:
        await connection.close()
    return found
