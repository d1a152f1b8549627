"""Alembic's entry: runs the migrations on the connection that `schema.py` hands it."""

from alembic import context
from sqlalchemy import Connection


def _migrate(connection: Connection) -> None:
    context.configure(connection=connection, transactional_ddl=True)
    with context.begin_transaction():
        context.run_migrations()


_migrate(context.config.attributes["connection"])
