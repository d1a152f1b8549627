"""The calls that the command line makes to a server. Answers are plain JSON."""

from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Iterable, Sequence
from contextlib import asynccontextmanager
from typing import Any

import grpc
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp
from grpc_health.v1 import health_pb2

import laurels
from laurels.aio import Client
from laurels.client import addresses
from laurels.errors import LaurelsError, Unreachable

Json = dict[str, Any]
"""A message with the field names of the protos; all fields are there, but for one alone of a oneof.

Unlike in protobuf's own JSON, numbers of 64 bits are numbers: scripts compare them. Times are
RFC 3339 in UTC, and null where unset.
"""


_USER_TIMEOUT_S = 10.0

_STREAMS = (
    # A stream may take long, but a server that says nothing at all for this long is gone.
    ("grpc.keepalive_time_ms", 15_000),
    ("grpc.keepalive_timeout_ms", 10_000),
)

_COME_AGAIN = (grpc.StatusCode.RESOURCE_EXHAUSTED, grpc.StatusCode.UNAVAILABLE)
"""What a server says that would do it another time."""


class OperatorError(Exception):
    """The server did not do it; the message says why and what to do."""

    def __init__(
        self, message: str, *, reason: str = "", refused: bool = False, definite: bool = True
    ) -> None:
        super().__init__(message)
        self.reason = reason
        """An ErrorReason without its prefix, or a status code where the transport failed."""
        self.refused = refused
        """Whether it would say the same another time."""
        self.definite = definite
        """Whether it is certain that nothing was changed."""


class Operator:
    """Calls to one server, on one connection. Everything raises OperatorError."""

    def __init__(self, client: Client, address: str) -> None:
        self._client = client
        self._address = address

    async def submit(self, **attempt: Any) -> Json:
        """Records one attempt; a SubmitProgressResponse."""
        return await self._told(self._client.submit_progress(**attempt))

    async def board(self, **page: Any) -> Json:
        """One page of the leaderboard; a GetLeaderboardResponse."""
        return await self._told(self._client.get_leaderboard(**page))

    async def standing(self, user_id: str, *, neighbors: int = 0, after: str = "") -> Json:
        """Where a learner stands; a GetStandingResponse."""
        return await self._told(
            self._client.get_standing(user_id, neighbors=neighbors, after=after)
        )

    async def entries(self, user_id: str, **page: Any) -> Json:
        """One page of a learner's ledger; a ListXpEntriesResponse."""
        return await self._told(self._client.list_xp_entries(user_id, **page))

    async def sync_status(self) -> Json:
        """How far Redis is; a GetSyncStatusResponse."""
        return await self._told(self._client.get_sync_status())

    async def progress(self, user_id: str) -> list[Json]:
        """Every level with a learner's status; each a LevelProgress."""
        try:
            return [_json(level) async for level in self._client.iter_progress(user_id)]
        except LaurelsError as error:
            raise _told(error, self._address, named=error.reason) from None

    async def register(self, learners: Iterable[tuple[str, str]]) -> None:
        """Registers learners by `user_id` and name; one who exists gets the name and keeps the
        groups."""
        users = [laurels.User(user_id=user_id, display_name=name) for user_id, name in learners]
        await self._told(self._client.upsert_users(users, update_mask=["display_name"]))

    async def _told(self, call: Awaitable[Message]) -> Json:
        try:
            return _json(await call)
        except LaurelsError as error:
            raise _told(error, self._address, named=error.reason) from None


@asynccontextmanager
async def connected(
    address: str, *, timeout_s: float = 5.0, retry: bool = False
) -> AsyncGenerator[Operator]:
    """Calls to the server at `address`; with `retry`, one that is away is asked four times."""
    async with _client(address, timeout=timeout_s, retry=retry) as client:
        yield Operator(client, address)


def is_loopback(address: str) -> bool:
    """Whether this is on this machine. Raises OperatorError for what is no address."""
    try:
        return addresses.is_loopback(address)
    except laurels.BadArgument as error:
        raise OperatorError(error.message) from None


async def is_serving(address: str, timeout_s: float) -> bool:
    """Whether a server at `address` says SERVING."""
    return await health(address, timeout_s) == "SERVING"


async def health(address: str, timeout_s: float) -> str:
    """What a server at `address` says of its health; empty where it says nothing."""
    async with grpc.aio.insecure_channel(address) as channel:
        try:
            check = channel.unary_unary(
                "/grpc.health.v1.Health/Check",
                request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
                response_deserializer=health_pb2.HealthCheckResponse.FromString,
            )
            answer = await check(health_pb2.HealthCheckRequest(), timeout=timeout_s)
        except grpc.aio.AioRpcError:
            return ""
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


def about_board(findings: Sequence[Json]) -> int:
    """How many of the findings a rebuild mends."""
    return sum(finding["kind"].startswith("FINDING_KIND_BOARD_") for finding in findings)


async def audit_user(address: str, user_id: str) -> list[Json]:
    """The findings about one learner."""
    async with _client(address, timeout=_USER_TIMEOUT_S) as client:
        try:
            answer = await client.audit_user(user_id)
        except LaurelsError as error:
            raise _told(error, address, named=error.reason) from None
    return [_json(finding) for finding in answer.findings]


async def audit_all(address: str, *, repair: bool) -> AsyncGenerator[Json]:
    """The events of an audit of everything, each with the one key `finding`, `progress` or
    `summary`."""
    async with _client(address) as client:
        async for event in _each(client.audit_all(repair=repair), address):
            yield event


async def rebuild(address: str) -> AsyncGenerator[Json]:
    """The progress of a rebuild."""
    async with _client(address) as client:
        async for step in _each(client.rebuild_projection(), address):
            yield step


def _client(address: str, *, timeout: float = 5.0, retry: bool = False) -> Client:
    """A client of ours. Raises OperatorError for what is no address."""
    try:
        return laurels.aio.connect(address, timeout=timeout, retry=retry, options=_STREAMS)
    except laurels.BadArgument as error:
        raise OperatorError(error.message) from None


async def _each(messages: AsyncIterable[Message], address: str) -> AsyncGenerator[Json]:
    begun = False
    try:
        async for message in messages:
            begun = True
            yield _json(message)
    except LaurelsError as error:
        raise _told(error, address, begun=begun) from None


def _json(message: Message) -> Json:
    return {
        field.name: _field(field, message)
        for field in message.DESCRIPTOR.fields
        if field.containing_oneof is None or message.HasField(field.name)
    }


def _field(field: Any, message: Message) -> Any:
    value = getattr(message, field.name)
    if field.is_repeated:
        return [_value(field, item) for item in value]
    if isinstance(value, Timestamp) and not message.HasField(field.name):
        return None
    return _value(field, value)


def _value(field: Any, value: Any) -> Any:
    if field.enum_type is not None:
        return field.enum_type.values_by_number[value].name
    if isinstance(value, Timestamp):
        return value.ToJsonString()
    return _json(value) if isinstance(value, Message) else value


def _told(
    error: LaurelsError, address: str, *, named: str = "", begun: bool = False
) -> OperatorError:
    """What to tell of an error, which is `named` so, or else by its status code."""
    if begun and not error.reason:
        message = f"the server at {address} went away before the end; try again"
    elif isinstance(error, Unreachable):
        message = f"no Laurels answers at {address}; see LAURELS_LISTEN or --listen"
    else:
        message = f"{named or error.code.name}: {error.message}"
    return OperatorError(
        message,
        reason=error.reason or error.code.name,
        refused=error.definite and error.code not in _COME_AGAIN,
        definite=error.definite,
    )
