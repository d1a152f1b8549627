"""`laurels migrate`."""

import click

from laurels_server import app
from laurels_server.cli.dev_servers import with_dev_servers
from laurels_server.cli.flags import load, settings_flags
from laurels_server.cli.running import run
from laurels_server.cli.service import log_as


@click.command()
@settings_flags(("database_url", "data_dir", "log_level", "log_format"))
def migrate(**flags: str | None) -> None:
    """Bring the schema in LAURELS_DATABASE_URL up to date.

    In one transaction; it may run twice, and two at once. Where no store is set, the PostgreSQL of
    the `laurels dev` in LAURELS_DATA_DIR is meant. Exits 1 when it could not be done.
    """
    settings = with_dev_servers(load(flags))
    log_as(settings)
    version = run(app.migrate(settings))
    click.echo(f"schema is at version {version}")
