"""Runs a migration's .sql file: SQL stays SQL, and may hold functions with semicolons."""

from pathlib import Path

import asyncpg
from alembic import op
from sqlalchemy.util import await_only


def run_sql_beside(migration: str) -> None:
    """Executes the file of the same name with the ending .sql, in the migration's transaction."""
    sql = Path(migration).with_suffix(".sql").read_text(encoding="utf-8")
    connection = op.get_bind()
    # SQLAlchemy's asyncpg adapter opens the transaction with its first statement; the driver call
    # below bypasses it, because a prepared statement can hold only one command.
    connection.exec_driver_sql("SELECT 1")
    adapted = connection.connection.driver_connection
    assert isinstance(adapted, asyncpg.Connection)
    await_only(adapted.execute(sql))
