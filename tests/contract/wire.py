"""Any RPC of ours by the message it takes, and everything a database holds."""

import asyncio
import itertools
import time
from collections.abc import AsyncIterable, Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar, cast

import grpc
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from laurels.v1 import (
    audit_service_pb2,
    catalog_service_pb2,
    leaderboard_service_pb2,
    progress_service_pb2,
    user_service_pb2,
    xp_service_pb2,
)
from laurels.v1.audit_service_pb2 import (
    AuditAllRequest,
    AuditUserRequest,
    GetSyncStatusRequest,
    RebuildProjectionRequest,
)
from laurels.v1.catalog_service_pb2 import (
    GetLevelRequest,
    Level,
    ListLevelsRequest,
    RetireLevelRequest,
    UpsertLevelsRequest,
)
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    GetSubmissionRequest,
    ListProgressRequest,
)
from laurels.v1.user_service_pb2 import GetUserRequest, UpsertUsersRequest, User
from laurels.v1.xp_service_pb2 import (
    AdjustXpRequest,
    AwardXpRequest,
    GetXpAccountRequest,
    ListXpEntriesRequest,
    ReverseXpEntryRequest,
)
from tests.calls import Calls, attempt, refusal
from tests.sql import Sql

T = TypeVar("T")

_numbers = itertools.count(1)


@dataclass(frozen=True, slots=True)
class Rpc:
    """A method as the contract declares it."""

    path: str
    request: type[Message]
    response: type[Message]
    streams: bool

    def __str__(self) -> str:
        return self.path.rpartition("/")[2]


RPCS = tuple(
    Rpc(
        f"/{service.full_name}/{method.name}",
        GetMessageClass(method.input_type),
        GetMessageClass(method.output_type),
        method.server_streaming,
    )
    for file in (
        progress_service_pb2,
        catalog_service_pb2,
        user_service_pb2,
        leaderboard_service_pb2,
        xp_service_pb2,
        audit_service_pb2,
    )
    for service in file.DESCRIPTOR.services_by_name.values()
    for method in service.methods
)
"""Every RPC there is; a new one joins by itself."""

SAMPLES: Mapping[str, Message] = {
    type(message).__name__: message
    for message in (
        attempt("scout-001", "puk_u1_l1", "sample"),
        BatchSubmitProgressRequest(requests=[attempt("scout-001", "puk_u1_l1", "sample")]),
        GetSubmissionRequest(user_id="scout-001", request_id="sample"),
        ListProgressRequest(user_id="scout-001", page_token="sample"),
        UpsertLevelsRequest(levels=[Level(level_id="sample", title="sample", xp_reward=7)]),
        GetLevelRequest(level_id="sample"),
        ListLevelsRequest(page_token="sample"),
        RetireLevelRequest(level_id="sample"),
        UpsertUsersRequest(users=[User(user_id="sample", display_name="sample")]),
        GetUserRequest(user_id="sample"),
        GetLeaderboardRequest(leaderboard_id="sample"),
        GetStandingRequest(user_id="sample"),
        AwardXpRequest(request_id="sample", amount=5),
        AdjustXpRequest(request_id="sample", amount=-5),
        ReverseXpEntryRequest(request_id="sample"),
        GetXpAccountRequest(user_id="sample"),
        ListXpEntriesRequest(user_id="sample"),
        AuditUserRequest(user_id="sample"),
        AuditAllRequest(repair=True),
        RebuildProjectionRequest(),
        GetSyncStatusRequest(),
    )
}
"""For each request a message that parses and, where it has room for text, holds `sample`."""


def send(
    channel: grpc.aio.Channel, request: Message, *, timeout: float | None = None
) -> Awaitable[Message]:
    """Calls the one RPC that takes this message, with a deadline in seconds or none.

    Answers the last message of a stream.
    """
    rpc = next(rpc for rpc in RPCS if rpc.request is type(request))
    if rpc.streams:
        stream: grpc.aio.UnaryStreamMultiCallable[Message, Message] = channel.unary_stream(
            rpc.path,
            request_serializer=rpc.request.SerializeToString,
            response_deserializer=rpc.response.FromString,
        )
        return _last(stream(request, timeout=timeout))
    method = channel.unary_unary(
        rpc.path,
        request_serializer=rpc.request.SerializeToString,
        response_deserializer=rpc.response.FromString,
    )
    return cast(Awaitable[Message], method(request, timeout=timeout))


def send_bytes(channel: grpc.aio.Channel, path: str, data: bytes) -> Awaitable[bytes]:
    """Calls an RPC with bytes just as they are, for its answer or the last one of a stream."""
    if any(rpc.streams for rpc in RPCS if rpc.path == path):
        stream: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(path)
        return _last(stream(data))
    return cast(Awaitable[bytes], channel.unary_unary(path)(data))


async def _last(stream: AsyncIterable[T]) -> T:
    """The last message of a stream that ends well."""
    messages = [message async for message in stream]
    assert messages, "the stream ended without a message"
    return messages[-1]


async def reflect(channel: grpc.aio.Channel, version: str) -> bytes:
    """What reflection of that version answers to the question for all services."""
    method = f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo"
    # One question is on the wire what a stream of one is, without the race of its end.
    call: grpc.aio.UnaryStreamMultiCallable[bytes, bytes] = channel.unary_stream(method)
    answer = await call(b"\x3a\x00").read()
    assert isinstance(answer, bytes)
    return answer


async def refused_for(channel: grpc.aio.Channel, message: Message, fields: set[str]) -> None:
    """Holds a call to being refused because of exactly these fields."""
    refused = await refusal(send(channel, message))

    assert (refused.code, refused.reason) == (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_FIELD")
    assert set(refused.fields) == fields
    assert all(refused.fields.values())
    assert refused.metadata == {}


async def until(holds: Callable[[], Awaitable[bool]], *, within_s: float = 10) -> None:
    """Waits for what must come true by itself."""
    over = time.monotonic() + within_s
    while not await holds():
        assert time.monotonic() < over, f"not within {within_s:g} s"
        await asyncio.sleep(0.01)


async def contents(sql: Sql) -> dict[str, tuple[int, str]]:
    """For each table its number of rows and a digest of all that is in them."""
    tables = await sql.fetch("SELECT tablename FROM pg_tables WHERE schemaname = 'public'")
    held: dict[str, tuple[int, str]] = {}
    for (table,) in tables:
        row = await sql.fetchrow(
            f"SELECT count(*), md5(coalesce(string_agg(CAST(t AS text), '|'"
            f" ORDER BY CAST(t AS text)), '')) FROM {table} t"
        )
        assert row is not None
        held[table] = (row[0], row[1])
    return held


async def grant(calls: Calls, user_id: str, amount: int) -> str:
    """Gives XP, or takes it where negative; a consistency token that includes it."""
    answer = await calls.xp.AdjustXp(
        AdjustXpRequest(
            request_id=f"grant-{next(_numbers)}",
            user_id=user_id,
            amount=amount,
            reason="as the test needs it",
            actor="test",
        )
    )
    return answer.consistency_token
