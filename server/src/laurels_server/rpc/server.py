"""Puts the services on a port: one function registers them all, with health and reflection."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, cast

import grpc
from google.protobuf import descriptor_pool
from google.protobuf.descriptor import FileDescriptor
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_health.v1._async import HealthServicer
from grpc_reflection.v1alpha import reflection

from laurels.v1 import (
    audit_service_pb2,
    audit_service_pb2_grpc,
    catalog_service_pb2,
    catalog_service_pb2_grpc,
    leaderboard_service_pb2,
    progress_service_pb2,
    progress_service_pb2_grpc,
    user_service_pb2,
    user_service_pb2_grpc,
    xp_service_pb2,
    xp_service_pb2_grpc,
)
from laurels_server.rpc.audit import AuditServicer
from laurels_server.rpc.catalog import CatalogServicer
from laurels_server.rpc.guard import Guard
from laurels_server.rpc.leaderboard import LeaderboardServicer
from laurels_server.rpc.progress import ProgressServicer
from laurels_server.rpc.users import UserServicer
from laurels_server.rpc.xp import XpServicer
from laurels_server.usecases.accounts import Accounts
from laurels_server.usecases.catalog import Levels
from laurels_server.usecases.history import History
from laurels_server.usecases.lanes import Lanes
from laurels_server.usecases.leaderboard import Leaderboard
from laurels_server.usecases.learners import Learners
from laurels_server.usecases.operations import Operations

_LAST_WORDS_S = 0.1
"""For answers that are on their way when the last call has ended."""

_OPTIONS: Sequence[tuple[str, int]] = (
    # What clients take by default too: a larger upsert would be stored and its answer lost.
    ("grpc.max_receive_message_length", 4 * 1024 * 1024),
    ("grpc.max_concurrent_streams", 1000),
    # Pings more often than this are a flood, and the connection is closed.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)

SERVICES = tuple(
    module.DESCRIPTOR.services_by_name[name].full_name
    for module, name in (
        (progress_service_pb2, "ProgressService"),
        (catalog_service_pb2, "CatalogService"),
        (user_service_pb2, "UserService"),
        (leaderboard_service_pb2, "LeaderboardService"),
        (xp_service_pb2, "XpService"),
        (audit_service_pb2, "AuditService"),
    )
)
"""Full names of the services of ours."""


@dataclass(frozen=True, slots=True)
class Services:
    """The work behind the RPCs."""

    lanes: Lanes
    history: History
    levels: Levels
    learners: Learners
    leaderboard: Leaderboard
    accounts: Accounts
    operations: Operations


class _Described:
    """The default descriptors; they do not know methods by name, which grpcurl asks for too."""

    def __init__(self) -> None:
        self._pool = descriptor_pool.Default()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._pool, name)

    def FindFileContainingSymbol(self, symbol: str) -> FileDescriptor:
        """The file of a message, service or method; raises KeyError where there is none."""
        try:
            return self._pool.FindFileContainingSymbol(symbol)
        except KeyError:
            service, _, method = symbol.rpartition(".")
            return (
                self._pool.FindServiceByName(service)
                .methods_by_name[method]
                .containing_service.file
            )


class AddressTaken(Exception):
    """The address cannot be listened on."""


class RpcServer:
    """The gRPC server. It says NOT_SERVING until told otherwise."""

    def __init__(
        self, services: Services, listen: str, *, with_reflection: bool, share_port: bool = False
    ) -> None:
        """`share_port` with other workers, whose supervisor keeps everybody else away."""
        leaderboard = LeaderboardServicer(services.leaderboard)
        self._guard = Guard({f"/{leaderboard.NAME}/GetLeaderboard": leaderboard.kept_page})
        # Else two servers on one port would share its calls in silence; the second shall fail.
        sharing = ("grpc.so_reuseport", int(share_port))
        self._server = grpc.aio.server(options=(*_OPTIONS, sharing))
        self._server.add_generic_rpc_handlers((self._guard,))
        # The generated functions know only servers; to them it is one.
        guarded = cast(grpc.aio.Server, self._guard)
        self._health = HealthServicer()
        progress_service_pb2_grpc.add_ProgressServiceServicer_to_server(
            ProgressServicer(services.lanes, services.history), guarded
        )
        catalog_service_pb2_grpc.add_CatalogServiceServicer_to_server(
            CatalogServicer(services.levels), guarded
        )
        user_service_pb2_grpc.add_UserServiceServicer_to_server(
            UserServicer(services.learners), guarded
        )
        leaderboard.add_to(guarded)
        xp_service_pb2_grpc.add_XpServiceServicer_to_server(XpServicer(services.accounts), guarded)
        audit_service_pb2_grpc.add_AuditServiceServicer_to_server(
            AuditServicer(services.operations), guarded
        )
        health_pb2_grpc.add_HealthServicer_to_server(self._health, guarded)
        if with_reflection:
            names = (*SERVICES, "grpc.health.v1.Health", reflection.SERVICE_NAME)
            # It asks what kind of server this is, and would take the guard for a blocking one.
            pool = cast(descriptor_pool.DescriptorPool, _Described())
            reflection.enable_server_reflection(names, self._server, pool=pool)
        try:
            self.port = self._server.add_insecure_port(listen)
        except RuntimeError as error:
            raise AddressTaken(listen) from error

    async def start(self) -> None:
        """Begins to answer, as NOT_SERVING."""
        await self.set_serving(False)
        await self._server.start()

    async def set_serving(self, serving: bool) -> None:
        """Tells health checks whether calls can succeed, for the server and each service."""
        status = (
            health_pb2.HealthCheckResponse.SERVING
            if serving
            else health_pb2.HealthCheckResponse.NOT_SERVING
        )
        for name in ("", *SERVICES):
            await self._health.set(name, status)

    async def drain(self, timeout_s: float) -> None:
        """Says NOT_SERVING for good, takes no new calls, and waits for those under way."""
        await self._health.enter_graceful_shutdown()
        stopping = asyncio.create_task(self._server.stop(timeout_s))
        idle = asyncio.create_task(self._guard.idle())
        await asyncio.wait({stopping, idle}, return_when=asyncio.FIRST_COMPLETED)
        idle.cancel()
        # What is left watches health or asks for reflection, and would stay until the time is over.
        await self._server.stop(_LAST_WORDS_S)
        await stopping
