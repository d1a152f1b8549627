"""Makes calls, and keeps what was asked, when, and what came of it."""

import time
from collections import Counter
from collections.abc import Awaitable, Sequence
from typing import Final

import grpc

from laurels.v1.error_reason_pb2 import ErrorReason
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    ItemError,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from laurels.v1.user_service_pb2 import UpsertUsersRequest
from laurels.v1.xp_service_pb2 import AdjustXpRequest, AwardXpRequest, ReverseXpEntryRequest
from tests.calls import Calls, read_refusal
from tests.e2e.process import until
from tests.faults.history.calls import CHANGED, Answer, Call, History, Request, acknowledged

DEFINITE: Final = frozenset(
    {
        grpc.StatusCode.INVALID_ARGUMENT,
        grpc.StatusCode.NOT_FOUND,
        grpc.StatusCode.FAILED_PRECONDITION,
        grpc.StatusCode.ALREADY_EXISTS,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
    }
)
"""Codes that, with an ErrorInfo of ours, promise that the call changed nothing."""

_ANSWERED_WITHIN_S: Final = 20.0

_CODES: Final = {code.value[0]: code for code in grpc.StatusCode}


class Recorder:
    """Calls any of the servers, and writes the history."""

    def __init__(self, servers: Sequence[Calls]) -> None:
        self.servers = servers
        self.history = History()
        self.newest_token = ""

    async def make(
        self, client: str, server: int, timeout_s: float, request: Request, *, retries: int = 0
    ) -> Call:
        """Makes one call; whatever comes of it is in the record that it returns."""
        call = self._begin(client, server, request, time.time())
        call.retries = retries
        try:
            answer = await _send(self.servers[server], request, timeout_s)
        except grpc.aio.AioRpcError as error:
            call.completed = time.time()
            _note_error(call, error)
        else:
            call.completed = time.time()
            self._note_answer(call, answer)
        return call

    async def make_batch(
        self,
        client: str,
        server: int,
        timeout_s: float,
        requests: Sequence[SubmitProgressRequest],
        *,
        retries: Sequence[int] = (),
    ) -> list[Call]:
        """Makes one BatchSubmitProgress; a record for each item."""
        invoked = time.time()
        calls = [self._begin(client, server, request, invoked) for request in requests]
        for call, repeated in zip(calls, retries or [0] * len(calls), strict=True):
            call.batch = calls[0].number
            call.retries = repeated
        try:
            answer = await self.servers[server].progress.BatchSubmitProgress(
                BatchSubmitProgressRequest(requests=requests), timeout=timeout_s
            )
        except grpc.aio.AioRpcError as error:
            completed = time.time()
            for call in calls:
                call.completed = completed
                _note_error(call, error)
            return calls
        completed = time.time()
        for call, result in zip(calls, answer.results, strict=True):
            call.completed = completed
            if result.HasField("response"):
                self._note_answer(call, result.response)
            else:
                _note_item_error(call, result.error)
        return calls

    async def until_answered(self, writes: int, *, by_each: bool = False) -> None:
        """Waits until so many more writes are answered, by all servers together or by each."""
        begun = len(self.history.calls)
        answering = range(len(self.servers)) if by_each else [0]

        async def answered() -> bool:
            counts = Counter(
                call.server if by_each else 0
                for call in acknowledged(self.history.calls[begun:])
                if call.write is not None
            )
            return all(counts[server] >= writes for server in answering)

        await until(answered, f"{writes} more writes answered", within_s=_ANSWERED_WITHIN_S)

    def _begin(self, client: str, server: int, request: Request, invoked: float) -> Call:
        call = Call(len(self.history.calls) + 1, client, server, request, invoked)
        self.history.calls.append(call)
        return call

    def _note_answer(self, call: Call, answer: Answer) -> None:
        call.answer = answer
        if isinstance(answer, (SubmitProgressResponse, *CHANGED)):
            self.newest_token = answer.consistency_token


def _send(calls: Calls, request: Request, timeout_s: float) -> Awaitable[Answer]:
    match request:
        case SubmitProgressRequest():
            return calls.progress.SubmitProgress(request, timeout=timeout_s)
        case AwardXpRequest():
            return calls.xp.AwardXp(request, timeout=timeout_s)
        case AdjustXpRequest():
            return calls.xp.AdjustXp(request, timeout=timeout_s)
        case ReverseXpEntryRequest():
            return calls.xp.ReverseXpEntry(request, timeout=timeout_s)
        case UpsertUsersRequest():
            return calls.users.UpsertUsers(request, timeout=timeout_s)
        case GetLeaderboardRequest():
            return calls.leaderboard.GetLeaderboard(request, timeout=timeout_s)
        case GetStandingRequest():
            return calls.leaderboard.GetStanding(request, timeout=timeout_s)


def _note_error(call: Call, error: grpc.aio.AioRpcError) -> None:
    call.code = error.code().name
    # What the transport itself says has no details, and is never definite.
    if "grpc-status-details-bin" in dict(error.trailing_metadata()):
        call.reason = read_refusal(error).reason
        call.definite = error.code() in DEFINITE


def _note_item_error(call: Call, error: ItemError) -> None:
    code = _CODES[error.code]
    call.code = code.name
    call.reason = ErrorReason.Name(error.reason).removeprefix("ERROR_REASON_")
    call.definite = code in DEFINITE
