"""Brings the schema to the version this code needs, and tells whether it is there."""

from pathlib import Path

from alembic import command
from alembic.config import Config as AlembicConfig
from alembic.script import ScriptDirectory
from sqlalchemy import Connection as SqlAlchemyConnection

from laurels_server.postgres.connection import Connection
from laurels_server.postgres.database import Database
from laurels_server.postgres.failures import translated
from laurels_server.postgres.probe import refused
from laurels_server.postgres.queries import query


def _alembic() -> AlembicConfig:
    config = AlembicConfig()
    config.set_main_option("script_location", str(Path(__file__).parent / "migrations"))
    return config


def _upgrade(connection: SqlAlchemyConnection) -> None:
    config = _alembic()
    config.attributes["connection"] = connection
    command.upgrade(config, "head")


def needed_version() -> str:
    """The schema version this code needs."""
    head = ScriptDirectory.from_config(_alembic()).get_current_head()
    assert head is not None, "the package holds its migrations"
    return head


async def migrate(database: Database) -> None:
    """Runs the missing migrations in one transaction; several servers may call it at once.

    Raises StoreFailure or Misconfigured.
    """
    with refused(), translated():
        async with database.awards.begin() as connection:
            for first in ("take_time", "lock_migration"):
                await connection.exec_driver_sql(query(first).sql)
            await connection.run_sync(_upgrade)


async def current_version(database: Database) -> str | None:
    """The schema version the database has; None before the first migration.

    Raises Away or Misconfigured.
    """
    with refused():
        if not await database.read(_is_there):
            return None
        return await database.read(_version)


async def _is_there(connection: Connection) -> bool:
    return (await connection.execute(query("schema_is_there"))).scalar_one()


async def _version(connection: Connection) -> str | None:
    return (await connection.execute(query("schema_version"))).scalar_one_or_none()
