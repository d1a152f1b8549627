"""`laurels serve`: over one's own PostgreSQL and Redis, with one process or several."""

import sys

import click

from laurels_server.cli.flags import load, settings_flags
from laurels_server.cli.running import run
from laurels_server.cli.service import log_as, serve_until_signal, supervised, work
from laurels_server.cli.setting_checks import warn_of_strangers


@click.command()
@settings_flags()
@click.option("--worker", is_flag=True, hidden=True, help="Do what standard input says.")
def serve(worker: bool, **flags: str | None) -> None:
    """Serve over your own PostgreSQL and Redis.

    Ends with a signal: calls under way are finished first. Exits 1 when a setting is missing or
    wrong.

    \b
    Example:
      laurels serve --workers 4
    """
    if worker:
        sys.exit(run(work()))
    settings = load(flags)
    log_as(settings)
    warn_of_strangers()
    if settings.workers == 1:
        run(serve_until_signal(settings))
    else:
        supervised(settings)
