"""`laurels rebuild`."""

import click

from laurels_server.cli.ending import DONE
from laurels_server.cli.flags import listen_flag
from laurels_server.cli.report import Report
from laurels_server.cli.running import operate
from laurels_server.rpc import operator
from laurels_server.rpc.operator import Json


@click.command()
@listen_flag
def rebuild(listen: str | None) -> None:
    """Build a running server's board in Redis anew.

    From PostgreSQL; readers have the old one until then. Exits 2 when it could not be done.
    """
    operate(listen, _rebuild)


async def _rebuild(address: str) -> int:
    step: Json = {}
    with Report() as report:
        async for step in operator.rebuild(address):
            report.step(step)
        report.built(step)
    return DONE
