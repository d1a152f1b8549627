"""The award transaction in two calls between BEGIN and COMMIT, whose plans hold."""

from laurels_server.postgres.migrations.script import run_sql_beside

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds functions; what they do is in the .sql file beside this."""
    run_sql_beside(__file__)
