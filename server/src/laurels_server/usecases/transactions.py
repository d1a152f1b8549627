"""Runs the smaller reads and transactions, and says STORE_UNAVAILABLE for what fails them."""

import asyncio
import time
from collections.abc import Awaitable, Callable
from typing import TypeVar

from laurels_server.domain.errors import Overloaded, StoreUnavailable
from laurels_server.postgres.database import Connection, Database
from laurels_server.postgres.failures import Away, Busy, Contended, StoreFailure

T = TypeVar("T")

_QUICK_S = 0.5
"""A read that failed sooner than this is tried once more."""

_PAUSES_S = (0.02, 0.04, 0.08)
"""Before the second try and those after it."""


async def committed(database: Database, work: Callable[[Connection], Awaitable[T]]) -> T:
    """What `work` returned, once it is committed.

    `work` may run several times, after rollbacks that someone else caused. Raises StoreUnavailable
    or Overloaded.
    """
    try:
        for pause in _PAUSES_S:
            try:
                return await database.transact(work)
            except Contended:
                await asyncio.sleep(pause)
        return await database.transact(work)
    except StoreFailure as failure:
        raise told(failure) from failure


async def found(database: Database, work: Callable[[Connection], Awaitable[T]]) -> T:
    """What `work` read; it may run twice. Raises StoreUnavailable or Overloaded."""
    began = time.monotonic()
    try:
        try:
            return await database.read(work)
        except Away:
            # A connection that died while it lay idle tells so at its first use.
            if time.monotonic() - began > _QUICK_S:
                raise
            return await database.read(work)
    except StoreFailure as failure:
        raise told(failure) from failure


def told(failure: StoreFailure) -> Overloaded | StoreUnavailable:
    """What the caller is told of it."""
    if isinstance(failure, Busy):
        return Overloaded(f"{failure}; retry after a short pause")
    return StoreUnavailable("PostgreSQL is not available; retry")
