"""Learners, levels, progress, the ledger, and the answers kept for replays."""

from laurels_server.postgres.migrations.script import run_sql_beside

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Creates the schema; the statements and their reasons are in the .sql file beside this."""
    run_sql_beside(__file__)
