"""What must hold after every step, whatever the step was."""

from collections.abc import Sequence
from datetime import datetime

from laurels_server.domain.standings import Entry, Place
from laurels_server.redis.boards import Run
from tests.faults.state.model import Model, in_order, reached_at, xp_of
from tests.sql import Sql

Shown = tuple[int, int, str, int, datetime | None]
"""Position, rank, user_id, XP, and the minute at which it was reached."""


async def hold_postgres(sql: Sql, model: Model) -> None:
    """The ledger is the model's, line by line, and everything else follows from it.

    Tells the model when new lines were recorded.
    """
    await _hold_ledger(sql, model)
    users = await sql.fetch("SELECT * FROM users")
    assert {row["user_id"]: (row["learner_key"], row["display_name"]) for row in users} == {
        user_id: (learner.key, learner.names[-1]) for user_id, learner in model.learners.items()
    }
    for row in users:
        learner = model.learners[row["user_id"]]
        lines = [line for line in model.ledger if line.user_id == row["user_id"]]
        assert row["total_xp"] == learner.total == sum(line.amount for line in lines)
        assert row["total_xp"] == (lines[-1].total_after if lines else 0)
        assert row["version"] == len(lines)
        last = learner.standings[-1]
        assert row["reached_at"] == (last.since if last.seq else None)

    progress = await sql.fetch("SELECT * FROM progress JOIN users USING (learner_key)")
    assert {
        (row["user_id"], row["level_id"]): (
            row["attempts"],
            row["best_score"],
            row["xp_paid"],
            row["first_completed_at"] is not None,
        )
        for row in progress
    } == {
        (user_id, level_id): (played.attempts, played.best_score, played.paid, played.completed)
        for user_id, learner in model.learners.items()
        for level_id, played in learner.played.items()
    }
    kept = await sql.fetch("SELECT * FROM submissions JOIN users USING (learner_key)")
    assert sorted((row["user_id"], row["request_id"]) for row in kept) == sorted(
        (user_id, request_id)
        for user_id, learner in model.learners.items()
        for request_id in learner.asked
    )


async def _hold_ledger(sql: Sql, model: Model) -> None:
    rows = await sql.fetch("""
        SELECT e.*, user_id FROM xp_entries e JOIN users USING (learner_key) ORDER BY seq""")
    assert [
        (
            *(row["seq"], row["user_id"], row["amount"], row["total_after"], row["kind"]),
            *(row["source"], row["reference"], row["request_id"], row["reverses"]),
        )
        for row in rows
    ] == [
        (
            *(line.seq, line.user_id, line.amount, line.total_after, line.kind),
            *(line.source, line.reference, line.request_id, line.reverses),
        )
        for line in model.ledger
    ]
    times = [row["recorded_at"] for row in rows]
    known = len(model.times)
    assert times[:known] == model.times
    model.recorded(times[known:])
    for line, row in zip(model.ledger, rows, strict=True):
        counts_as = line.reverses or line.seq
        assert row["counts_at"] == model.times[counts_as - 1]


def hold_run(run: Run, model: Model) -> None:
    """What Redis shows is in order, and each learner as at some time since its watermark."""
    moment, places = run.moment, list(run.places)
    assert places == in_order(places)
    assert len(places) == moment.total
    assert 0 <= moment.watermark <= model.end
    shown = {place.learner_key: place for place in places}
    assert len(shown) == len(places)
    assert shown.keys() <= {learner.key for learner in model.learners.values()}
    for user_id, learner in model.learners.items():
        possible = learner.places_since(moment.watermark)
        place = shown.get(learner.key)
        assert place in possible, (
            f"{user_id} is shown at {place}; since line {moment.watermark} it was {possible}"
        )
    later = model.times[moment.watermark :]
    assert all(time >= moment.as_of for time in later), (
        f"does not hold what was recorded before its as_of, {moment.as_of}: {later}"
    )


def numbered(places: Sequence[Place], model: Model) -> list[Shown]:
    """A whole board as it must be shown."""
    rows: list[Shown] = []
    for place in places:
        better = sum(xp_of(other) > xp_of(place) for other in places)
        user_id = model.by_key(place.learner_key)
        rows.append((len(rows) + 1, better + 1, user_id, xp_of(place), reached_at(place)))
    return rows


def shown(entries: Sequence[Entry]) -> list[Shown]:
    """Entries of an answer, to compare."""
    return [
        (entry.position, entry.rank, entry.name.user_id, entry.xp, entry.reached_at)
        for entry in entries
    ]
