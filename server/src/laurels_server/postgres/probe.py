"""Whether PostgreSQL answers, and what stands in the way if it never will."""

import asyncpg

from laurels_server.postgres.database import Database


class Misconfigured(Exception):
    """PostgreSQL answered, and refuses for a reason that waiting will not cure."""


async def probe(database: Database) -> None:
    """Returns once PostgreSQL has answered a query; raises StoreFailure or Misconfigured."""
    try:
        await database.read(lambda connection: connection.exec_driver_sql("SELECT 1"))
    except (
        asyncpg.InvalidAuthorizationSpecificationError,
        asyncpg.InvalidCatalogNameError,
        asyncpg.InsufficientPrivilegeError,
    ) as error:
        raise Misconfigured(str(error)) from error
