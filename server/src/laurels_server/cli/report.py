"""Shows an audit or a rebuild: to people on a terminal, as JSON lines elsewhere."""

import sys
from contextlib import ExitStack
from typing import Any, Self

import click
import orjson

from laurels_server.rpc.operator import Json

_STEPS = 1000


class Report:
    """What an audit or a rebuild tells, as it comes."""

    def __init__(self) -> None:
        self._people = sys.stdout.isatty()
        self._bar: Any = None
        self._label = ""
        self._stack = ExitStack()

    def progress(self, label: str, share: float, event: Json) -> None:
        """How far it is, 0..1 of what the label names."""
        if not self._people:
            self._line(event)
            return
        if label != self._label:
            self._end_bar()
            self._label = label
            self._bar = self._stack.enter_context(
                click.progressbar(length=_STEPS, label=f"{label:8}", file=sys.stdout)
            )
        self._bar.update(round(share * _STEPS) - self._bar.pos)

    def finding(self, finding: Json) -> None:
        """Something that is wrong."""
        if not self._people:
            self._line({"finding": finding})
            return
        self._end_bar()
        kind = finding["kind"].removeprefix("FINDING_KIND_")
        about = " ".join(word for word in (finding["user_id"], finding["subject"]) if word)
        click.secho(f"{kind:22}", fg="red", nl=False)
        click.echo(f"{about}: expected {finding['expected']}, found {finding['found']}")

    def summary(self, summary: Json) -> None:
        """The end of an audit."""
        if not self._people:
            self._line({"summary": summary})
            return
        self._end_bar()
        entries, learners, members = (summary[name] for name in ("entries", "learners", "members"))
        click.echo(f"{entries:,} ledger entries, {learners:,} learners, {members:,} on the board:")
        self.verdict(summary["findings"], summary["mended"])

    def verdict(self, findings: int, mended: int = 0) -> None:
        """The last words to people."""
        if not self._people:
            return
        if not findings:
            click.secho("everything adds up", fg="green")
            return
        words = f"{findings:,} findings" if findings > 1 else "1 finding"
        click.secho(words + (f", {mended:,} mended" if mended else ""), fg="red")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._end_bar()

    def _end_bar(self) -> None:
        self._stack.close()
        self._label = ""

    def _line(self, event: Json) -> None:
        click.echo(orjson.dumps(event))
