"""Whether PostgreSQL takes our work, and what stands in the way if it never will."""

from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

from laurels_server.postgres.database import Database
from laurels_server.postgres.failures import Away, StoreFailure
from laurels_server.postgres.queries import query

_REFUSED: Final = ("28", "3D000", "42501")
"""SQLSTATEs: wrong credentials, no such database, no right to do that there."""


class Misconfigured(Exception):
    """PostgreSQL answered, and refuses for a reason that waiting will not cure."""


async def probe(database: Database) -> None:
    """Returns once PostgreSQL has answered that it takes writes.

    Raises StoreFailure or Misconfigured.
    """
    with refused():
        rows = await database.read(lambda connection: connection.execute(query("probe")))
        if rows.scalar_one():
            raise Away("PostgreSQL is a standby or read-only")


@contextmanager
def refused() -> Generator[None]:
    """Turns refusals into Misconfigured."""
    try:
        yield
    except StoreFailure as failure:
        if not failure.sqlstate.startswith(_REFUSED):
            raise
        # What follows the first line are details and hints.
        raise Misconfigured(str(failure).partition("\n")[0]) from failure
