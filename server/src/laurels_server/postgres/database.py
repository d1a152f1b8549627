"""One way to read and one way to write, both of which say what became of them."""

import asyncio
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import AsyncExitStack, asynccontextmanager
from typing import TypeVar

import asyncpg
from sqlalchemy import QueuePool
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from laurels_server.metrics import BUSY_CONNECTIONS, POOL_CONNECTIONS
from laurels_server.postgres.connection import Connection, Driver
from laurels_server.postgres.failures import Away, CommitUnknown, translated
from laurels_server.postgres.transaction import transaction

T = TypeVar("T")

__all__ = ["Connection", "Database"]

_REFUSED_S = 0.05
"""How long a PostgreSQL that refused a connection is not asked for another one: hundreds of callers
who try again would leave no time for those whom Redis can answer."""


class Database:
    """A PostgreSQL database behind two pools: reads can never take the connections of awards.

    All work runs in tasks of its own that nobody cancels: a cancelled statement can leave its
    connection broken or holding locks, and a cancellation can get lost on the way. A caller that
    is cancelled, or out of patience, simply stops waiting. Work that then still hangs has its
    connection dropped: whatever silenced it, its place in the pool is free again.
    """

    def __init__(
        self,
        awards: AsyncEngine,
        reads: AsyncEngine,
        *,
        patience_ms: int = 4_000,
        grace_ms: int = 4_000,
    ) -> None:
        """`patience_ms` bounds how long a caller waits for its work, COMMIT included; `grace_ms`
        how much longer its connection is kept."""
        self.awards = awards
        self._reads = reads
        self._patience_s = patience_ms / 1000
        self._grace_s = grace_ms / 1000
        self._running: set[asyncio.Task[None]] = set()
        self._refused_until = 0.0
        _show("awards", awards)
        _show("reads", reads)

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Runs `work`, single statements that change nothing; raises StoreFailure."""
        try:
            return await self._await(lambda held: self._read(work, held))
        except TimeoutError as error:
            raise Away(str(error)) from None

    async def transact(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Runs `work` in one transaction and commits it; whoever waits may be cancelled.

        Raises Contended, Busy or Away when it certainly rolled back, and CommitUnknown when nobody
        can tell: the answer to COMMIT was lost, or patience ran out.
        """
        try:
            return await self._await(lambda held: self._commit(work, held))
        except TimeoutError as error:
            raise CommitUnknown(str(error)) from None

    async def close(self) -> None:
        """Closes the pools. A PostgreSQL that says no farewell is waited for 2 s at most."""
        closing = [asyncio.create_task(pool.dispose()) for pool in (self.awards, self._reads)]
        await asyncio.wait(closing, timeout=2.0)

    async def _await(self, work: Callable[["_Held"], Awaitable[T]]) -> T:
        """What `work` returns or raises, from a task of its own; TimeoutError after patience."""
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[T] = loop.create_future()
        held = _Held()

        async def run() -> None:
            try:
                result = await work(held)
            except BaseException as error:
                if not answer.done():
                    answer.set_exception(error)
            else:
                if not answer.done():
                    answer.set_result(result)

        task = asyncio.create_task(run())
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        try:
            done, _ = await asyncio.wait({answer}, timeout=self._patience_s)
            if not done:
                loop.call_later(self._grace_s, held.drop)
                raise TimeoutError(f"PostgreSQL gave no answer within {self._patience_s:g} s")
            return answer.result()
        finally:
            answer.cancel()

    async def _read(self, work: Callable[[Connection], Awaitable[T]], held: "_Held") -> T:
        with translated():
            async with self._connected(self._reads) as pooled, held.by(pooled) as driver:
                return await work(Connection(driver))

    async def _commit(self, work: Callable[[Connection], Awaitable[T]], held: "_Held") -> T:
        with translated():
            async with self._connected(self.awards) as pooled, held.by(pooled) as driver:
                async with transaction(driver):
                    result = await work(Connection(driver))
                return result

    @asynccontextmanager
    async def _connected(self, pool: AsyncEngine) -> AsyncGenerator[AsyncConnection]:
        """A connection of the pool. Raises the driver's errors, and Away while PostgreSQL has just
        refused one."""
        if time.monotonic() < self._refused_until:
            raise Away("PostgreSQL refuses connections")
        async with AsyncExitStack() as stack:
            try:
                pooled = await stack.enter_async_context(pool.connect())
            except ConnectionRefusedError:
                self._refused_until = time.monotonic() + _REFUSED_S
                raise
            yield pooled


class _Held:
    """The connection that a piece of work holds, to be dropped from outside."""

    def __init__(self) -> None:
        self._driver: Driver | None = None

    @asynccontextmanager
    async def by(self, pooled: AsyncConnection) -> AsyncGenerator[Driver]:
        """Knows the connection while it is held; the pool does not get back one that is closed, or
        in the midst of a transaction."""
        raw = await pooled.get_raw_connection()
        driver = raw.driver_connection
        assert driver is not None, "just lent by the pool"
        self._driver = driver
        try:
            yield driver
        except asyncpg.InternalClientError:
            # It is about to find itself closed, and of no use until then.
            driver.terminate()
            raise
        except RuntimeError as error:
            # How uvloop says that nothing more can be sent.
            if driver.is_closed():
                raise Away(str(error)) from error
            raise
        finally:
            self._driver = None
            if driver.is_closed() or driver.is_in_transaction():
                driver.terminate()
                await pooled.invalidate()

    def drop(self) -> None:
        """Hangs up. That is no cancel: a COMMIT under way finishes or not, as it would have."""
        if self._driver is not None:
            self._driver.terminate()


def _show(name: str, engine: AsyncEngine) -> None:
    """Lets the metrics tell how busy a pool is."""
    pool = engine.pool
    assert isinstance(pool, QueuePool), "the engine's own kind"
    POOL_CONNECTIONS.labels(name).set(pool.size())
    BUSY_CONNECTIONS.labels(name).set_function(pool.checkedout)
