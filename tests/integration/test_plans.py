"""The hot statements look keys up by index, also where their plans were made for empty tables."""

from collections.abc import AsyncGenerator, Awaitable, Callable
from datetime import UTC, datetime

import pytest

from laurels_server.domain.ledger import EntryKind, LedgerPoint, NewEntry
from laurels_server.domain.progress import Answer, LevelRecord, ProgressStatus, Submission
from laurels_server.postgres import awards, feed, learners, ledger
from laurels_server.postgres.database import Connection, Database
from laurels_server.postgres.engine import Limits, create_engine
from laurels_server.postgres.queries import parsed
from tests.sql import Sql

LEARNERS = 5000
BATCH = 50

ANSWER = Answer("", "", "", ProgressStatus.COMPLETED, True, 0, 1, 1, 15, 15, 0, 1, ())

_READ_AT_LENGTH = parsed(
    "SELECT relname FROM pg_stat_xact_user_tables"
    f" WHERE seq_tup_read + coalesce(idx_tup_fetch, 0) > {LEARNERS // 2}"
)

_FILL = (
    "INSERT INTO users (user_id, total_xp)"
    "  SELECT 'crowd-' || n, 15 FROM generate_series(1, $1) AS n",
    "INSERT INTO progress SELECT learner_key, level, 0, 1, 0, 0, NULL, now()"
    "  FROM users, (VALUES ('one'), ('two')) AS levels (level) WHERE learner_key <= $1",
    "INSERT INTO submissions (learner_key, request_id, kind, fingerprint, recorded_at)"
    "  SELECT learner_key, 'request-' || n, 'AWARD', '', now()"
    "  FROM users, generate_series(1, 2) AS n WHERE learner_key <= $1",
    "INSERT INTO xp_entries (seq, learner_key, amount, total_after, kind, counts_at, recorded_at)"
    "  SELECT learner_key, learner_key, 15, 15, 'LEVEL', now(), now() FROM users"
    "  WHERE learner_key <= $1",
)


@pytest.fixture
async def database(database_url: str) -> AsyncGenerator[Database]:
    """One connection for each kind of work, so that a plan once made is there again."""
    engines = [create_engine(database_url, Limits(pool_size=1)) for _ in range(2)]
    database = Database(*engines)
    yield database
    await database.close()


async def award(connection: Connection) -> None:
    users = [f"crowd-{number}" for number in range(1, BATCH + 1)]
    state = await awards.lock_and_read(
        connection,
        users,
        [(user, level) for user in users for level in ("one", "two", "three")],
        [],
        [(user, "request-1") for user in users],
        wait=True,
    )
    found = list(state.learners.values())
    booked = [
        awards.BookedSubmission(
            learner.key,
            Submission(f"new-{state.ledger_end.seq}", learner.user_id, "three", 0, 1, 1, 1),
            b"",
            ANSWER,
        )
        for learner in found
    ]
    records = {(learner.key, "three"): LevelRecord(attempts=1) for learner in found}
    entries = [
        NewEntry(learner.key, 15, learner.total_xp + 15, EntryKind.LEVEL) for learner in found
    ]
    await awards.book_progress(connection, state.now, records, booked, entries)


async def correct(connection: Connection) -> None:
    for learner in (await awards.lock_learners(connection, ["crowd-1"])).values():
        await ledger.append(
            connection, [NewEntry(learner.key, 1, learner.total_xp + 1, EntryKind.ADJUSTMENT)]
        )


async def follow(connection: Connection) -> None:
    await feed.read_after(connection, LedgerPoint(3, datetime.now(UTC)), 100)


async def name(connection: Connection) -> None:
    await learners.read_names(connection, range(1, BATCH))
    await learners.find_key(connection, "crowd-7")


@pytest.mark.parametrize("analyzed", [False, True])
@pytest.mark.parametrize("work", [award, correct, follow, name])
async def test_a_plan_made_for_empty_tables_still_reads_no_whole_table_when_they_are_full(
    database: Database, sql: Sql, work: Callable[[Connection], Awaitable[None]], analyzed: bool
) -> None:
    if analyzed:
        await sql.execute("ANALYZE")

    async def read_at_length(connection: Connection) -> list[str]:
        await work(connection)
        return (await connection.execute(_READ_AT_LENGTH)).scalars()

    await database.transact(read_at_length)
    for statement in _FILL:
        await sql.execute(statement, LEARNERS)

    assert await database.transact(read_at_length) == []
