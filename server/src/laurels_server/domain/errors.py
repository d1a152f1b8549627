"""Every way a call can be turned down, as a type with a reason and the facts about it.

The reasons are those of `protos/laurels/v1/error_reason.proto`; `rpc/errors.py` is the one place
that turns them into a status. An error is returned as the outcome of an item in a batch, and
raised where it ends a whole call.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import ClassVar

_NAMED_MOST = 8
"""Ids told in the metadata of an error at most: a batch of 1000 such errors stays far below the
4 MB that clients take, and a single one below the 8 KiB of trailers."""


def _some(names: Sequence[str]) -> str:
    """The first of many names, for a message."""
    told = ", ".join(names[:3])
    return told if len(names) <= 3 else f"{told} and {len(names) - 3} more"


class Reason(StrEnum):
    """Public reasons, documented with the proto enum `ErrorReason`."""

    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    INVALID_FIELD = "INVALID_FIELD"
    INVALID_PAGE_TOKEN = "INVALID_PAGE_TOKEN"
    INVALID_CONSISTENCY_TOKEN = "INVALID_CONSISTENCY_TOKEN"
    LEARNER_NOT_FOUND = "LEARNER_NOT_FOUND"
    LEVEL_NOT_FOUND = "LEVEL_NOT_FOUND"
    LEADERBOARD_NOT_FOUND = "LEADERBOARD_NOT_FOUND"
    SUBMISSION_NOT_FOUND = "SUBMISSION_NOT_FOUND"
    LEVEL_LOCKED = "LEVEL_LOCKED"
    LEVEL_RETIRED = "LEVEL_RETIRED"
    XP_OUT_OF_RANGE = "XP_OUT_OF_RANGE"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    PREREQUISITE_NOT_FOUND = "PREREQUISITE_NOT_FOUND"
    PREREQUISITE_CYCLE = "PREREQUISITE_CYCLE"
    ENTRY_NOT_FOUND = "ENTRY_NOT_FOUND"
    ENTRY_NOT_REVERSIBLE = "ENTRY_NOT_REVERSIBLE"
    REFERENCE_ALREADY_AWARDED = "REFERENCE_ALREADY_AWARDED"
    TOO_MANY_DEPENDENTS = "TOO_MANY_DEPENDENTS"
    OVERLOADED = "OVERLOADED"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    INTERNAL = "INTERNAL"
    PROJECTION_UNAVAILABLE = "PROJECTION_UNAVAILABLE"


@dataclass(frozen=True, slots=True)
class FieldViolation:
    """One field that breaks its limits: its path in the request, and what would be right."""

    field: str
    description: str


class LaurelsError(Exception):
    """Base of all of them. `metadata` holds the facts documented with the reason."""

    reason: ClassVar[Reason]

    def __init__(self, message: str, **metadata: str) -> None:
        super().__init__(message)
        self.message = message
        self.metadata = metadata


class MalformedRequest(LaurelsError):
    """The bytes are not the message this RPC takes."""

    reason = Reason.MALFORMED_REQUEST


class InvalidFields(LaurelsError):
    """One or more fields break their documented limits."""

    reason = Reason.INVALID_FIELD

    def __init__(self, violations: Sequence[FieldViolation]) -> None:
        super().__init__("; ".join(f"{v.field}: {v.description}" for v in violations))
        self.violations = tuple(violations)


class InvalidPageToken(LaurelsError):
    """The page token was not made by this RPC with these arguments."""

    reason = Reason.INVALID_PAGE_TOKEN


class InvalidConsistencyToken(LaurelsError):
    """The consistency token is not ours, or from a future the ledger has not reached."""

    reason = Reason.INVALID_CONSISTENCY_TOKEN


class LearnerNotFound(LaurelsError):
    """No learner is registered under this user_id."""

    reason = Reason.LEARNER_NOT_FOUND

    def __init__(self, user_id: str) -> None:
        super().__init__(
            f"no learner {user_id!r}; register it with UserService.UpsertUsers", user_id=user_id
        )


class LevelNotFound(LaurelsError):
    """The catalog has no such level."""

    reason = Reason.LEVEL_NOT_FOUND

    def __init__(self, level_id: str) -> None:
        super().__init__(f"the catalog has no level {level_id!r}", level_id=level_id)


class LeaderboardNotFound(LaurelsError):
    """There is no such leaderboard."""

    reason = Reason.LEADERBOARD_NOT_FOUND

    def __init__(self, leaderboard_id: str) -> None:
        super().__init__(f"no leaderboard {leaderboard_id!r}", leaderboard_id=leaderboard_id)


class SubmissionNotFound(LaurelsError):
    """Nothing is booked under this request_id now."""

    reason = Reason.SUBMISSION_NOT_FOUND

    def __init__(self, user_id: str, request_id: str) -> None:
        super().__init__(
            f"nothing is booked for {user_id!r} under request_id {request_id!r}",
            user_id=user_id,
            request_id=request_id,
        )


class LevelLocked(LaurelsError):
    """The learner has not completed a prerequisite."""

    reason = Reason.LEVEL_LOCKED

    def __init__(self, level_id: str, missing: Sequence[str]) -> None:
        super().__init__(
            f"level {level_id!r} is locked; complete first: {_some(missing)}",
            level_id=level_id,
            missing_level_ids=",".join(missing[:_NAMED_MOST]),
        )


class LevelRetired(LaurelsError):
    """The level takes no more submissions."""

    reason = Reason.LEVEL_RETIRED

    def __init__(self, level_id: str) -> None:
        super().__init__(f"level {level_id!r} is retired", level_id=level_id)


class XpOutOfRange(LaurelsError):
    """The total would leave its range; refused whole, never clamped."""

    reason = Reason.XP_OUT_OF_RANGE

    def __init__(self, total_xp: int, amount: int, most: int) -> None:
        super().__init__(
            f"{amount:+d} XP would take the total from {total_xp} out of its range, 0 to {most}",
            total_xp=str(total_xp),
            amount=str(amount),
        )


class RequestIdReused(LaurelsError):
    """The learner's request_id was booked before with other content."""

    reason = Reason.REQUEST_ID_REUSED

    def __init__(self, user_id: str, request_id: str) -> None:
        super().__init__(
            f"request_id {request_id!r} of {user_id!r} was used before with other content",
            user_id=user_id,
            request_id=request_id,
        )


