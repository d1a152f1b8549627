"""The award transaction's two steps: lock and read, then (decided elsewhere) write and append.

Each is one statement, which calls the function of its name in
`migrations/versions/0003_fewer_trips.sql`.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from laurels_server.domain.ledger import (
    LEDGER_START,
    TRAINING,
    EntryKind,
    LedgerPoint,
    NewEntry,
)
from laurels_server.domain.progress import Answer, Booked, Learner, LevelRecord, Submission
from laurels_server.postgres.answers import answer_from_json, answer_to_json, inputs_to_json
from laurels_server.postgres.connection import Connection
from laurels_server.postgres.queries import query


@dataclass(frozen=True, slots=True)
class AwardState:
    """What the database said once the learners, here by user_id, were locked."""

    learners: Mapping[str, Learner]
    now: datetime
    catalog_version: int
    ledger_end: LedgerPoint


@dataclass(frozen=True, slots=True)
class BookedSubmission:
    """A newly booked attempt that carried a request id."""

    learner_key: int
    submission: Submission
    fingerprint: bytes
    answer: Answer


async def lock_learners(connection: Connection, user_ids: Iterable[str]) -> dict[str, Learner]:
    """Locks learners' rows in key order; unknown learners are left out.

    Raises Contended when the wait exceeds the lock timeout.
    """
    rows = await connection.execute(query("lock_learners"), {"user_ids": list(user_ids)})
    return {row.user_id: Learner(row.learner_key, row.user_id, row.total_xp) for row in rows}


async def existing_learners(connection: Connection, user_ids: Iterable[str]) -> set[str]:
    """Which of these learners are registered."""
    rows = await connection.execute(query("existing_learners"), {"user_ids": list(user_ids)})
    return set(rows.scalars())


async def lock_and_read(
    connection: Connection,
    user_ids: Iterable[str],
    levels: Iterable[tuple[str, str]],
    whole: Iterable[str],
    requests: Iterable[tuple[str, str]],
    *,
    wait: bool,
) -> AwardState:
    """Locks learners' rows in key order, and reads what decisions about them need.

    `levels` are (user_id, level_id) and `requests` (user_id, request_id) to look up; of the
    learners in `whole`, all progress is read. Without `wait`, learners whose rows someone else
    holds are left out. Unknown ones are left out too; `existing_learners` tells the two apart.
    Raises Contended when the wait exceeds the lock timeout.
    """
    wanted_levels, wanted_requests = list(levels), list(requests)
    result = await connection.execute(
        query("lock_and_read"),
        {
            "wanted_users": list(user_ids),
            "wait": wait,
            "level_users": [user_id for user_id, _ in wanted_levels],
            "level_ids": [level_id for _, level_id in wanted_levels],
            "whole_users": list(whole),
            "request_users": [user_id for user_id, _ in wanted_requests],
            "request_ids": [request_id for _, request_id in wanted_requests],
        },
    )
    row = result.one()
    by_key = {
        key: Learner(key, user_id, total)
        for key, user_id, total in _parallel(row.learner_keys, row.user_ids, row.totals)
    }
    for key, level_id, best_score, attempts, paid, seconds, completed_at in _parallel(
        row.record_learners,
        row.record_levels,
        row.best_scores,
        row.attempts,
        row.xp_paid,
        row.seconds_spent,
        row.first_completed_at,
    ):
        by_key[key].records[level_id] = LevelRecord(
            best_score, attempts, paid, seconds, completed_at
        )
    for key, request_id, fingerprint, answer in _parallel(
        row.booked_learners, row.booked_requests, row.fingerprints, row.answers
    ):
        by_key[key].booked[request_id] = Booked(
            fingerprint, None if answer is None else answer_from_json(answer)
        )
    end = LEDGER_START if row.tip_seq is None else LedgerPoint(row.tip_seq, row.tip_recorded_at)
    learners = {learner.user_id: learner for learner in by_key.values()}
    return AwardState(learners, row.read_at, row.catalog_version, end)


def _parallel(*columns: Sequence[Any] | None) -> Iterator[tuple[Any, ...]]:
    """Rows of columns that are as long as each other; no columns, no rows."""
    return zip(*(column or () for column in columns), strict=True)


async def book_progress(
    connection: Connection,
    now: datetime,
    records: Mapping[tuple[int, str], LevelRecord],
    booked: Sequence[BookedSubmission],
    entries: Sequence[NewEntry],
) -> LedgerPoint | None:
    """Stores progress as it now stands by (learner_key, level_id), the answers, and the entries.

    The entries are all of levels. The caller commits at once: from here to the end of the commit
    everyone else's append waits. Returns the ledger's new end, None where it has no new entry.
    """
    result = await connection.execute(
        query("book_progress"),
        {
            "now": now,
            "booked_learners": [entry.learner_key for entry in booked],
            "request_ids": [entry.submission.request_id for entry in booked],
            "fingerprints": [entry.fingerprint for entry in booked],
            "inputs": [inputs_to_json(entry.submission) for entry in booked],
            "answers": [answer_to_json(entry.answer) for entry in booked],
            "record_learners": [key for key, _ in records],
            "record_levels": [level_id for _, level_id in records],
            "best_scores": [record.best_score for record in records.values()],
            "attempts": [record.attempts for record in records.values()],
            "xp_paid": [record.xp_paid for record in records.values()],
            "seconds_spent": [record.time_spent_seconds for record in records.values()],
            "first_completed_at": [record.first_completed_at for record in records.values()],
            "kind": EntryKind.LEVEL,
            "source": TRAINING,
            "entry_learners": [entry.learner_key for entry in entries],
            "amounts": [entry.amount for entry in entries],
            "totals_after": [entry.total_after for entry in entries],
            "entry_refs": [entry.reference for entry in entries],
            "entry_requests": [entry.request_id for entry in entries],
        },
    )
    row = result.one()
    return None if row.last_seq is None else LedgerPoint(row.last_seq, row.last_recorded_at)
