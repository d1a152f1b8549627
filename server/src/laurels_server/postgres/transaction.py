"""How a transaction begins and ends, and what is known of it then."""

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from laurels_server.postgres.connection import Driver
from laurels_server.postgres.failures import CommitUnknown, Contended, translated


@asynccontextmanager
async def transaction(driver: Driver) -> AsyncGenerator[None]:
    """Commits the block, or rolls it back and raises why.

    Raises Contended or Away when it certainly rolled back, and CommitUnknown when nobody can tell.
    """
    with translated():
        await driver.execute("BEGIN ISOLATION LEVEL READ COMMITTED")
        try:
            yield
        except BaseException:
            await _roll_back(driver)
            raise
        await _commit(driver)


async def _commit(driver: Driver) -> None:
    try:
        with translated():
            await driver.execute("COMMIT")
    except Contended:
        raise
    except Exception as failure:
        # Whatever went wrong, it was after COMMIT was on its way.
        raise CommitUnknown(str(failure)) from failure


async def _roll_back(driver: Driver) -> None:
    """Rolls back; a connection that cannot is closed, for it may hold locks. Why it had to roll
    back is what is told, and not why it could not."""
    try:
        await driver.execute("ROLLBACK")
    except Exception:
        driver.terminate()
