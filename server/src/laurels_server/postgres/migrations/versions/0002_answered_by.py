"""Request ids that were answered by an entry of another one."""

from laurels_server.postgres.migrations.script import run_sql_beside

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a column; the statement and its reason are in the .sql file beside this."""
    run_sql_beside(__file__)
