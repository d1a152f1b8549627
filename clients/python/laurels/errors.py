"""Everything a call can end with, as exceptions to branch on.

Each reason of the proto enum `ErrorReason` belongs to one exception here; `laurels.v1` documents
every reason with its metadata. What comes from the transport has no reason.
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final, NamedTuple

import grpc

from laurels.v1.progress_service_pb2 import FieldViolation


class Reason(StrEnum):
    """Why a call was not carried out: the proto enum `ErrorReason` without its prefix."""

    MALFORMED_REQUEST = "MALFORMED_REQUEST"
    INVALID_FIELD = "INVALID_FIELD"
    INVALID_PAGE_TOKEN = "INVALID_PAGE_TOKEN"
    INVALID_CONSISTENCY_TOKEN = "INVALID_CONSISTENCY_TOKEN"
    LEARNER_NOT_FOUND = "LEARNER_NOT_FOUND"
    LEVEL_NOT_FOUND = "LEVEL_NOT_FOUND"
    LEADERBOARD_NOT_FOUND = "LEADERBOARD_NOT_FOUND"
    SUBMISSION_NOT_FOUND = "SUBMISSION_NOT_FOUND"
    ENTRY_NOT_FOUND = "ENTRY_NOT_FOUND"
    LEVEL_LOCKED = "LEVEL_LOCKED"
    LEVEL_RETIRED = "LEVEL_RETIRED"
    XP_OUT_OF_RANGE = "XP_OUT_OF_RANGE"
    ENTRY_NOT_REVERSIBLE = "ENTRY_NOT_REVERSIBLE"
    PREREQUISITE_NOT_FOUND = "PREREQUISITE_NOT_FOUND"
    PREREQUISITE_CYCLE = "PREREQUISITE_CYCLE"
    TOO_MANY_DEPENDENTS = "TOO_MANY_DEPENDENTS"
    REQUEST_ID_REUSED = "REQUEST_ID_REUSED"
    REFERENCE_ALREADY_AWARDED = "REFERENCE_ALREADY_AWARDED"
    OVERLOADED = "OVERLOADED"
    STORE_UNAVAILABLE = "STORE_UNAVAILABLE"
    SHUTTING_DOWN = "SHUTTING_DOWN"
    PROJECTION_UNAVAILABLE = "PROJECTION_UNAVAILABLE"
    DEADLINE_EXCEEDED = "DEADLINE_EXCEEDED"
    INTERNAL = "INTERNAL"


class LaurelsError(Exception):
    """Base of all of them. The gRPC error, where there was one, is the `__cause__`."""

    reason: str
    """A `Reason`, or a newer server's; empty where the transport failed."""

    code: grpc.StatusCode
    """The canonical status."""

    message: str
    """One sentence for the person who reads it."""

    definite: bool
    """True: this call changed nothing and will not. False: nobody can tell; a write is safe to
    repeat with the same `request_id`."""

    retry_after: float | None
    """Seconds to wait before a repeat, where the server asked for that."""

    field_violations: tuple[FieldViolation, ...]
    """The fields at fault, each with what would be right; at most 10."""

    metadata: Mapping[str, str]
    """Facts about the error, documented with each reason."""

    request_ids: tuple[str, ...]
    """What the call was sent under: one id for each attempt of a batch, none for most reads."""

    def __init__(
        self,
        message: str,
        *,
        code: grpc.StatusCode = grpc.StatusCode.UNKNOWN,
        reason: str = "",
        definite: bool = False,
        retry_after: float | None = None,
        field_violations: Sequence[FieldViolation] = (),
        metadata: Mapping[str, str] | None = None,
        request_ids: Sequence[str] = (),
    ) -> None:
        # All but the message can be left out: so it can be pickled, and cross to other processes.
        super().__init__(message)
        self.message = message
        self.code = code
        self.reason = reason
        self.definite = definite
        self.retry_after = retry_after
        self.field_violations = tuple(field_violations)
        self.metadata = dict(metadata or {})
        self.request_ids = tuple(request_ids)

    @property
    def request_id(self) -> str:
        """The id to repeat the call with; empty for a batch, see `request_ids`, and for reads."""
        return self.request_ids[0] if len(self.request_ids) == 1 else ""

    def __str__(self) -> str:
        told = f"{self.reason or self.code.name}: {self.message}"
        if self.request_id and not self.definite:
            told += f" [request_id {self.request_id}]"
        return told


class InvalidArgument(LaurelsError):
    """The request breaks a documented limit; `field_violations` says where. Mend it."""


class InvalidToken(InvalidArgument):
    """A page token or a consistency token is not this server's. Begin again without one."""


class BadArgument(InvalidArgument, ValueError):
    """What was given to the client cannot be used; nothing was sent."""

    def __init__(self, message: str) -> None:
        super().__init__(message, code=grpc.StatusCode.INVALID_ARGUMENT, definite=True)


class NotFound(LaurelsError):
    """No such learner, level, leaderboard, submission or ledger entry."""


