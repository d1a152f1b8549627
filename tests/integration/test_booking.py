"""Batches over a real database: what is stored, and what a failure leaves behind."""

import asyncio
from datetime import UTC, datetime

import asyncpg
import pytest

from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.domain import ranking
from laurels_server.domain.errors import Internal, LearnerNotFound, Overloaded, StoreUnavailable
from laurels_server.domain.progress import Submission
from laurels_server.domain.xp import XP_MAX
from laurels_server.postgres.database import Connection
from laurels_server.postgres.queries import parsed
from laurels_server.usecases.booking import Booking, Held, Receipt
from tests.sql import Sql


def attempt(user_id: str, level_id: str = "puk_u1_l1", request_id: str = "") -> Submission:
    return Submission(request_id, user_id, level_id, 100, 5, 5, 60)


@pytest.fixture
def booking(app: App) -> Booking:
    return Booking(app.database, on_commit=lambda: None)


async def test_a_batch_is_one_transaction_with_one_time(booking: Booking, sql: Sql) -> None:
    await booking.book([attempt(f"scout-{n:03d}", request_id="r") for n in range(1, 11)])

    entries = await sql.fetch("SELECT seq, recorded_at, xmin::text FROM xp_entries ORDER BY seq")
    assert [row["seq"] for row in entries] == list(range(1, 11))
    assert len({row["recorded_at"] for row in entries}) == 1
    transactions = {row["xmin"] for row in entries}
    for table in ("progress", "submissions"):
        transactions |= {row["xmin"] for row in await sql.fetch(f"SELECT xmin::text FROM {table}")}
    transactions |= {
        row["xmin"] for row in await sql.fetch("SELECT xmin::text FROM users WHERE total_xp > 0")
    }
    assert len(transactions) == 1


async def test_attempts_of_one_learner_fold_in_order_within_a_batch(
    booking: Booking, sql: Sql
) -> None:
    results = await booking.book(
        [
            attempt("scout-001", "puk_u1_l1", "a"),
            attempt("scout-001", "puk_u1_l2", "b"),
            attempt("scout-001", "puk_u1_l1", "a"),
            attempt("scout-001", "puk_u1_l3"),
        ]
    )

    receipts = [result for result in results if isinstance(result, Receipt)]
    assert [r.outcome.answer.total_xp for r in receipts] == [15, 30, 15, 45]
    assert [r.outcome.replayed for r in receipts] == [False, False, True, False]
    assert await sql.fetchval("SELECT version FROM users WHERE user_id = 'scout-001'") == 3
    totals = await sql.fetch("SELECT amount, total_after FROM xp_entries ORDER BY seq")
    assert [tuple(row) for row in totals] == [(15, 15), (15, 30), (15, 45)]


async def test_the_entry_and_the_total_change_at_the_same_time(booking: Booking, sql: Sql) -> None:
    await booking.book([attempt("scout-001")])

    assert await sql.fetchval(
        "SELECT u.reached_at = e.recorded_at FROM users u JOIN xp_entries e USING (learner_key)"
    )


async def test_an_unknown_learner_does_not_disturb_the_others(booking: Booking) -> None:
    [known, unknown] = await booking.book([attempt("scout-001"), attempt("nobody")])

    assert isinstance(known, Receipt)
    assert isinstance(unknown, LearnerNotFound)


async def test_a_culprit_stands_alone_and_the_others_are_booked(booking: Booking, sql: Sql) -> None:
    await sql.execute("""
        CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION 'the culprit'; END $$;
        CREATE TRIGGER refuse BEFORE INSERT ON submissions
            FOR EACH ROW WHEN (NEW.request_id = 'bad') EXECUTE FUNCTION refuse();
    """)
    batch = [attempt(f"scout-{n:03d}", request_id=f"r{n}") for n in range(1, 10)]
    batch[4] = attempt("scout-005", request_id="bad")

    results = await booking.book(batch)

    assert isinstance(results[4], Internal)
    assert "culprit" not in results[4].message
    assert sum(isinstance(result, Receipt) for result in results) == 8
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 8
    assert await sql.fetchval("SELECT count(*) FROM progress") == 8


async def test_a_learner_held_by_someone_else_comes_back_and_the_others_are_booked(
    booking: Booking, sql: Sql
) -> None:
    async with sql.transaction():
        await sql.execute("SELECT FROM users WHERE user_id = 'scout-001' FOR UPDATE")
        results = await booking.book(
            [attempt("scout-001"), attempt("scout-002"), attempt("nobody")]
        )

    assert results[0] is Held.HELD
    assert isinstance(results[1], Receipt)
    assert isinstance(results[2], LearnerNotFound)
    [alone] = await booking.book([attempt("scout-001")], alone=True)
    assert isinstance(alone, Receipt)


