"""The calls that the command line makes to a server. Answers are plain JSON."""

from collections.abc import AsyncGenerator, AsyncIterable, Sequence
from typing import Any

import grpc
from google.protobuf.message import Message
from grpc_health.v1 import health_pb2

from laurels.v1 import audit_service_pb2 as pb
from laurels.v1.audit_service_pb2_grpc import AuditServiceStub

Json = dict[str, Any]
"""A message with the field names of the protos; all fields are there, but for one alone of a oneof.

Unlike in protobuf's own JSON, numbers of 64 bits are numbers: scripts compare them.
"""


_USER_TIMEOUT_S = 10.0

_CHANNEL = (
    # A stream may take long, but a server that says nothing at all for this long is gone.
    ("grpc.keepalive_time_ms", 15_000),
    ("grpc.keepalive_timeout_ms", 10_000),
    ("grpc.http2.max_pings_without_data", 0),
)


class OperatorError(Exception):
    """The server did not do it; the message says why and what to do."""


async def is_serving(address: str, timeout_s: float) -> bool:
    """Whether a server at `address` says SERVING."""
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            answer = await check(health_pb2.HealthCheckRequest(), timeout=timeout_s)
        except grpc.aio.AioRpcError:
            return False
    return answer.status == health_pb2.HealthCheckResponse.SERVING


def about_board(findings: Sequence[Json]) -> int:
    """How many of the findings a rebuild mends."""
    return sum(finding["kind"].startswith("FINDING_KIND_BOARD_") for finding in findings)


async def audit_user(address: str, user_id: str) -> list[Json]:
    """The findings about one learner."""
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            request = pb.AuditUserRequest(user_id=user_id)
            answer = await AuditServiceStub(channel).AuditUser(request, timeout=_USER_TIMEOUT_S)
        except grpc.aio.AioRpcError as error:
            raise _told(error, address) from None
    return [_json(finding) for finding in answer.findings]


async def audit_all(address: str, *, repair: bool) -> AsyncGenerator[Json]:
    """The events of an audit of everything, each with the one key `finding`, `progress` or
    `summary`."""
    async with grpc.aio.insecure_channel(address, options=_CHANNEL) as channel:
        request = pb.AuditAllRequest(repair=repair)
        async for event in _each(AuditServiceStub(channel).AuditAll(request), address):
            yield event


async def rebuild(address: str) -> AsyncGenerator[Json]:
    """The progress of a rebuild."""
    async with grpc.aio.insecure_channel(address, options=_CHANNEL) as channel:
        request = pb.RebuildProjectionRequest()
        async for step in _each(AuditServiceStub(channel).RebuildProjection(request), address):
            yield step


async def _each(messages: AsyncIterable[Message], address: str) -> AsyncGenerator[Json]:
    begun = False
    try:
        async for message in messages:
            begun = True
            yield _json(message)
    except grpc.aio.AioRpcError as error:
        raise _told(error, address, begun=begun) from None


def _json(message: Message) -> Json:
    return {
        field.name: _value(field, getattr(message, field.name))
        for field in message.DESCRIPTOR.fields
        if field.containing_oneof is None or message.HasField(field.name)
    }


def _value(field: Any, value: Any) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values_by_number[value].name
    return _json(value) if isinstance(value, Message) else value


def _told(error: grpc.aio.AioRpcError, address: str, *, begun: bool = False) -> OperatorError:
    code = error.code()
    ours = "grpc-status-details-bin" in dict(error.trailing_metadata() or ())
    if begun and not ours:
        return OperatorError(f"the server at {address} went away before the end; try again")
    if code is grpc.StatusCode.UNAVAILABLE and not ours:
        return OperatorError(f"no Laurels answers at {address}; see LAURELS_LISTEN or --listen")
    return OperatorError(f"{code.name}: {error.details()}")
