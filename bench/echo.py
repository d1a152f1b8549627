"""The bare echo: Laurels' messages over grpc.aio with nothing behind them.

What it does not reach, no Python gRPC service on this machine can.
`python -m bench.echo HOST:PORT`
"""

import sys

import grpc
from google.protobuf.timestamp_pb2 import Timestamp

from bench import serving, workload
from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_REDIS,
    GetLeaderboardResponse,
    GetStandingRequest,
    GetStandingResponse,
    LeaderboardEntry,
)
from laurels.v1.progress_service_pb2 import (
    PROGRESS_STATUS_COMPLETED,
    BatchSubmitProgressRequest,
    BatchSubmitProgressResponse,
    BatchSubmitProgressResult,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from laurels.v1.progress_service_pb2_grpc import (
    ProgressServiceServicer,
    add_ProgressServiceServicer_to_server,
)

_NOW = Timestamp(seconds=1_790_000_000, nanos=123_456_000)

ANSWER = SubmitProgressResponse(
    request_id=workload.request_id(1, 1, 1),
    user_id=workload.user_id(1),
    level_id=workload.level_id(1, 1),
    status=PROGRESS_STATUS_COMPLETED,
    passed=True,
    score=100,
    correct_answers=workload.QUESTIONS,
    total_questions=workload.QUESTIONS,
    xp_earned=workload.LEVEL_XP,
    total_xp=1015,
    best_score=100,
    attempts=1,
    unlocked_level_ids=[workload.level_id(1, 2)],
    consistency_token="AQAAAAAAAYagAAZbXyT1QAA",
)

BATCH_ANSWER = BatchSubmitProgressResponse(
    results=[BatchSubmitProgressResult(response=ANSWER)] * workload.BATCH_ITEMS
)

PAGE = GetLeaderboardResponse(
    entries=[
        LeaderboardEntry(
            position=place,
            rank=place,
            user_id=workload.user_id(place),
            display_name=workload.display_name(place),
            xp=5000 - place,
            reached_at=Timestamp(seconds=1_790_000_000 // 60 * 60),
        )
        for place in range(1, workload.PAGE_ENTRIES + 1)
    ],
    next_page_token="WzEsWyJHZXRMZWFkZXJib2FyZCIsImdsb2JhbCJdLFsxNjc3NzIxNjAwMDAsMTJdXQ",
    total_entries=5000,
    source=LEADERBOARD_SOURCE_REDIS,
    as_of=_NOW,
    leaderboard_id="global",
)

_PAGE_BYTES = PAGE.SerializeToString()

STANDING = GetStandingResponse(
    entry=PAGE.entries[41],
    placed=True,
    percentile=0.99,
    total_entries=5000,
    source=LEADERBOARD_SOURCE_REDIS,
    as_of=_NOW,
    leaderboard_id="global",
)


class _Progress(ProgressServiceServicer):
    async def SubmitProgress(
        self, request: SubmitProgressRequest, context: object
    ) -> SubmitProgressResponse:
        return ANSWER

    async def BatchSubmitProgress(
        self, request: BatchSubmitProgressRequest, context: object
    ) -> BatchSubmitProgressResponse:
        return BATCH_ANSWER


async def _page(request: bytes, context: object) -> bytes:
    """The page's bytes, which nobody reads or writes here: there is no less to do."""
    return _PAGE_BYTES


async def _standing(request: GetStandingRequest, context: object) -> GetStandingResponse:
    return STANDING


def _register(server: grpc.aio.Server) -> None:
    # What it lacks is answered UNIMPLEMENTED.
    progress = _Progress()  # pyright: ignore[reportAbstractUsage]
    add_ProgressServiceServicer_to_server(progress, server)
    server.add_registered_method_handlers(
        "laurels.v1.LeaderboardService",
        {
            "GetLeaderboard": grpc.unary_unary_rpc_method_handler(_page),
            "GetStanding": grpc.unary_unary_rpc_method_handler(
                _standing,
                request_deserializer=GetStandingRequest.FromString,
                response_serializer=GetStandingResponse.SerializeToString,
            ),
        },
    )


if __name__ == "__main__":
    serving.run(serving.serve(sys.argv[1], _register))
