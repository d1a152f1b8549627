"""Rows of facts: a table for people on a terminal, lines with tabs between elsewhere."""

import os
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import click
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from laurels_server.cli.text import printable

_WIDTH_LEAST = 4
"""Cells of a terminal that a column has at least."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column; numbers stand to the right, and what gives way in a narrow terminal `shrinks`."""

    title: str
    number: bool = False
    shrinks: bool = False
    for_scripts: bool = False
    """Whether people go without it: it says nothing to them, and is long."""


def on_terminal() -> bool:
    """Whether somebody looks at the output as it comes, on a terminal that can draw."""
    return sys.stdout.isatty() and os.environ.get("TERM") not in ("dumb", "unknown")


def console() -> Console:
    """Where to draw. Nothing is guessed about what a text holds: names are not ours."""
    return Console(highlight=False, markup=False, emoji=False, soft_wrap=False)


def table(columns: Sequence[Column], rows: Iterable[Sequence[object]]) -> Table:
    """A table to draw."""
    drawn = Table(box=SIMPLE_HEAD, pad_edge=False, header_style="bold")
    for column in (column for column in columns if not column.for_scripts):
        drawn.add_column(
            column.title,
            justify="right" if column.number else "left",
            # Only columns that may wrap give way, widest first; their cells then do not.
            no_wrap=not column.shrinks,
            min_width=_WIDTH_LEAST if column.shrinks else None,
        )
    for row in rows:
        cells = zip(columns, row, strict=True)
        drawn.add_row(*(_cell(cell) for column, cell in cells if not column.for_scripts))
    return drawn


def show(columns: Sequence[Column], rows: Iterable[Sequence[object]], *, below: str = "") -> None:
    """Prints the rows; on a terminal with titles, and with a line below."""
    if on_terminal():
        screen = console()
        screen.print(table(columns, rows))
        if below:
            screen.print(printable(below), style="dim")
        return
    for row in rows:
        click.echo("\t".join(_plain(cell) for cell in row))


def _cell(cell: object) -> Text:
    if isinstance(cell, Text):
        return cell
    text = f"{cell:,}" if isinstance(cell, int) else printable(str(cell))
    return Text(text, no_wrap=True, overflow="ellipsis")


def _plain(cell: object) -> str:
    return printable(str(cell))