async def test_alone_a_learner_is_waited_for_but_not_for_ever(booking: Booking, sql: Sql) -> None:
    async with sql.transaction():
        await sql.execute("SELECT FROM users WHERE user_id = 'scout-001' FOR UPDATE")
        [given_up] = await booking.book([attempt("scout-001")], alone=True)

    assert isinstance(given_up, StoreUnavailable)
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 0


async def test_the_ledger_is_numbered_without_gaps_by_many_writers(app: App, sql: Sql) -> None:
    bookings = [Booking(app.database, on_commit=lambda: None) for _ in range(4)]
    for level in range(1, 4):
        await asyncio.gather(
            *(
                bookings[n % 4].book([attempt(f"scout-{n:03d}", f"puk_u1_l{level}")])
                for n in range(1, 51)
            )
        )

    rows = await sql.fetch("SELECT seq, recorded_at FROM xp_entries ORDER BY seq")
    assert [row["seq"] for row in rows] == list(range(1, 151))
    times = [row["recorded_at"] for row in rows]
    assert times == sorted(times)


async def test_an_entry_is_never_recorded_before_the_one_it_follows(
    booking: Booking, sql: Sql
) -> None:
    await booking.book([attempt("scout-001")])
    ahead = datetime(2040, 1, 1, tzinfo=UTC)
    await sql.execute("UPDATE xp_entries SET recorded_at = $1", ahead)

    await booking.book([attempt("scout-002")])

    assert await sql.fetchval("SELECT recorded_at FROM xp_entries WHERE seq = 2") == ahead


async def test_the_database_itself_refuses_a_total_out_of_range(sql: Sql, app: App) -> None:
    with pytest.raises(asyncpg.CheckViolationError):
        await sql.execute("UPDATE users SET total_xp = $1", XP_MAX + 1)


@pytest.mark.parametrize(
    "moment",
    [
        datetime(2024, 12, 31, 23, 59, tzinfo=UTC),
        datetime(2025, 1, 1, tzinfo=UTC),
        datetime(2025, 1, 1, 0, 0, 59, 999999, tzinfo=UTC),
        datetime(2025, 1, 1, 0, 1, tzinfo=UTC),
        datetime(2026, 3, 29, 1, 30, 30, tzinfo=UTC),
        datetime(2056, 11, 24, tzinfo=UTC),
        datetime(2099, 1, 1, tzinfo=UTC),
    ],
)
@pytest.mark.parametrize("total_xp", [0, 1, 15, XP_MAX])
async def test_postgresql_and_python_compute_the_same_rank_key(
    sql: Sql, moment: datetime, total_xp: int
) -> None:
    await sql.execute("SET timezone = 'Asia/Jakarta'")
    stored = await sql.fetchval(
        """INSERT INTO users (user_id, total_xp, reached_at) VALUES ('ada', $1, $2)
           RETURNING rank_key""",
        total_xp,
        moment,
    )

    assert stored == ranking.rank_key(total_xp, moment)


async def test_the_hot_reads_go_by_their_indexes(sql: Sql, app: App) -> None:
    await sql.execute("""
        INSERT INTO users (user_id, total_xp, reached_at)
        SELECT 'bulk-' || n, n % 1000, now() FROM generate_series(1, 20000) n;
        ANALYZE users;
    """)
    plan = await sql.fetch("""EXPLAIN SELECT learner_key FROM users
        WHERE visibility = 'VISIBLE' AND total_xp > 0
          AND (rank_key, learner_key) < (8000000000, 7)
        ORDER BY rank_key DESC, learner_key DESC LIMIT 51""")

    assert "users_board" in "\n".join(row[0] for row in plan)
    assert "Sort" not in "\n".join(row[0] for row in plan)


async def test_when_every_connection_is_taken_nothing_begins(settings: Settings, sql: Sql) -> None:
    small = settings.model_copy(update={"pool_size": 4})
    async with App(small) as app:
        await app.load_sample()
        taken = [asyncio.create_task(app.database.transact(_idle)) for _ in range(2)]
        await asyncio.sleep(0.05)

        [refused] = await Booking(app.database, lambda: None).book([attempt("scout-001")])
        await asyncio.gather(*taken)

    assert isinstance(refused, Overloaded)
    assert await sql.fetchval("SELECT count(*) FROM progress") == 0


async def _idle(connection: Connection) -> None:
    await connection.execute(parsed("SELECT pg_sleep(2.5)"))