class PrerequisiteNotFound(LaurelsError):
    """A prerequisite is neither in the catalog nor in the call."""

    reason = Reason.PREREQUISITE_NOT_FOUND

    def __init__(self, level_id: str, prerequisite: str) -> None:
        super().__init__(
            f"level {level_id!r} requires {prerequisite!r}, which is not in the catalog",
            level_id=level_id,
            prerequisite_level_id=prerequisite,
        )


class PrerequisiteCycle(LaurelsError):
    """The prerequisites would form a circle."""

    reason = Reason.PREREQUISITE_CYCLE

    def __init__(self, cycle: Sequence[str]) -> None:
        super().__init__(
            f"prerequisites form a circle: {_some(cycle)}",
            cycle_level_ids=",".join(cycle[:_NAMED_MOST]),
        )


class TooManyDependents(LaurelsError):
    """More levels require one level than one attempt can unlock in time."""

    reason = Reason.TOO_MANY_DEPENDENTS

    def __init__(self, level_id: str, most: int) -> None:
        super().__init__(f"more than {most} levels would require {level_id!r}", level_id=level_id)


class EntryNotFound(LaurelsError):
    """The learner has no such ledger entry."""

    reason = Reason.ENTRY_NOT_FOUND

    def __init__(self, user_id: str, entry_id: str) -> None:
        super().__init__(
            f"{user_id!r} has no ledger entry {entry_id!r}", user_id=user_id, entry_id=entry_id
        )


class EntryNotReversible(LaurelsError):
    """The entry was reversed before, is itself a reversal, or moved no XP."""

    reason = Reason.ENTRY_NOT_REVERSIBLE

    def __init__(self, entry_id: str, why: str) -> None:
        super().__init__(f"ledger entry {entry_id!r} {why}", entry_id=entry_id)


class ReferenceAlreadyAwarded(LaurelsError):
    """The learner was awarded another amount for this source and reference before."""

    reason = Reason.REFERENCE_ALREADY_AWARDED

    def __init__(self, source: str, reference: str, amount: int) -> None:
        super().__init__(
            f"{reference!r} of source {source!r} was already awarded, with {amount} XP",
            source=source,
            reference=reference,
            amount=str(amount),
        )


class Overloaded(LaurelsError):
    """Too much work is waiting; this was turned away before any of it began."""

    reason = Reason.OVERLOADED


class StoreUnavailable(LaurelsError):
    """PostgreSQL did not answer, or the answer to a commit was lost."""

    reason = Reason.STORE_UNAVAILABLE


class ProjectionUnavailable(LaurelsError):
    """Redis did not answer while the projection was built."""

    reason = Reason.PROJECTION_UNAVAILABLE


class ShuttingDown(LaurelsError):
    """The server is going away and began nothing."""

    reason = Reason.SHUTTING_DOWN


class DeadlineExceeded(LaurelsError):
    """The deadline passed first."""

    reason = Reason.DEADLINE_EXCEEDED


class Internal(LaurelsError):
    """A defect of ours; the log has the details under `incident`."""

    reason = Reason.INTERNAL

    def __init__(self, incident: str) -> None:
        super().__init__(
            f"internal error; the server's log has it as incident {incident}", incident=incident
        )
