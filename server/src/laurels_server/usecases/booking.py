"""Books a batch of attempts in one transaction: lock and read, decide, write and append, commit."""

import asyncio
import logging
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from enum import Enum

from laurels_server.domain.catalog import Catalog
from laurels_server.domain.errors import (
    Internal,
    LaurelsError,
    LearnerNotFound,
    Overloaded,
    StoreUnavailable,
)
from laurels_server.domain.ledger import TRAINING, EntryKind, LedgerPoint, NewEntry
from laurels_server.domain.progress import LevelRecord, Outcome, Submission
from laurels_server.logging import log, new_incident
from laurels_server.metrics import BATCH_SECONDS, BATCH_SUBMISSIONS, SUBMISSIONS
from laurels_server.postgres import awards
from laurels_server.postgres.catalog import read_catalog
from laurels_server.postgres.database import Connection, Database
from laurels_server.postgres.failures import Away, Busy, CommitUnknown, Contended

_TRIES = 4
"""One, and three more after a rollback that someone else caused."""

_PAUSE_S = 0.02
"""Before the second try; doubles with each further one."""

_LEVELS_APART_MOST = 32
"""Levels that an attempt can touch and that are looked up one by one; where there are more, all
that the learner has done is read instead."""

_TRY_WITHIN_S = 2.5
"""No try begins later: where each takes long, PostgreSQL hangs, and the lane and those who wait
for it to end are better served by an answer."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """An attempt that is committed, and a ledger point that includes it."""

    outcome: Outcome
    included_by: LedgerPoint


class Held(Enum):
    """Someone else holds the learner's row; nothing was tried."""

    HELD = "held"


Result = Receipt | LaurelsError | Held


@dataclass(slots=True)
class _Decided:
    """What a batch came to, before it is written."""

    results: list[Outcome | LaurelsError | Held] = field(
        default_factory=list[Outcome | LaurelsError | Held]
    )
    records: dict[tuple[int, str], LevelRecord] = field(
        default_factory=dict[tuple[int, str], LevelRecord]
    )
    booked: list[awards.BookedSubmission] = field(default_factory=list[awards.BookedSubmission])
    entries: list[NewEntry] = field(default_factory=list[NewEntry])


class Booking:
    """Books batches. Has no order or concurrency of its own; see `lanes`."""

    def __init__(self, database: Database, on_commit: Callable[[], None]) -> None:
        """`on_commit` is called after each batch, to let the projection follow at once."""
        self._database = database
        self._on_commit = on_commit
        self._catalog = Catalog(version=-1, levels={})

    async def book(self, submissions: Sequence[Submission], *, alone: bool = False) -> list[Result]:
        """Books attempts in order; the results stand at the same indexes. Raises nothing.

        When someone else's row lock outlasts the lock timeout, the others are booked without its
        learner, whose attempts come back as HELD; `alone` waits for it instead. A batch that fails
        for no known reason is split until the culprit stands alone.
        """
        wait = True
        pause = _PAUSE_S
        failure: Exception = AssertionError("never tried")
        latest = time.monotonic() + _TRY_WITHIN_S
        for _ in range(_TRIES):
            started = time.monotonic()
            if started > latest:
                break
            try:
                results = await self._database.transact(
                    lambda connection, wait=wait: self._transaction(connection, submissions, wait)
                )
            except Contended as contended:
                failure = contended
                wait = alone
            except Away as away:
                failure = away
            except Busy as busy:
                SUBMISSIONS.labels("overloaded").inc(len(submissions))
                return [Overloaded(f"{busy}; retry after a short pause") for _ in submissions]
            except CommitUnknown as unknown:
                return self._unavailable(submissions, unknown)
            except Exception as defect:
                return await self._split(submissions, defect, alone)
            else:
                self._on_commit()
                _tell_batch(results, time.monotonic() - started)
                return results
            await asyncio.sleep(pause)
            pause *= 2
        return self._unavailable(submissions, failure)

    async def _split(
        self, submissions: Sequence[Submission], defect: Exception, alone: bool
    ) -> list[Result]:
        if len(submissions) == 1:
            incident = new_incident()
            log.error("booking_defect", incident=incident, exc_info=defect)
            SUBMISSIONS.labels("defect").inc()
            return [Internal(incident)]
        log.warning("batch_split", items=len(submissions), because=repr(defect))
        middle = len(submissions) // 2
        first = await self.book(submissions[:middle], alone=alone)
        return first + await self.book(submissions[middle:], alone=alone)

    def _unavailable(self, submissions: Sequence[Submission], failure: Exception) -> list[Result]:
        log.warning("batch_unavailable", items=len(submissions), because=str(failure))
        SUBMISSIONS.labels("unavailable").inc(len(submissions))
        message = "PostgreSQL is not available; retry with the same request_id"
        return [StoreUnavailable(message) for _ in submissions]

    async def _transaction(
        self, connection: Connection, submissions: Sequence[Submission], wait: bool
    ) -> list[Result]:
        state, catalog = await self._read(connection, submissions, wait)
        held: set[str] = set()
        if not wait:
            absent = {s.user_id for s in submissions} - state.learners.keys()
            held = await awards.existing_learners(connection, absent) if absent else set()

        decided = _decide(submissions, held, catalog, state)
        included_by = state.ledger_end
        if decided.records or decided.booked:
            end = await awards.book_progress(
                connection, state.now, decided.records, decided.booked, decided.entries
            )
            included_by = end or included_by
        return [
            Receipt(result, included_by) if isinstance(result, Outcome) else result
            for result in decided.results
        ]

    async def _read(
        self, connection: Connection, submissions: Sequence[Submission], wait: bool
    ) -> tuple[awards.AwardState, Catalog]:
        """The locked state to decide on, and the catalog of that very version."""
        catalog = self._catalog
        user_ids = {submission.user_id for submission in submissions}
        requests = {(s.user_id, s.request_id) for s in submissions if s.request_id}
        while True:
            levels: set[tuple[str, str]] = set()
            whole: set[str] = set()
            for submission in submissions:
                relevant = catalog.relevant_to(submission.level_id)
                if len(relevant) > _LEVELS_APART_MOST:
                    whole.add(submission.user_id)
                else:
                    levels.update((submission.user_id, level_id) for level_id in relevant)
            state = await awards.lock_and_read(
                connection, user_ids, levels, whole, requests, wait=wait
            )
            if state.catalog_version == catalog.version:
                return state, catalog
            catalog = self._catalog = await read_catalog(connection)


