"""A bar on a terminal."""

import sys
from contextlib import ExitStack
from typing import Any

import click

_STEPS = 1000


class Bar:
    """Shows how far one thing after the other is, each in a line of its own."""

    def __init__(self) -> None:
        self._bar: Any = None
        self._label = ""
        self._stack = ExitStack()

    def show(self, label: str, share: float) -> None:
        """Moves the bar of this label to a share of 0..1."""
        if label != self._label:
            self.end()
            self._label = label
            self._bar = self._stack.enter_context(
                click.progressbar(length=_STEPS, label=f"{label:8}", file=sys.stdout)
            )
        self._bar.update(round(share * _STEPS) - self._bar.pos)

    def end(self) -> None:
        """Ends its line, so that something else can be printed."""
        self._stack.close()
        self._label = ""
