"""One way to read and one way to write, both of which say what became of them."""

import asyncio
from collections.abc import Awaitable, Callable, Coroutine
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from laurels_server.postgres.failures import Away, CommitUnknown, translated

T = TypeVar("T")

Connection = AsyncConnection
"""What the functions of this package run on; the name by which the use cases know it."""


class Database:
    """A PostgreSQL database behind a pool.

    All work runs in tasks of its own that nobody cancels: a cancelled statement can leave its
    connection broken or holding locks, and a cancellation can get lost on the way. A caller that
    is cancelled simply stops waiting; every statement is bounded by the limits of `engine.py`.
    """

    def __init__(self, engine: AsyncEngine, *, patience_ms: int = 4_000) -> None:
        """`patience_ms` bounds how long a caller waits for its work, COMMIT included."""
        self.engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._patience_s = patience_ms / 1000
        self._running: set[asyncio.Task[None]] = set()

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Runs `work`, single statements that change nothing; raises Away."""
        try:
            return await self._await(self._read(work))
        except TimeoutError as error:
            raise Away(str(error)) from None

    async def transact(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Runs `work` in one transaction and commits it; whoever waits may be cancelled.

        Raises Contended or Away when it certainly rolled back, and CommitUnknown when nobody can
        tell: the answer to COMMIT was lost, or patience ran out. A hanging COMMIT heeds no
        statement timeout; it keeps its connection until it ends.
        """
        try:
            return await self._await(self._commit(work))
        except TimeoutError as error:
            raise CommitUnknown(str(error)) from None

    async def close(self) -> None:
        """Closes the pool; connections of work still hanging are dropped."""
        await self.engine.dispose()

    async def _await(self, work: Coroutine[None, None, T]) -> T:
        """What `work` returns or raises, from a task of its own; TimeoutError after patience."""
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()

        async def run() -> None:
            try:
                result = await work
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
                raise TimeoutError(f"PostgreSQL gave no answer within {self._patience_s:g} s")
            return answer.result()
        finally:
            answer.cancel()

    async def _read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        with translated():
            async with self._reading.connect() as connection:
                return await work(connection)

    async def _commit(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        with translated():
            async with self.engine.connect() as connection:
                try:
                    result = await work(connection)
                except BaseException:
                    await _roll_back(connection)
                    raise
                try:
                    with translated():
                        await connection.commit()
                except Away as failure:
                    raise CommitUnknown(str(failure)) from failure
                return result


async def _roll_back(connection: AsyncConnection) -> None:
    """Rolls back; a connection that cannot must not return to the pool holding locks."""
    try:
        await connection.rollback()
    except Exception:
        await connection.invalidate()
