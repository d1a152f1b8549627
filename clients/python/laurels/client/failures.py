"""Turns what gRPC raises, and the errors of a batch's items, into our exceptions."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Final, cast

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2, status_pb2

from laurels import errors
from laurels.client.channel import MESSAGE_MOST, Peer
from laurels.v1.error_reason_pb2 import ErrorReason
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    FieldViolation,
    ItemError,
)

_DOMAIN: Final = "laurels"

_DETAILS: Final = "grpc-status-details-bin"
"""The trailer in which every gRPC library looks for a google.rpc.Status."""

_CODES: Final = {cast(int, code.value[0]): code for code in grpc.StatusCode}

_REPEAT: Final = "repeat the call, a write with the same request_id"


def of_call(
    error: grpc.RpcError, request: Message, peer: Peer, timeout: float | None
) -> errors.LaurelsError:
    """The exception for a call that failed."""
    # Both kinds of client raise an error that is the call as well; the types say so of one.
    call = cast(grpc.Call, error)
    code = call.code()
    ids = _request_ids(request)
    if told := _told_by_server(code, call.details() or "", _details(call), ids):
        return told
    kind, message = _of_transport(code, call.details() or "", request, peer, timeout)
    # Only what was never sent, at no attempt, is certain to have changed nothing.
    definite = kind is errors.MessageTooLarge and "Sent message larger" in (call.details() or "")
    return kind(message, code=code, definite=definite, request_ids=ids)


def of_item(error: ItemError) -> errors.LaurelsError:
    """The exception that a single call would have raised for this item of a batch.

    Raise it, or only look at it: `laurels.item_error(result.error).definite`.
    """
    name = ErrorReason.Name(error.reason) if error.reason in ErrorReason.values() else ""
    code = _CODES.get(error.code, grpc.StatusCode.UNKNOWN)
    reason = name.removeprefix("ERROR_REASON_")
    request_id = error.metadata.get("request_id", "")
    return _type(reason, code)(
        error.message,
        code=code,
        reason=reason,
        definite=_is_definite(reason, error.metadata),
        field_violations=error.field_violations,
        metadata=error.metadata,
        request_ids=(request_id,) if request_id else (),
    )


def of_closing(request: Message) -> errors.LaurelsError:
    """The exception for a call under way when its client was closed."""
    return errors.Unavailable(
        "the client was closed before the answer came",
        code=grpc.StatusCode.CANCELLED,
        request_ids=_request_ids(request),
    )


def of_usage(error: Exception, *, closed: bool) -> errors.BadArgument:
    """The exception for a call that gRPC would not even begin."""
    return errors.BadArgument("the client is closed; connect anew" if closed else str(error))


def _type(reason: str, code: grpc.StatusCode) -> type[errors.LaurelsError]:
    if kind := errors.KINDS.get(reason):
        return kind.error
    return errors.BY_CODE.get(code, errors.ServerDefect)


def _is_definite(reason: str, metadata: Mapping[str, str]) -> bool:
    """Whether it is certain that no attempt of the call changed anything, or will."""
    kind = errors.KINDS.get(reason)
    if kind is None or not kind.definite:
        return False
    # gRPC's core tells nobody here that it repeats a call, but it does tell the server.
    repeated = metadata.get("previous_attempts", "0") != "0"
    return not repeated or reason in errors.FOR_GOOD


def _details(call: grpc.Call) -> Sequence[Message]:
    """The unpacked details of a status; none where it has none that can be read."""
    for key, value in call.trailing_metadata() or ():
        if key == _DETAILS and isinstance(value, bytes):
            try:
                return list(_unpacked(status_pb2.Status.FromString(value)))
            except DecodeError:
                break
    return ()


def _unpacked(status: status_pb2.Status) -> Iterable[Message]:
    for detail in status.details:
        for kind in (
            error_details_pb2.ErrorInfo,
            error_details_pb2.BadRequest,
            error_details_pb2.RetryInfo,
        ):
            message = kind()
            if detail.Unpack(message):
                yield message


def _told_by_server(
    code: grpc.StatusCode, message: str, details: Sequence[Message], ids: Sequence[str]
) -> errors.LaurelsError | None:
    """The exception for a status with our ErrorInfo."""
    info: error_details_pb2.ErrorInfo | None = None
    violations: list[FieldViolation] = []
    retry_after: float | None = None
    for detail in details:
        match detail:
            case error_details_pb2.ErrorInfo() if detail.domain == _DOMAIN:
                info = detail
            case error_details_pb2.BadRequest():
                violations = [
                    FieldViolation(field=one.field, description=one.description)
                    for one in detail.field_violations
                ]
            case error_details_pb2.RetryInfo():
                retry_after = detail.retry_delay.ToTimedelta().total_seconds()
            case _:
                pass
    if info is None:
        return None
    return _type(info.reason, code)(
        message,
        code=code,
        reason=info.reason,
        definite=_is_definite(info.reason, info.metadata),
        retry_after=retry_after,
        field_violations=violations,
        metadata=info.metadata,
        request_ids=ids,
    )


def _of_transport(
    code: grpc.StatusCode, details: str, request: Message, peer: Peer, timeout: float | None
) -> tuple[type[errors.LaurelsError], str]:
    """What failed on the way, and what to do about it."""
    if code is grpc.StatusCode.UNAVAILABLE:
        return _of_connection(details, peer)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED:
        within = "in time" if timeout is None else f"within {timeout:g} s"
        return errors.DeadlineExceeded, f"{peer.address} did not answer {within}; {_REPEAT}"
    if code is grpc.StatusCode.RESOURCE_EXHAUSTED:
        if _is_too_large(request):
            size = f"{request.ByteSize():,} of at most {MESSAGE_MOST:,} bytes"
            message = f"the request is too large, {size}; send it in smaller parts"
            return errors.MessageTooLarge, message
        if "larger than max" in details:
            message = f"the answer is too large; ask for smaller pages or fewer items: {details}"
            return errors.MessageTooLarge, message
        return errors.Overloaded, f"{peer.address} or a proxy before it is busy; {_REPEAT}"
    if code is grpc.StatusCode.CANCELLED:
        return errors.Unavailable, f"the call was broken off; {_REPEAT}"
    if code is grpc.StatusCode.UNIMPLEMENTED:
        message = f"{peer.address} does not know this call: is it Laurels, and new enough?"
        return errors.Unsupported, message
    return _type("", code), f"{peer.address} answered: {details}"


def _of_connection(details: str, peer: Peer) -> tuple[type[errors.LaurelsError], str]:
    address = peer.address
    if "WRONG_VERSION_NUMBER" in details:
        return errors.TlsFailed, f"{address} does not speak TLS; connect with tls=False"
    if "CERTIFICATE_VERIFY_FAILED" in details:
        return errors.TlsFailed, (
            f"the certificate of {address} is not trusted; connect with "
            f"tls=grpc.ssl_channel_credentials(root_certificates=...): {details}"
        )
    if "handshake failed" in details:
        return errors.TlsFailed, f"no TLS connection to {address}; see its certificate: {details}"
    if "DNS resolution failed" in details or "errors resolving" in details:
        return errors.Unreachable, f"the name in {address} leads nowhere; check the address"
    if "Connection refused" in details:
        message = f"nobody listens at {address}; check the address, and that the server runs"
        return errors.Unreachable, message
    if "http1" in details or "HTTP/2" in details:
        return errors.Unreachable, f"{address} does not speak gRPC; check the address and the port"
    if "last error" in details and "Socket closed" in details and not peer.tls:
        return errors.TlsFailed, (
            f"{address} hangs up at once; if it speaks TLS connect with tls=True, "
            f"if it is restarting {_REPEAT}"
        )
    if "last error" in details:
        return errors.Unreachable, f"no connection to {address}; check the address: {details}"
    return errors.Unavailable, (
        f"the connection to {address} was lost, it may be restarting; {_REPEAT}: {details}"
    )


def _is_too_large(request: Message) -> bool:
    return request.ByteSize() > MESSAGE_MOST


def _request_ids(request: Message) -> tuple[str, ...]:
    if isinstance(request, BatchSubmitProgressRequest):
        return tuple(attempt.request_id for attempt in request.requests)
    request_id = cast(str, getattr(request, "request_id", ""))
    return (request_id,) if request_id else ()
