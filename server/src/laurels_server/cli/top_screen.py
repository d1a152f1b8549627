"""How `laurels top` draws what it sees."""

from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.text import Text

from laurels_server.cli.board import COLUMNS, row
from laurels_server.cli.look import Change, Look, NoAnswer, changes
from laurels_server.cli.tables import Column, console, table
from laurels_server.cli.text import printable, seconds

_COLUMNS = (*COLUMNS[:3], Column("change", number=True), *COLUMNS[4:])
"""Of the board's, with what changes instead of when it did."""

_BESIDES = 7
"""Lines of the screen that are not learners."""


class Screen:
    """The whole terminal, drawn anew with each look and given back at the end."""

    def __init__(self, address: str, limit: int | None) -> None:
        self._address = address
        self._limit = limit
        self._console = console()
        self._live = Live(console=self._console, screen=True, auto_refresh=False)
        self._last: Look | None = None
        self._drawn: Sequence[Change] = ()

    @property
    def limit(self) -> int:
        """How many learners to ask for."""
        fit = max(1, self._console.height - _BESIDES)
        return min(self._limit or fit, fit)

    def show(self, seen: Look | NoAnswer, before: Look | None) -> None:
        """Draws a look; without an answer, the one before and why there is none."""
        trouble = ""
        if isinstance(seen, NoAnswer):
            trouble = seen.message
        else:
            self._last, self._drawn = seen, changes(seen, before)
        if self._last is not None:
            self._live.update(
                drawing(self._address, self._last, self._drawn, trouble), refresh=True
            )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._live.stop()


class Once:
    """A look that is drawn below the others of this terminal, and stays."""

    def __init__(self, address: str, limit: int | None) -> None:
        self._address = address
        self._console: Console = console()
        self.limit = limit or max(1, self._console.height - _BESIDES)

    def show(self, seen: Look | NoAnswer, before: Look | None) -> None:
        """Draws a look."""
        if isinstance(seen, Look):
            self._console.print(drawing(self._address, seen, changes(seen, before), ""))


def rate_of(seen: Look) -> str:
    """How fast the ledger grows, for people."""
    return "- entries/s" if seen.rate is None else f"{seen.rate:,.1f} entries/s"


def source_of(seen: Look) -> str:
    """Who answered, and why not Redis where it did not."""
    if seen.leaderboard["source"] == "LEADERBOARD_SOURCE_REDIS":
        return "from Redis"
    why = seen.sync_status["reason"]
    return f"from PostgreSQL: {why}" if why else "from PostgreSQL"


def drawing(address: str, seen: Look, changed: Sequence[Change], trouble: str) -> RenderableType:
    """The board below two lines of how things are."""
    first = Text(no_wrap=True, overflow="ellipsis")
    first.append("laurels ", style="bold")
    first.append(address)
    if trouble:
        first.append(printable(f"  {trouble}; trying again"), style="bold red")
    else:
        calm = seen.leaderboard["source"] == "LEADERBOARD_SOURCE_REDIS"
        first.append(printable(f"  {source_of(seen)}"), style="green" if calm else "yellow")
    status, board = seen.sync_status, seen.leaderboard
    second = Text(
        f"{rate_of(seen)}   Redis {status['lag_entries']:,} behind of {status['ledger_seq']:,}   "
        f"{board['total_entries']:,} on the board   as of {seconds(board['as_of'])}",
        style="dim" if trouble else "",
        no_wrap=True,
        overflow="ellipsis",
    )
    rows = (
        (*cells[:3], _shown(change), *cells[4:])
        for entry, change in zip(board["entries"], changed, strict=True)
        for cells in (row(entry),)
    )
    return Group(first, second, table(_COLUMNS, rows))


def _shown(change: Change) -> Text:
    """A change in few letters: XP won or lost, and places climbed or lost."""
    if change.is_new:
        return Text("new", style="cyan")
    shown = Text()
    if change.xp:
        shown.append(f"{change.xp:+,} XP", style="green" if change.xp > 0 else "red")
    if change.places > 0:
        shown.append(f" ▲{change.places}", style="green")
    elif change.places < 0:
        shown.append(f" ▼{-change.places}", style="red")
    return shown
