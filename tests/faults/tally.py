"""Counts, for a fault's row, what a watch saw and what of it PostgreSQL has lost."""

from tests.faults.matrix import Row
from tests.faults.test_store_watch import LEVELS, REWARD, Watch
from tests.sql import Sql


async def tally(row: Row, watch: Watch, sql: Sql) -> None:
    """Adds a watch that is over to the row; fails when an acknowledged attempt is not stored."""
    row.saw.update({f"OK from {source}": pages for source, pages in watch.pages.items()})
    row.saw["OK"] += len(watch.latencies)
    row.saw.update(watch.submit_errors + watch.read_errors)
    acknowledged = {
        (user_id, f"{user_id}:{level}")
        for user_id, total in watch.history.totals.items()
        for level in LEVELS[: total // REWARD]
    }
    stored = await sql.fetch(
        "SELECT user_id, request_id FROM submissions JOIN users USING (learner_key)"
    )
    lost = acknowledged - {(kept["user_id"], kept["request_id"]) for kept in stored}
    row.acknowledged += len(acknowledged)
    row.lost += len(lost)
    assert not lost, f"{len(lost)} lost: {sorted(lost)[:5]}"
