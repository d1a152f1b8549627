"""What clients asked, when, and what they know came of it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Final

from laurels.v1.leaderboard_service_pb2 import (
    GetLeaderboardRequest,
    GetLeaderboardResponse,
    GetStandingRequest,
    GetStandingResponse,
)
from laurels.v1.progress_service_pb2 import SubmitProgressRequest, SubmitProgressResponse
from laurels.v1.user_service_pb2 import UpsertUsersRequest, UpsertUsersResponse
from laurels.v1.xp_service_pb2 import (
    AdjustXpRequest,
    AdjustXpResponse,
    AwardXpRequest,
    AwardXpResponse,
    ReverseXpEntryRequest,
    ReverseXpEntryResponse,
)
from laurels_server.rpc.tokens import read_entry_id

Write = SubmitProgressRequest | AwardXpRequest | AdjustXpRequest | ReverseXpEntryRequest
"""Calls that are booked under a request id."""

WRITES: Final = (SubmitProgressRequest, AwardXpRequest, AdjustXpRequest, ReverseXpEntryRequest)

Request = Write | UpsertUsersRequest | GetLeaderboardRequest | GetStandingRequest

Changed = AwardXpResponse | AdjustXpResponse | ReverseXpEntryResponse
"""Answers to changes of an account."""

CHANGED: Final = (AwardXpResponse, AdjustXpResponse, ReverseXpEntryResponse)

Answer = (
    SubmitProgressResponse
    | Changed
    | UpsertUsersResponse
    | GetLeaderboardResponse
    | GetStandingResponse
)

Key = tuple[str, str]
"""A learner and a request id."""

Content = tuple[str | int, ...]
"""What a call asks for, so that equal content is equal; begins with its kind in the database."""


@dataclass(slots=True)
class Call:
    """One call, or one item of a batch. Times are those of this machine's clock, in seconds.

    Without an answer it failed: `definite` says whether its error promises that nothing changed.
    """

    number: int
    client: str
    server: int
    request: Request
    invoked: float
    completed: float = float("inf")
    answer: Answer | None = None
    code: str = ""
    reason: str = ""
    definite: bool = False
    batch: int = 0
    """The same for all items of one batch call; 0 for a call of its own."""
    retries: int = 0
    """The number of the call, which failed indefinitely, that this one repeats; 0 for none."""

    @property
    def write(self) -> Write | None:
        return self.request if isinstance(self.request, WRITES) else None

    @property
    def key(self) -> Key:
        """The learner and the request id of a write."""
        assert isinstance(self.request, WRITES)
        return self.request.user_id, self.request.request_id

    @property
    def indefinite(self) -> bool:
        return self.answer is None and not self.definite

    @property
    def replayed(self) -> bool:
        answer = self.answer
        return isinstance(answer, (SubmitProgressResponse, *CHANGED)) and answer.replayed


def content(write: Write) -> Content:
    """What a write asks for, beyond its ids."""
    match write:
        case SubmitProgressRequest():
            return (
                "PROGRESS",
                write.level_id,
                write.score,
                write.total_questions,
                write.correct_answers,
                write.time_spent_seconds,
            )
        case AwardXpRequest():
            return ("AWARD", write.amount, write.source, write.reference, write.reason)
        case AdjustXpRequest():
            return ("ADJUSTMENT", write.amount, write.reason, write.actor)
        case ReverseXpEntryRequest():
            return ("REVERSAL", named_seq(write.entry_id), write.reason, write.actor)


def named_seq(entry_id: str) -> int:
    """The place in the ledger of a named entry; 0 where the text names none."""
    point = read_entry_id(entry_id)
    return 0 if point is None else point.seq


@dataclass(frozen=True, slots=True)
class Finding:
    """A broken promise, and the calls that show it."""

    what: str
    calls: tuple[Call, ...] = ()


@dataclass(slots=True)
class History:
    """Every call of a run, in the order of invocation."""

    calls: list[Call] = field(default_factory=list[Call])

    def writes(self) -> dict[Key, list[Call]]:
        """The writes by learner and request id."""
        found: dict[Key, list[Call]] = {}
        for call in self.calls:
            if call.write is not None:
                found.setdefault(call.key, []).append(call)
        return found

    def renames(self) -> dict[Key, list[Call]]:
        """The renames by learner and new name; a run never gives a learner a name twice."""
        found: dict[Key, list[Call]] = {}
        for call in self.calls:
            if isinstance(call.request, UpsertUsersRequest):
                [user] = call.request.users
                found.setdefault((user.user_id, user.display_name), []).append(call)
        return found


def acknowledged(calls: Iterable[Call]) -> list[Call]:
    return [call for call in calls if call.answer is not None]


def by_content(calls: Sequence[Call]) -> dict[Content, list[Call]]:
    """Calls under one request id, by what they ask for."""
    found: dict[Content, list[Call]] = {}
    for call in calls:
        assert call.write is not None
        found.setdefault(content(call.write), []).append(call)
    return found
