"""Learners as stored: registering, changing, looking up."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from laurels_server.domain.ledger import LEDGER_START, Entry, LedgerPoint
from laurels_server.domain.progress import Answer, Learner, LevelRecord
from laurels_server.domain.standings import Name
from laurels_server.postgres.accounts import read_entries
from laurels_server.postgres.answers import answer_from_json
from laurels_server.postgres.connection import Connection
from laurels_server.postgres.queries import query


@dataclass(frozen=True, slots=True)
class Profile:
    """A learner as registered; group ids sorted."""

    learner_key: int
    user_id: str
    display_name: str
    total_xp: int
    registered_at: datetime
    group_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StoredSubmission:
    """What was booked under a request id, and the ledger's end when it was looked up."""

    outcome: Answer | Entry
    recorded_at: datetime
    ledger_end: LedgerPoint


async def insert_new(connection: Connection, names: Iterable[tuple[str, str]]) -> dict[str, int]:
    """Registers those of the (user_id, display_name) that are new; returns their keys."""
    wanted = list(names)
    rows = await connection.execute(
        query("insert_learners"),
        {
            "user_ids": [user_id for user_id, _ in wanted],
            "display_names": [display_name for _, display_name in wanted],
        },
    )
    return {row.user_id: row.learner_key for row in rows}


async def rename(connection: Connection, names: Sequence[tuple[int, str]]) -> None:
    """Gives locked learners, as (learner_key, display_name), other names."""
    await connection.execute(
        query("rename_learners"),
        {
            "learner_keys": [key for key, _ in names],
            "display_names": [display_name for _, display_name in names],
        },
    )


async def replace_groups(
    connection: Connection, groups: Sequence[tuple[int, Sequence[str]]]
) -> None:
    """Makes the groups of locked learners exactly the given ones."""
    members = [(key, group_id) for key, group_ids in groups for group_id in group_ids]
    await connection.execute(
        query("replace_groups"),
        {
            "learner_keys": [key for key, _ in groups],
            "member_keys": [key for key, _ in members],
            "group_ids": [group_id for _, group_id in members],
        },
    )


async def read_profiles(connection: Connection, user_ids: Iterable[str]) -> dict[str, Profile]:
    """Learners by user_id; unknown ones are left out."""
    rows = await connection.execute(query("read_learners"), {"user_ids": list(user_ids)})
    return {
        row.user_id: Profile(
            row.learner_key,
            row.user_id,
            row.display_name,
            row.total_xp,
            row.registered_at,
            tuple(row.group_ids),
        )
        for row in rows
    }


async def read_learner(connection: Connection, user_id: str) -> Learner | None:
    """A learner with all of their progress, unlocked, to look at; None when unknown."""
    rows = (await connection.execute(query("read_learner_progress"), {"user_id": user_id})).all()
    if not rows:
        return None
    records = {
        row.level_id: LevelRecord(
            row.best_score,
            row.attempts,
            row.xp_paid,
            row.time_spent_seconds,
            row.first_completed_at,
        )
        for row in rows
        if row.level_id is not None
    }
    return Learner(rows[0].learner_key, user_id, rows[0].total_xp, records)


async def read_submission(
    connection: Connection, user_id: str, request_id: str
) -> tuple[bool, StoredSubmission | None]:
    """Whether the learner is known, and what is booked under the request id."""
    result = await connection.execute(
        query("read_submission"), {"user_id": user_id, "request_id": request_id}
    )
    row = result.one_or_none()
    if row is None:
        return False, None
    if row.recorded_at is None:
        return True, None
    if row.answer is None:
        entries = await read_entries(connection, [row.entry_seq])
        outcome = entries[row.entry_seq]
    else:
        outcome = answer_from_json(row.answer)
    end = LEDGER_START if row.tip_seq is None else LedgerPoint(row.tip_seq, row.tip_recorded_at)
    return True, StoredSubmission(outcome, row.recorded_at, end)


async def find_key(connection: Connection, user_id: str) -> int | None:
    """The key behind a user_id; None when unknown."""
    return (
        await connection.execute(query("find_learner"), {"user_id": user_id})
    ).scalar_one_or_none()


async def read_names(connection: Connection, keys: Iterable[int]) -> dict[int, Name]:
    """Who learners are; unknown keys are left out."""
    rows = await connection.execute(query("read_names"), {"learner_keys": list(keys)})
    return {row.learner_key: Name(row.user_id, row.display_name) for row in rows}
