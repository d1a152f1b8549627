"""`laurels board`: a page of the leaderboard."""

import click

from laurels_server.cli.calling import EXIT_CODES, answer, one_call
from laurels_server.cli.flags import INT32_MOST, limit_flag
from laurels_server.cli.tables import Column, show
from laurels_server.cli.text import minutes, seconds
from laurels_server.rpc.operator import Json

COLUMNS = (
    Column("#", number=True),
    Column("rank", number=True),
    Column("XP", number=True),
    Column("reached"),
    Column("learner", shrinks=True),
    # Last, where a name of another direction of writing has nothing to its right to turn around.
    Column("name", shrinks=True),
)


def row(entry: Json) -> tuple[object, ...]:
    """A LeaderboardEntry as a row."""
    return (
        entry["position"],
        entry["rank"],
        entry["xp"],
        minutes(entry["reached_at"]),
        entry["user_id"],
        entry["display_name"],
    )


def answered_by(page: Json) -> str:
    """Who answered, and of when the answer is."""
    source = page["source"].removeprefix("LEADERBOARD_SOURCE_").capitalize()
    source = {"Postgres": "PostgreSQL"}.get(source, source)
    return f"{page['total_entries']:,} on the board; from {source}, as of {seconds(page['as_of'])}"


@click.command(epilog=EXIT_CODES)
@one_call
@limit_flag
@click.option(
    "--from",
    "start_position",
    type=click.IntRange(1, INT32_MOST),
    metavar="POSITION",
    help="Begin at this position, 1 or more.",
)
@click.option("--page-token", default="", metavar="TOKEN", help="`next_page_token` of a page.")
@click.option(
    "--after", default="", metavar="TOKEN", help="`consistency_token` of a write to be included."
)
def board(
    *,
    listen: str | None,
    timeout: float,
    as_json: bool,
    limit: int,
    start_position: int | None,
    page_token: str,
    after: str,
) -> None:
    """Show a page of the leaderboard.

    In a pipe each entry is a line with tabs between: position, rank, XP, the minute in which the XP
    last changed, learner, name. With --json it is a GetLeaderboardResponse, with the field names of
    the proto.

    \b
    Examples:
      laurels board -n 3
      laurels board --from 1000 --json | jq .entries
    """
    answer(
        lambda server: server.board(
            page_size=limit,
            start_position=start_position or 0,
            page_token=page_token,
            after=after,
        ),
        _show,
        listen=listen,
        timeout=timeout,
        as_json=as_json,
    )


def _show(page: Json) -> None:
    show(COLUMNS, map(row, page["entries"]), below=answered_by(page))
