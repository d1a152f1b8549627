"""The ledger's lock, held by a stranger, and the backends that wait for it."""

from collections.abc import AsyncGenerator, Collection
from contextlib import asynccontextmanager
from typing import Final

import asyncpg

from tests.e2e.process import until
from tests.sql import Sql

_LOCK: Final = "x'6c617572656c73'::bigint"
"""What `append_entries` waits for."""


@asynccontextmanager
async def ledger_locked(database_url: str) -> AsyncGenerator[Sql]:
    """Nobody can append; `unlock_ledger` on the connection given lets them before its end."""
    holder = await asyncpg.connect(database_url)
    await holder.execute(f"SELECT pg_advisory_lock({_LOCK})")
    try:
        yield holder
    finally:
        await holder.close()


async def unlock_ledger(holder: Sql) -> None:
    await holder.execute(f"SELECT pg_advisory_unlock({_LOCK})")


async def backends_in_append(
    sql: Sql,
    count: int = 1,
    *,
    wrote: Collection[str] = (),
    but: Collection[int] = (),
    within_s: float = 5.0,
) -> list[int]:
    """Waits for so many backends that wait for the ledger's lock and wrote to all these tables.

    Returns the ids of them, without those given.
    """
    found: list[int] = []

    async def holds() -> bool:
        rows = await sql.fetch(
            """
            SELECT a.pid FROM pg_stat_activity a
             WHERE a.datname = current_database() AND a.application_name = 'laurels'
               AND a.wait_event_type = 'Lock' AND a.wait_event = 'advisory'
               AND a.query ~ 'append_entries|book_progress' AND a.backend_xid IS NOT NULL
               AND a.pid <> ALL(CAST($1 AS integer[]))
               AND cardinality(CAST($2 AS text[])) =
                   (SELECT count(DISTINCT l.relation) FROM pg_locks l
                      JOIN unnest(CAST($2 AS text[])) AS t ON l.relation = CAST(t AS regclass)
                     WHERE l.pid = a.pid AND l.granted AND l.mode = 'RowExclusiveLock')""",
            list(but),
            list(wrote),
        )
        found[:] = [row["pid"] for row in rows]
        return len(found) >= count

    await until(holds, f"{count} backends wait in append", within_s=within_s)
    return found
