"""`laurels health`."""

import sys

import click

from laurels_server.cli.ending import DONE, REFUSED
from laurels_server.cli.flags import address, settings_flags
from laurels_server.cli.running import run
from laurels_server.rpc import operator


@click.command()
@settings_flags(("listen",))
def health(**flags: str | None) -> None:
    """Exit 0 when the server at LAURELS_LISTEN says SERVING, else 1.

    Prints what it says, SERVING or NOT_SERVING, and NO_ANSWER where nobody does within 2 s.
    """
    said = run(operator.health(address(flags), timeout_s=2.0)) or "NO_ANSWER"
    click.echo(said)
    sys.exit(DONE if said == "SERVING" else REFUSED)
