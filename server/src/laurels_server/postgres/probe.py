"""Whether PostgreSQL answers, and what stands in the way if it never will."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from sqlalchemy.exc import DBAPIError

from laurels_server.postgres.database import Database
from laurels_server.postgres.failures import sqlstate

_REFUSED: Final = ("28", "3D000", "42501")
"""SQLSTATEs: wrong credentials, no such database, no right to do that there."""


class Misconfigured(Exception):
    """PostgreSQL answered, and refuses for a reason that waiting will not cure."""


async def probe(database: Database) -> None:
    """Returns once PostgreSQL has answered a query; raises StoreFailure or Misconfigured."""
    with refused():
        await database.read(lambda connection: connection.exec_driver_sql("SELECT 1"))


@contextmanager
def refused() -> Generator[None]:
    """Turns refusals into Misconfigured."""
    try:
        yield
    except DBAPIError as error:
        cause = error.orig or error
        if not sqlstate(cause).startswith(_REFUSED):
            raise
        # What follows the first line are details and hints.
        raise Misconfigured(str(cause).partition("\n")[0]) from error
