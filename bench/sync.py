"""Waits for the projection in Redis."""

import asyncio
import time

import grpc

from laurels.v1.audit_service_pb2 import GetSyncStatusRequest
from laurels.v1.audit_service_pb2_grpc import AuditServiceStub

_PATIENCE_S = 300.0
_LOOK_AGAIN_S = 0.1


class NotInStep(Exception):
    """The projection did not come up to the ledger in time; the message says how far it is."""


async def until_in_step(address: str) -> None:
    """Returns once readers are answered from Redis and it is up to the ledger."""
    until = time.monotonic() + _PATIENCE_S
    async with grpc.aio.insecure_channel(address) as channel:
        status = AuditServiceStub(channel).GetSyncStatus
        while True:
            now = await status(GetSyncStatusRequest(), timeout=10.0)
            if now.serving and now.generation and now.lag_entries == 0:
                return
            if time.monotonic() > until:
                raise NotInStep(f"Redis is not in step: {now}")
            await asyncio.sleep(_LOOK_AGAIN_S)
