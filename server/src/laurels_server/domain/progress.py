"""What an attempt at a level changes: the heart of Laurels.

`Learner.submit` is called with everything it may look at, inside the transaction that holds the
learner's row, once for each attempt in order. It changes only the learner in memory; the caller
stores what became of it.
"""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from laurels_server.domain import xp
from laurels_server.domain.catalog import Catalog, Level
from laurels_server.domain.errors import (
    FieldViolation,
    InvalidFields,
    LaurelsError,
    LevelLocked,
    LevelRetired,
    RequestIdReused,
)
from laurels_server.domain.idempotency import fingerprint


class ProgressStatus(StrEnum):
    """A learner's lasting status on a level; it only moves forward."""

    LOCKED = "LOCKED"
    UNLOCKED = "UNLOCKED"
    IN_PROGRESS = "IN_PROGRESS"
    COMPLETED = "COMPLETED"


@dataclass(frozen=True, slots=True)
class Submission:
    """One attempt at a level, valid in itself. An empty `request_id` stands for none."""

    request_id: str
    user_id: str
    level_id: str
    score: int
    total_questions: int
    correct_answers: int
    time_spent_seconds: int

    def content(self) -> dict[str, str | int]:
        """What is asked, by name; the two ids say where it is kept and are no part of it."""
        return {
            "level_id": self.level_id,
            "score": self.score,
            "total_questions": self.total_questions,
            "correct_answers": self.correct_answers,
            "time_spent_seconds": self.time_spent_seconds,
        }

    def fingerprint(self) -> bytes:
        """Equal for equal content."""
        return fingerprint("progress", self.content())


@dataclass(frozen=True, slots=True)
class LevelRecord:
    """All a learner has done on one level."""

    best_score: int = 0
    attempts: int = 0
    xp_paid: int = 0
    time_spent_seconds: int = 0
    first_completed_at: datetime | None = None

    @property
    def completed(self) -> bool:
        """Whether the level was ever passed."""
        return self.first_completed_at is not None


@dataclass(frozen=True, slots=True)
class Answer:
    """What the learner's caller is told, now and at every replay."""

    request_id: str
    user_id: str
    level_id: str
    status: ProgressStatus
    passed: bool
    score: int
    correct_answers: int
    total_questions: int
    xp_earned: int
    total_xp: int
    best_score: int
    attempts: int
    unlocked_level_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Booked:
    """What is kept under a request id: the fingerprint of the call, and its answer, None when it
    was no submission."""

    fingerprint: bytes
    answer: Answer | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """A booked attempt: newly, or by an earlier call with the same request id."""

    answer: Answer
    replayed: bool


@dataclass(slots=True)
class Learner:
    """A learner whose row is locked, as far as the attempts at hand can need it."""

    key: int
    user_id: str
    total_xp: int
    records: dict[str, LevelRecord] = field(default_factory=dict[str, LevelRecord])
    booked: dict[str, Booked] = field(default_factory=dict[str, Booked])

    def submit(
        self, submission: Submission, catalog: Catalog, now: datetime
    ) -> Outcome | LaurelsError:
        """Takes one attempt: books it, answers an earlier one again, or refuses it."""
        if earlier := self.booked.get(submission.request_id):
            if earlier.answer is None or earlier.fingerprint != submission.fingerprint():
                return RequestIdReused(self.user_id, submission.request_id)
            return Outcome(earlier.answer, replayed=True)
        try:
            level = self._open_level(submission, catalog)
            answer = self._attempt(submission, level, catalog, now)
        except LaurelsError as refusal:
            return refusal
        if submission.request_id:
            self.booked[submission.request_id] = Booked(submission.fingerprint(), answer)
        return Outcome(answer, replayed=False)

    def status(self, level: Level, catalog: Catalog) -> ProgressStatus:
        """The learner's lasting status on a level. Once attempted, it never locks again."""
        if record := self.records.get(level.level_id):
            return ProgressStatus.COMPLETED if record.completed else ProgressStatus.IN_PROGRESS
        locked = catalog.missing(level, self.completed())
        return ProgressStatus.LOCKED if locked else ProgressStatus.UNLOCKED

    def completed(self) -> set[str]:
        """The levels ever passed."""
        return {level_id for level_id, record in self.records.items() if record.completed}

    def _open_level(self, submission: Submission, catalog: Catalog) -> Level:
        level = catalog.level(submission.level_id)
        if level.retired:
            raise LevelRetired(level.level_id)
        if self.status(level, catalog) is ProgressStatus.LOCKED:
            raise LevelLocked(level.level_id, catalog.missing(level, self.completed()))
        if level.max_score and submission.score > level.max_score:
            limit = f"must be at most {level.max_score}, the level's max_score"
            raise InvalidFields([FieldViolation("score", limit)])
        return level

    def _attempt(
        self, submission: Submission, level: Level, catalog: Catalog, now: datetime
    ) -> Answer:
        before = self.records.get(level.level_id, LevelRecord())
        correct, total = submission.correct_answers, submission.total_questions
        passed = xp.passes(correct, total, level.pass_ratio)
        xp_earned = 0
        if passed:
            xp_earned = xp.earned(
                level.xp_policy,
                reward=level.xp_reward,
                correct=correct,
                total=total,
                already_passed=before.completed,
                paid=before.xp_paid,
            )
        total_xp = xp.total_after(self.total_xp, xp_earned)

        after = LevelRecord(
            best_score=max(before.best_score, submission.score),
            attempts=before.attempts + 1,
            xp_paid=before.xp_paid + xp_earned,
            time_spent_seconds=before.time_spent_seconds + submission.time_spent_seconds,
            first_completed_at=before.first_completed_at or (now if passed else None),
        )
        self.records[level.level_id] = after
        self.total_xp = total_xp
        newly_completed = after.completed and not before.completed
        return Answer(
            request_id=submission.request_id,
            user_id=self.user_id,
            level_id=level.level_id,
            status=ProgressStatus.COMPLETED if after.completed else ProgressStatus.IN_PROGRESS,
            passed=passed,
            score=submission.score,
            correct_answers=correct,
            total_questions=total,
            xp_earned=xp_earned,
            total_xp=self.total_xp,
            best_score=after.best_score,
            attempts=after.attempts,
            unlocked_level_ids=(
                catalog.unlocked_by(level.level_id, self.completed(), self.records)
                if newly_completed
                else ()
            ),
        )
