"""`laurels top`: the board and the rates, as they move."""

import asyncio
import sys
import time
from typing import Protocol

import click

from laurels_server.cli.ending import DONE
from laurels_server.cli.flags import Range, listen_flag, timeout_flag
from laurels_server.cli.look import Look, NoAnswer, look
from laurels_server.cli.running import operate
from laurels_server.cli.tables import on_terminal
from laurels_server.cli.text import echo_json, printable, seconds
from laurels_server.cli.top_screen import Once, Screen, rate_of, source_of
from laurels_server.rpc.operator import Operator, OperatorError, connected

_IN_A_PIPE = 10
"""Learners to ask for where nobody says how many, and no screen does."""


class _View(Protocol):
    """Where looks are shown."""

    @property
    def limit(self) -> int:
        """How many learners it shows."""
        ...

    def show(self, seen: Look | NoAnswer, before: Look | None) -> None:
        """Shows a look, and what became of the learners of the one before."""
        ...


@click.command()
@listen_flag
@timeout_flag
@click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 1000),
    metavar="NUMBER",
    help="Learners to show, 1-1000; as many as fit where not given, 10 in a pipe.",
)
@click.option(
    "--interval",
    type=Range(min=0.1, max=3600),
    default=1.0,
    show_default=True,
    metavar="SECONDS",
    help="How often to look.",
)
@click.option("--once", is_flag=True, help="Look twice, an interval apart, and show that.")
@click.option("--json", "as_json", is_flag=True, help="Print each look as one line of JSON.")
def top(
    *,
    listen: str | None,
    timeout: float,
    limit: int | None,
    interval: float,
    once: bool,
    as_json: bool,
) -> None:
    """Watch the board and the rates as they move.

    On a terminal it is drawn in place until Ctrl-C. In a pipe each look is a line. With --json each
    is {"leaderboard": GetLeaderboardResponse, "sync_status": GetSyncStatusResponse,
    "entries_per_second": number or null}, with the field names of the protos, or {"error":
    {"reason", "message"}}. The rate is of entries booked in the ledger.

    A server that goes away is waited for, and that is said. Exits 0 when it was ended, by Ctrl-C or
    by its reader, and 2 when the server never answered, or not to --once.

    \b
    Examples:
      laurels top
      laurels top --once
      laurels top --json | jq '.entries_per_second'
    """

    async def work(address: str) -> int:
        async with connected(address, timeout_s=timeout) as server:
            if as_json or not on_terminal():
                await _watch(server, _Lines(limit or _IN_A_PIPE, as_json), interval, once=once)
            elif once:
                await _watch(server, Once(address, limit), interval, once=True)
            else:
                with Screen(address, limit) as screen:
                    await _watch(server, screen, interval, once=False)
        return DONE

    operate(listen, work, endless=not once)


async def _watch(server: Operator, view: _View, interval: float, *, once: bool) -> None:
    """Looks and shows; once, that is the second look, of which there is a rate."""
    before: Look | None = None
    due = time.monotonic()
    while True:
        seen = await look(server, view.limit, before)
        if isinstance(seen, NoAnswer) and (before is None or once):
            raise OperatorError(seen.message, reason=seen.reason)
        if before is not None or not once:
            view.show(seen, before)
        if before is not None and once:
            return
        before = seen if isinstance(seen, Look) else before
        due = max(due + interval, time.monotonic())
        await asyncio.sleep(due - time.monotonic())


class _Lines:
    """One line a look, for whoever reads the pipe."""

    def __init__(self, limit: int, as_json: bool) -> None:
        self.limit = limit
        self._as_json = as_json

    def show(self, seen: Look | NoAnswer, before: Look | None) -> None:
        """Prints a look."""
        del before
        (self._echo_json if self._as_json else self._echo)(seen)
        sys.stdout.flush()

    def _echo_json(self, seen: Look | NoAnswer) -> None:
        if isinstance(seen, NoAnswer):
            echo_json({"error": {"reason": seen.reason, "message": seen.message}})
            return
        echo_json(
            {
                "leaderboard": seen.leaderboard,
                "sync_status": seen.sync_status,
                "entries_per_second": seen.rate,
            }
        )

    def _echo(self, seen: Look | NoAnswer) -> None:
        if isinstance(seen, NoAnswer):
            click.echo(printable(f"{seen.message}; trying again"))
            return
        board = seen.leaderboard
        words = [
            seconds(board["as_of"]),
            rate_of(seen),
            f"{seen.sync_status['lag_entries']:,} behind",
            f"{board['total_entries']:,} on the board",
            source_of(seen),
        ]
        if board["entries"]:
            first = board["entries"][0]
            words.append(f"first {first['user_id']} with {first['xp']:,} XP")
        click.echo(printable("  ".join(words)))
