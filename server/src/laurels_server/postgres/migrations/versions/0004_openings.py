"""Learners who come with a past: entries of the kind OPENING."""

from laurels_server.postgres.migrations.script import run_sql_beside

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Adds a kind of entry and a function; what they do is in the .sql file beside this."""
    run_sql_beside(__file__)
