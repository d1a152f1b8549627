"""One way to read and one way to write, both of which say what became of them."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import TypeVar

from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from laurels_server.postgres.failures import Away, CommitUnknown, translated

T = TypeVar("T")

Connection = AsyncConnection
"""What the functions of this package run on; the name by which the use cases know it."""


class Database:
    """A PostgreSQL database behind a pool."""

    def __init__(self, engine: AsyncEngine, *, patience_ms: int = 4_000) -> None:
        """`patience_ms` bounds a whole transaction, COMMIT included."""
        self.engine = engine
        self._reading = engine.execution_options(isolation_level="AUTOCOMMIT")
        self._patience_s = patience_ms / 1000
        self._running: set[asyncio.Task[None]] = set()

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[Connection]:
        """A connection for single statements that change nothing. Raises StoreFailure."""
        with translated():
            async with self._reading.connect() as connection:
                yield connection

    async def transact(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        """Runs `work` in one transaction and commits it.

        The transaction runs in a task of its own, so a caller that is cancelled leaves it to
        finish or roll back whole. Raises Contended or Away when it certainly rolled back, and
        CommitUnknown when nobody can tell: the answer to COMMIT was lost, or patience ran out. A
        hanging COMMIT heeds no statement timeout and must not be cancelled; it keeps its connection
        until it ends.
        """
        answer: asyncio.Future[T] = asyncio.get_running_loop().create_future()
        task = asyncio.create_task(self._run(work, answer))
        self._running.add(task)
        task.add_done_callback(self._running.discard)
        done, _ = await asyncio.wait({answer}, timeout=self._patience_s)
        if not done:
            answer.cancel()
            raise CommitUnknown(f"PostgreSQL gave no answer within {self._patience_s:g} s")
        return answer.result()

    async def close(self) -> None:
        """Closes the pool; connections of transactions still hanging are dropped."""
        await self.engine.dispose()

    async def _run(
        self, work: Callable[[Connection], Awaitable[T]], answer: "asyncio.Future[T]"
    ) -> None:
        try:
            result = await self._commit(work)
        except BaseException as error:
            if not answer.done():
                answer.set_exception(error)
        else:
            if not answer.done():
                answer.set_result(result)

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
