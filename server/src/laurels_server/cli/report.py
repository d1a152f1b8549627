"""Shows an audit or a rebuild: to people on a terminal, as JSON lines elsewhere."""

import sys
from typing import Self

import click

from laurels_server.cli.bar import Bar
from laurels_server.cli.text import echo_json, printable
from laurels_server.rpc.operator import Json


class Report:
    """What an audit or a rebuild tells, as it comes."""

    def __init__(self) -> None:
        self._people = sys.stdout.isatty()
        self._bar = Bar()

    def progress(self, progress: Json) -> None:
        """How far an audit is."""
        if self._people:
            phase = progress["phase"].removeprefix("AUDIT_PHASE_").lower()
            self._bar.show(phase, progress["share"])
        else:
            echo_json({"progress": progress})

    def finding(self, finding: Json) -> None:
        """Something that is wrong."""
        if not self._people:
            echo_json({"finding": finding})
            return
        self._bar.end()
        kind = finding["kind"].removeprefix("FINDING_KIND_")
        about = " ".join(word for word in (finding["user_id"], finding["subject"]) if word)
        words = f"expected {finding['expected']}, found {finding['found']}"
        click.secho(f"{kind:22}", fg="red", nl=False)
        click.echo(printable(f"{about}: {words}" if about else words))

    def summary(self, summary: Json) -> None:
        """The end of an audit, with the last words to people."""
        if not self._people:
            echo_json({"summary": summary})
            return
        self._bar.end()
        if "entries" in summary:
            entries, learners, members = (
                summary[name] for name in ("entries", "learners", "members")
            )
            click.echo(
                f"{entries:,} ledger entries, {learners:,} learners, {members:,} on the board:"
            )
        findings, mended = summary["findings"], summary["mended"]
        if not findings:
            click.secho("everything adds up", fg="green")
            return
        words = f"{findings:,} findings" if findings > 1 else "1 finding"
        click.secho(words + (f", {mended:,} mended" if mended else ""), fg="red")

    def step(self, step: Json) -> None:
        """How far a rebuild is."""
        if self._people:
            self._bar.show("rebuild", step["share"])
        else:
            echo_json(step)

    def built(self, step: Json) -> None:
        """The last words about a rebuild to people, by its last step."""
        if not self._people:
            return
        self._bar.end()
        if step["in_use"]:
            click.secho(f"a new board of {step['learners']:,} learners is in use", fg="green")
        else:
            click.echo("another new board was put in use meanwhile")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.end()
