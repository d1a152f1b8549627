"""`laurels health`."""

import sys

import click

from laurels_server.cli.ending import DONE, REFUSED
from laurels_server.cli.flags import address, settings_flags
from laurels_server.cli.running import run
from laurels_server.rpc import operator


@click.command()
@settings_flags()
def health(**flags: str | None) -> None:
    """Exit 0 when the server at LAURELS_LISTEN says SERVING, else 1."""
    serving = run(operator.is_serving(address(flags), timeout_s=2.0))
    click.echo("SERVING" if serving else "NOT_SERVING")
    sys.exit(DONE if serving else REFUSED)
