"""The generated stubs of all six services over one channel."""

from typing import Any

from laurels.v1.audit_service_pb2_grpc import AuditServiceStub
from laurels.v1.catalog_service_pb2_grpc import CatalogServiceStub
from laurels.v1.leaderboard_service_pb2_grpc import LeaderboardServiceStub
from laurels.v1.progress_service_pb2_grpc import ProgressServiceStub
from laurels.v1.user_service_pb2_grpc import UserServiceStub
from laurels.v1.xp_service_pb2_grpc import XpServiceStub


class Stubs:
    """Made at once: gRPC crashes when a stub is made over a channel that was closed.

    Typed as of a blocking channel; over an asynchronous one, calls are to be awaited.
    """

    def __init__(self, channel: Any) -> None:
        self.progress = ProgressServiceStub(channel)
        self.xp = XpServiceStub(channel)
        self.leaderboard = LeaderboardServiceStub(channel)
        self.catalog = CatalogServiceStub(channel)
        self.users = UserServiceStub(channel)
        self.audit = AuditServiceStub(channel)
