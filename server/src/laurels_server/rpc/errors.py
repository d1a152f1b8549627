"""Where an error becomes a status: one table, one ErrorInfo, and nothing internal."""

import asyncio
from typing import Final, NoReturn

import grpc
from google.protobuf.any_pb2 import Any as AnyMessage
from google.protobuf.duration_pb2 import Duration
from google.rpc import error_details_pb2, status_pb2

from laurels.v1 import error_reason_pb2, progress_service_pb2
from laurels_server.domain.errors import FieldViolation, InvalidFields, LaurelsError, Reason

DOMAIN: Final = "laurels"

_DETAILS: Final = "grpc-status-details-bin"
"""The trailer in which every gRPC library looks for a google.rpc.Status."""

_ATTEMPTS_BEFORE: Final = "grpc-previous-rpc-attempts"
"""The header by which a gRPC library tells that it repeats a call by itself. gRPC lets nothing
through but one whole number below 2^32."""

STATUS: Final = {
    Reason.MALFORMED_REQUEST: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.INVALID_FIELD: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.INVALID_PAGE_TOKEN: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.INVALID_CONSISTENCY_TOKEN: grpc.StatusCode.INVALID_ARGUMENT,
    Reason.LEARNER_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.LEVEL_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.LEADERBOARD_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.SUBMISSION_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.LEVEL_LOCKED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.LEVEL_RETIRED: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.XP_OUT_OF_RANGE: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.REQUEST_ID_REUSED: grpc.StatusCode.ALREADY_EXISTS,
    Reason.PREREQUISITE_NOT_FOUND: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.PREREQUISITE_CYCLE: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.ENTRY_NOT_FOUND: grpc.StatusCode.NOT_FOUND,
    Reason.ENTRY_NOT_REVERSIBLE: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.REFERENCE_ALREADY_AWARDED: grpc.StatusCode.ALREADY_EXISTS,
    Reason.TOO_MANY_DEPENDENTS: grpc.StatusCode.FAILED_PRECONDITION,
    Reason.OVERLOADED: grpc.StatusCode.RESOURCE_EXHAUSTED,
    Reason.STORE_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
    Reason.SHUTTING_DOWN: grpc.StatusCode.UNAVAILABLE,
    Reason.DEADLINE_EXCEEDED: grpc.StatusCode.DEADLINE_EXCEEDED,
    Reason.INTERNAL: grpc.StatusCode.INTERNAL,
    Reason.PROJECTION_UNAVAILABLE: grpc.StatusCode.UNAVAILABLE,
}

_PAUSE: Final = Duration(nanos=200_000_000)
"""Asked for by OVERLOADED: as long as our own clients wait before they repeat a call."""

_FIELD_OF: Final = {
    Reason.INVALID_PAGE_TOKEN: "page_token",
    Reason.INVALID_CONSISTENCY_TOKEN: "consistency_token",
}
"""Errors that are always about one field of the request."""


def _violations(error: LaurelsError) -> tuple[FieldViolation, ...]:
    if isinstance(error, InvalidFields):
        return error.violations
    if field := _FIELD_OF.get(error.reason):
        return (FieldViolation(field, error.message),)
    return ()


def _metadata(
    error: LaurelsError, context: "grpc.aio.ServicerContext[object, object]"
) -> dict[str, str]:
    """The facts about an error, and how many attempts of the same call came before it."""
    metadata = dict(error.metadata)
    for name, value in context.invocation_metadata() or ():
        if name == _ATTEMPTS_BEFORE and value != "0":
            metadata["previous_attempts"] = str(value)
    return metadata


def _number(code: grpc.StatusCode) -> int:
    """The canonical number of a status code."""
    number, _ = code.value
    return number


async def abort(
    context: "grpc.aio.ServicerContext[object, object]", error: LaurelsError
) -> NoReturn:
    """Ends the call with the error's status and details."""
    code = STATUS[error.reason]
    details: list[AnyMessage] = []
    info = error_details_pb2.ErrorInfo(
        reason=error.reason.value, domain=DOMAIN, metadata=_metadata(error, context)
    )
    details.append(AnyMessage())
    details[-1].Pack(info)
    if violations := _violations(error):
        bad_request = error_details_pb2.BadRequest(
            field_violations=[
                error_details_pb2.BadRequest.FieldViolation(
                    field=violation.field, description=violation.description
                )
                for violation in violations
            ]
        )
        details.append(AnyMessage())
        details[-1].Pack(bad_request)
    if error.reason is Reason.OVERLOADED:
        details.append(AnyMessage())
        details[-1].Pack(error_details_pb2.RetryInfo(retry_delay=_PAUSE))
    status = status_pb2.Status(code=_number(code), message=error.message, details=details)
    try:
        await context.abort(code, error.message, ((_DETAILS, status.SerializeToString()),))
    except grpc.aio.AbortError:
        raise
    except Exception:
        # The call is gone already, mostly by its own deadline. gRPC takes this as such, in silence.
        raise asyncio.CancelledError from None


def item_error(
    error: LaurelsError, context: "grpc.aio.ServicerContext[object, object]"
) -> progress_service_pb2.ItemError:
    """The error of one item in a batch: what the status of a single call would say."""
    return progress_service_pb2.ItemError(
        code=_number(STATUS[error.reason]),
        reason=error_reason_pb2.ErrorReason.Value(f"ERROR_REASON_{error.reason.value}"),
        message=error.message,
        field_violations=[
            progress_service_pb2.FieldViolation(
                field=violation.field, description=violation.description
            )
            for violation in _violations(error)
        ],
        metadata=_metadata(error, context),
    )