class Refused(LaurelsError):
    """The rules say no as things stand: a locked level, XP out of range..."""


class Conflict(LaurelsError):
    """The `request_id` or the `reference` was used before with other content. Not a success."""


class Overloaded(LaurelsError):
    """The server turned the call away before it began. Repeat after a short pause."""


class Unavailable(LaurelsError):
    """The server, or what it relies on, did not answer. Repeat with the same `request_id`."""


class Unreachable(Unavailable):
    """No connection: a wrong address, or nobody listens there."""


class TlsFailed(Unavailable):
    """One side speaks TLS and the other does not, or a certificate is not trusted."""


class DeadlineExceeded(LaurelsError):
    """Time was up before the answer came. Repeat with the same `request_id`."""


class MessageTooLarge(LaurelsError):
    """The request, or its answer, is larger than one message may be. Ask in smaller parts."""


class Unauthenticated(LaurelsError):
    """No token, or one that is not accepted."""


class PermissionDenied(LaurelsError):
    """The token does not allow this call."""


class Unsupported(LaurelsError):
    """The server does not know this call: it is older, or not Laurels."""


class ServerDefect(LaurelsError):
    """A defect of the server; its log has the `incident` of the metadata."""


class Kind(NamedTuple):
    """What a reason means to a caller."""

    error: type[LaurelsError]
    definite: bool


KINDS: Final[Mapping[str, Kind]] = {
    Reason.MALFORMED_REQUEST: Kind(InvalidArgument, True),
    Reason.INVALID_FIELD: Kind(InvalidArgument, True),
    Reason.INVALID_PAGE_TOKEN: Kind(InvalidToken, True),
    Reason.INVALID_CONSISTENCY_TOKEN: Kind(InvalidToken, True),
    Reason.LEARNER_NOT_FOUND: Kind(NotFound, True),
    Reason.LEVEL_NOT_FOUND: Kind(NotFound, True),
    Reason.LEADERBOARD_NOT_FOUND: Kind(NotFound, True),
    # A call that is still on its way may yet book it.
    Reason.SUBMISSION_NOT_FOUND: Kind(NotFound, False),
    Reason.ENTRY_NOT_FOUND: Kind(NotFound, True),
    Reason.LEVEL_LOCKED: Kind(Refused, True),
    Reason.LEVEL_RETIRED: Kind(Refused, True),
    Reason.XP_OUT_OF_RANGE: Kind(Refused, True),
    Reason.ENTRY_NOT_REVERSIBLE: Kind(Refused, True),
    Reason.PREREQUISITE_NOT_FOUND: Kind(Refused, True),
    Reason.PREREQUISITE_CYCLE: Kind(Refused, True),
    Reason.TOO_MANY_DEPENDENTS: Kind(Refused, True),
    Reason.REQUEST_ID_REUSED: Kind(Conflict, True),
    Reason.REFERENCE_ALREADY_AWARDED: Kind(Conflict, True),
    Reason.OVERLOADED: Kind(Overloaded, True),
    Reason.STORE_UNAVAILABLE: Kind(Unavailable, False),
    Reason.SHUTTING_DOWN: Kind(Unavailable, True),
    Reason.PROJECTION_UNAVAILABLE: Kind(Unavailable, True),
    Reason.DEADLINE_EXCEEDED: Kind(DeadlineExceeded, False),
    Reason.INTERNAL: Kind(ServerDefect, False),
}
"""Every reason there is; those of a newer server go by their status, and are indefinite."""

FOR_GOOD: Final = frozenset(
    {
        Reason.MALFORMED_REQUEST,
        Reason.INVALID_PAGE_TOKEN,
        Reason.INVALID_CONSISTENCY_TOKEN,
        Reason.LEADERBOARD_NOT_FOUND,
        Reason.REQUEST_ID_REUSED,
        Reason.REFERENCE_ALREADY_AWARDED,
        Reason.ENTRY_NOT_REVERSIBLE,
    }
)
"""Those that hold for every attempt of a call. The other definite ones speak for the last attempt
only: one before it, repeated by gRPC, may have been booked or may be yet."""

BY_CODE: Final[Mapping[grpc.StatusCode, type[LaurelsError]]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgument,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgument,
    grpc.StatusCode.NOT_FOUND: NotFound,
    grpc.StatusCode.FAILED_PRECONDITION: Refused,
    grpc.StatusCode.ALREADY_EXISTS: Conflict,
    grpc.StatusCode.ABORTED: Conflict,
    grpc.StatusCode.RESOURCE_EXHAUSTED: Overloaded,
    grpc.StatusCode.UNAUTHENTICATED: Unauthenticated,
    grpc.StatusCode.PERMISSION_DENIED: PermissionDenied,
    grpc.StatusCode.UNIMPLEMENTED: Unsupported,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceeded,
    grpc.StatusCode.UNAVAILABLE: Unavailable,
    # What a server that stops leaves of calls under way.
    grpc.StatusCode.CANCELLED: Unavailable,
}
"""What a status means; the rest are defects of the server."""
