"""`laurels entries`: a learner's ledger."""

import click

from laurels_server.cli.calling import EXIT_CODES, answer, one_call
from laurels_server.cli.flags import limit_flag
from laurels_server.cli.tables import Column, show
from laurels_server.cli.text import seconds
from laurels_server.rpc.operator import Json

_COLUMNS = (
    Column("recorded"),
    Column("XP", number=True),
    Column("total", number=True),
    Column("kind"),
    Column("entry", for_scripts=True),
    Column("for", shrinks=True),
    Column("why", shrinks=True),
)


@click.command(epilog=EXIT_CODES)
@click.argument("user_id")
@one_call
@limit_flag
@click.option("--page-token", default="", metavar="TOKEN", help="`next_page_token` of a page.")
@click.option(
    "--include-zero",
    is_flag=True,
    help="Also entries of 0 XP: renames, changes of groups, imports of learners without XP.",
)
def entries(
    *,
    user_id: str,
    listen: str | None,
    timeout: float,
    as_json: bool,
    limit: int,
    page_token: str,
    include_zero: bool,
) -> None:
    """List a learner's ledger, newest first.

    In a pipe each entry is a line with tabs between: time, XP, total after it, kind, the entry's
    id, what it is for, and who gave which reason. With --json it is a ListXpEntriesResponse, with
    the field names of the proto.

    \b
    Examples:
      laurels entries scout-001
      laurels entries scout-001 --include-zero --json | jq -c '.entries[]'
    """
    answer(
        lambda server: server.entries(
            user_id, page_size=limit, page_token=page_token, include_zero=include_zero
        ),
        _show,
        listen=listen,
        timeout=timeout,
        as_json=as_json,
    )


def _show(page: Json) -> None:
    more = "more follow: --json has the next_page_token" if page["next_page_token"] else ""
    show(_COLUMNS, map(_row, page["entries"]), below=more)


def _row(entry: Json) -> tuple[object, ...]:
    return (
        seconds(entry["recorded_at"]),
        f"{entry['amount']:+d}",
        entry["total_after"],
        entry["kind"].removeprefix("XP_ENTRY_KIND_"),
        entry["entry_id"],
        " ".join(filter(None, (entry["source"], entry["reference"], entry["reverses_entry_id"]))),
        " ".join(filter(None, (entry["actor"], entry["reason"]))),
    )
