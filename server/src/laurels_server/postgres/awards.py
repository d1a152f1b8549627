"""The award transaction's steps, in the order in which they must be taken.

lock -> read -> (decide, elsewhere) -> write -> append -> commit. Their SQL is in `queries/`:
lock_learners, read_award_state, write_progress, and append_entries, which calls the function of
that name in `migrations/versions/0001_ledger.sql`.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncConnection

from laurels_server.domain.ledger import LEDGER_START, LedgerPoint
from laurels_server.domain.progress import Answer, Booked, Learner, LevelRecord, Submission
from laurels_server.postgres.answers import answer_from_json, answer_to_json, inputs_to_json
from laurels_server.postgres.queries import query


@dataclass(frozen=True, slots=True)
class AwardState:
    """What the database said once the learners were locked."""

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


async def lock_learners(
    connection: AsyncConnection, user_ids: Iterable[str], *, wait: bool
) -> dict[str, Learner]:
    """Locks learners' rows in key order. Without `wait`, rows held by someone else are left out.

    Unknown learners are left out too; `existing_learners` tells the two apart. Raises Contended
    when the wait exceeds the lock timeout.
    """
    statement = query("lock_learners" if wait else "lock_free_learners")
    rows = await connection.execute(statement, {"user_ids": list(user_ids)})
    return {row.user_id: Learner(row.learner_key, row.user_id, row.total_xp) for row in rows}


async def existing_learners(connection: AsyncConnection, user_ids: Iterable[str]) -> set[str]:
    """Which of these learners are registered."""
    rows = await connection.execute(query("existing_learners"), {"user_ids": list(user_ids)})
    return set(rows.scalars())


async def read_state(
    connection: AsyncConnection,
    learners: Iterable[Learner],
    levels: Iterable[tuple[int, str]],
    whole: Iterable[int],
    requests: Iterable[tuple[int, str]],
) -> AwardState:
    """Reads progress and earlier answers into the locked `learners`, and the versions.

    `levels` are (learner_key, level_id) and `requests` (learner_key, request_id) to look up; of the
    learners whose keys are in `whole`, all progress is read.
    """
    wanted_levels, wanted_requests = list(levels), list(requests)
    result = await connection.execute(
        query("read_award_state"),
        {
            "level_learner_keys": [key for key, _ in wanted_levels],
            "level_ids": [level_id for _, level_id in wanted_levels],
            "whole_learner_keys": list(whole),
            "request_learner_keys": [key for key, _ in wanted_requests],
            "request_ids": [request_id for _, request_id in wanted_requests],
        },
    )
    row = result.one()
    by_key = {learner.key: learner for learner in learners}
    for key, level_id, best_score, attempts, paid, seconds, first_completed_at in row.records or ():
        by_key[key].records[level_id] = LevelRecord(
            best_score, attempts, paid, seconds, first_completed_at
        )
    for key, request_id, fingerprint, answer in row.booked or ():
        by_key[key].booked[request_id] = Booked(
            fingerprint, None if answer is None else answer_from_json(answer)
        )
    end = LEDGER_START if row.tip_seq is None else LedgerPoint(row.tip_seq, row.tip_recorded_at)
    return AwardState(row.now, row.catalog_version, end)


async def write_progress(
    connection: AsyncConnection,
    now: datetime,
    records: Sequence[tuple[int, str, LevelRecord]],
    booked: Sequence[BookedSubmission],
) -> None:
    """Stores progress rows as they now stand (each learner and level once), and the answers."""
    await connection.execute(
        query("write_progress"),
        {
            "now": now,
            "learner_keys": [key for key, _, _ in records],
            "level_ids": [level_id for _, level_id, _ in records],
            "best_scores": [record.best_score for _, _, record in records],
            "attempts": [record.attempts for _, _, record in records],
            "xp_paid": [record.xp_paid for _, _, record in records],
            "time_spent_seconds": [record.time_spent_seconds for _, _, record in records],
            "first_completed_at": [record.first_completed_at for _, _, record in records],
            "booked_learner_keys": [entry.learner_key for entry in booked],
            "request_ids": [entry.submission.request_id for entry in booked],
            "fingerprints": [entry.fingerprint for entry in booked],
            "inputs": [inputs_to_json(entry.submission) for entry in booked],
            "answers": [answer_to_json(entry.answer) for entry in booked],
        },
    )
