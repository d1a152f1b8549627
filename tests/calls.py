"""How tests call a server, and what they read out of its errors."""

from collections.abc import Awaitable, Mapping
from dataclasses import dataclass

import grpc
from google.rpc import error_details_pb2, status_pb2

from laurels.v1 import (
    audit_service_pb2_grpc,
    catalog_service_pb2_grpc,
    leaderboard_service_pb2_grpc,
    progress_service_pb2_grpc,
    user_service_pb2_grpc,
    xp_service_pb2_grpc,
)
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetLeaderboardResponse
from laurels.v1.progress_service_pb2 import SubmitProgressRequest, SubmitProgressResponse


@dataclass(frozen=True, slots=True)
class Refusal:
    """An error as a client sees it."""

    code: grpc.StatusCode
    message: str
    reason: str
    metadata: Mapping[str, str]
    fields: Mapping[str, str]


class Calls:
    """One stub for each service, and the calls that tests make most."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self.channel = channel
        self.progress = progress_service_pb2_grpc.ProgressServiceStub(channel)
        self.catalog = catalog_service_pb2_grpc.CatalogServiceStub(channel)
        self.users = user_service_pb2_grpc.UserServiceStub(channel)
        self.xp = xp_service_pb2_grpc.XpServiceStub(channel)
        self.leaderboard = leaderboard_service_pb2_grpc.LeaderboardServiceStub(channel)
        self.audit = audit_service_pb2_grpc.AuditServiceStub(channel)

    async def submit(
        self, user_id: str, level_id: str, *, request_id: str = "", correct: int = 5
    ) -> SubmitProgressResponse:
        """An attempt with `correct` of 5 right."""
        return await self.progress.SubmitProgress(attempt(user_id, level_id, request_id, correct))

    async def board(self, **arguments: int | str) -> GetLeaderboardResponse:
        """A page of the all-time leaderboard."""
        return await self.leaderboard.GetLeaderboard(GetLeaderboardRequest(**arguments))  # pyright: ignore[reportArgumentType]


def attempt(
    user_id: str, level_id: str, request_id: str = "", correct: int = 5
) -> SubmitProgressRequest:
    """An attempt with `correct` of 5 right."""
    return SubmitProgressRequest(
        request_id=request_id,
        user_id=user_id,
        level_id=level_id,
        score=20 * correct,
        total_questions=5,
        correct_answers=correct,
        time_spent_seconds=60,
    )


async def refusal(call: Awaitable[object]) -> Refusal:
    """The error that a call ends with; fails when it succeeds.

    Holds every error to the contract: its status details agree with the status, and carry exactly
    one ErrorInfo of our domain; OVERLOADED alone asks for a pause.
    """
    try:
        answer = await call
    except grpc.aio.AioRpcError as error:
        return read_refusal(error)
    raise AssertionError(f"the call succeeded: {answer}")


def read_refusal(error: grpc.aio.AioRpcError) -> Refusal:
    """What an error says."""
    trailers = dict(error.trailing_metadata())
    packed = trailers.get("grpc-status-details-bin")
    assert isinstance(packed, bytes), f"{error.code()} without details: {error.details()}"
    status = status_pb2.Status.FromString(packed)
    assert (status.code, status.message) == (error.code().value[0], error.details())
    infos: list[error_details_pb2.ErrorInfo] = []
    fields: dict[str, str] = {}
    pauses: list[float] = []
    for detail in status.details:
        if detail.TypeName() == "google.rpc.ErrorInfo":
            info = error_details_pb2.ErrorInfo()
            detail.Unpack(info)
            infos.append(info)
        elif detail.TypeName() == "google.rpc.RetryInfo":
            retry = error_details_pb2.RetryInfo()
            detail.Unpack(retry)
            pauses.append(retry.retry_delay.ToTimedelta().total_seconds())
        else:
            bad_request = error_details_pb2.BadRequest()
            assert detail.Unpack(bad_request), f"an unexpected detail: {detail}"
            fields = {v.field: v.description for v in bad_request.field_violations}
    assert len(infos) == 1, f"{len(infos)} ErrorInfo"
    assert infos[0].domain == "laurels"
    assert pauses == ([0.2] if infos[0].reason == "OVERLOADED" else [])
    return Refusal(
        error.code(),
        error.details() or "",
        infos[0].reason,
        dict(infos[0].metadata),
        fields,
    )
