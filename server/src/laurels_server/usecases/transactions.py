"""Runs the smaller transactions: tried again when someone else's work rolled them back."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from laurels_server.domain.errors import StoreUnavailable
from laurels_server.postgres.database import Connection, Database
from laurels_server.postgres.failures import Contended, StoreFailure

T = TypeVar("T")

_TRIES = 4
_PAUSE_S = 0.02


async def committed(database: Database, work: Callable[[Connection], Awaitable[T]]) -> T:
    """What `work` returned, once it is committed. `work` may run several times; raises
    StoreUnavailable when PostgreSQL is away or does not answer."""
    with_pause = [_PAUSE_S * 2**n for n in range(_TRIES - 1)]
    try:
        for pause in with_pause:
            try:
                return await database.transact(work)
            except Contended:
                await asyncio.sleep(pause)
        return await database.transact(work)
    except StoreFailure as failure:
        raise StoreUnavailable("PostgreSQL is not available; retry") from failure


@asynccontextmanager
async def reading(database: Database) -> AsyncGenerator[Connection]:
    """A connection to read with; raises StoreUnavailable when PostgreSQL is away."""
    try:
        async with database.reading() as connection:
            yield connection
    except StoreFailure as failure:
        raise StoreUnavailable("PostgreSQL is not available; retry") from failure