def _decide(
    submissions: Sequence[Submission],
    held: set[str],
    catalog: Catalog,
    state: awards.AwardState,
) -> _Decided:
    """Folds the attempts in order and gathers what they change."""
    decided = _Decided()
    for submission in submissions:
        learner = state.learners.get(submission.user_id)
        if learner is None:
            unknown = LearnerNotFound(submission.user_id)
            decided.results.append(Held.HELD if submission.user_id in held else unknown)
            continue
        result = learner.submit(submission, catalog, state.now)
        decided.results.append(result)
        if isinstance(result, LaurelsError) or result.replayed:
            continue
        answer = result.answer
        decided.records[learner.key, answer.level_id] = learner.records[answer.level_id]
        if submission.request_id:
            fingerprint = learner.booked[submission.request_id].fingerprint
            decided.booked.append(
                awards.BookedSubmission(learner.key, submission, fingerprint, answer)
            )
        if answer.xp_earned:
            decided.entries.append(
                NewEntry(
                    learner_key=learner.key,
                    amount=answer.xp_earned,
                    total_after=answer.total_xp,
                    kind=EntryKind.LEVEL,
                    source=TRAINING,
                    reference=answer.level_id,
                    request_id=answer.request_id,
                )
            )
    return decided


def _tell_batch(results: Sequence[Result], duration_s: float) -> None:
    """Logs and counts what was committed."""
    if log.is_enabled_for(logging.DEBUG):
        for outcome in _outcomes(results):
            answer = outcome.answer
            log.debug(
                "award",
                user_id=answer.user_id,
                level_id=answer.level_id,
                request_id=answer.request_id,
                replayed=outcome.replayed,
                xp_before=answer.total_xp - answer.xp_earned,
                xp_earned=answer.xp_earned,
                xp_after=answer.total_xp,
            )
    outcomes = list(_outcomes(results))
    replayed = sum(outcome.replayed for outcome in outcomes)
    counts = {
        "booked": len(outcomes) - replayed,
        "replayed": replayed,
        "refused": sum(isinstance(result, LaurelsError) for result in results),
        "held": sum(isinstance(result, Held) for result in results),
    }
    BATCH_SUBMISSIONS.observe(len(results))
    BATCH_SECONDS.observe(duration_s)
    for outcome, count in counts.items():
        SUBMISSIONS.labels(outcome).inc(count)
    log.info(
        "batch",
        items=len(results),
        **counts,
        xp=sum(o.answer.xp_earned for o in outcomes if not o.replayed),
        duration_ms=round(duration_s * 1000, 1),
    )


def _outcomes(results: Sequence[Result]) -> Iterator[Outcome]:
    return (result.outcome for result in results if isinstance(result, Receipt))
