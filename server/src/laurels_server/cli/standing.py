"""`laurels standing`: where one learner stands."""

import click

from laurels_server.cli.board import COLUMNS, answered_by, row
from laurels_server.cli.calling import EXIT_CODES, answer, one_call
from laurels_server.cli.tables import show
from laurels_server.rpc.operator import Json


@click.command(epilog=EXIT_CODES)
@click.argument("user_id")
@one_call
@click.option(
    "--neighbors",
    type=click.IntRange(0, 50),
    default=2,
    show_default=True,
    metavar="NUMBER",
    help="Entries to show on each side, 0-50.",
)
@click.option(
    "--after", default="", metavar="TOKEN", help="`consistency_token` of a write to be included."
)
def standing(
    *, user_id: str, listen: str | None, timeout: float, as_json: bool, neighbors: int, after: str
) -> None:
    """Show where a learner stands.

    With the neighbours on the board. A learner without XP holds no place, which is no error:
    position and rank are 0. In a pipe each entry is a line, as `laurels board` prints it. With
    --json it is a GetStandingResponse, with the field names of the proto.

    \b
    Examples:
      laurels standing scout-001
      laurels standing scout-001 --neighbors 0 --json | jq .percentile
    """
    answer(
        lambda server: server.standing(user_id, neighbors=neighbors, after=after),
        _show,
        listen=listen,
        timeout=timeout,
        as_json=as_json,
    )


def _show(told: Json) -> None:
    entry = told["entry"]
    entries = [*told["neighbors_above"], entry, *told["neighbors_below"]]
    if told["placed"]:
        about = f"{entry['user_id']} is ahead of {told['percentile']:.1f} %"
    else:
        about = f"{entry['user_id']} holds no place yet"
    show(COLUMNS, map(row, entries), below=f"{about}; {answered_by(told)}")
