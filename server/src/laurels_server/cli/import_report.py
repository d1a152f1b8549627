"""Shows an import: as lines for people, with a bar on a terminal, or as JSON lines."""

import sys
from dataclasses import asdict
from typing import Self

import click

from laurels_server.cli.bar import Bar
from laurels_server.cli.text import echo_json, printable
from laurels_server.domain.imports import ImportFinding
from laurels_server.usecases.importing import Note, Step, Summary


class ImportReport:
    """What an import tells, as it comes."""

    def __init__(self, *, as_json: bool) -> None:
        self._as_json = as_json
        self._with_bar = sys.stdout.isatty() and not as_json
        self._step = Step("", 0.0)
        self._bar = Bar()

    def tell(self, event: ImportFinding | Step | Note) -> None:
        """Anything on the way."""
        if isinstance(event, Step):
            self._advance(event)
        elif self._as_json:
            name = "finding" if isinstance(event, ImportFinding) else "note"
            echo_json({name: asdict(event)})
        else:
            self._bar.end()
            click.echo(printable(_words(event)))

    def summary(self, summary: Summary, *, dry_run: bool) -> None:
        """The end of it."""
        if self._as_json:
            echo_json({"summary": asdict(summary) | {"dry_run": dry_run}})
            return
        self._bar.end()
        many = f"learners: {summary.learners:,} with {summary.levels:,} levels"
        if summary.written:
            click.echo(f"{many} imported")
        elif dry_run:
            click.echo(f"{many} to import; nothing is written in a dry run")
        else:
            click.echo("nothing was imported")
        if summary.unchanged:
            click.echo(f"{summary.unchanged:,} were imported before, with the same XP")
        if summary.differing:
            click.echo(f"{summary.differing:,} here already and left alone")
        if summary.left_out:
            click.echo(f"{summary.left_out:,} left out for bad lines")
        if summary.findings:
            words = f"{summary.findings:,} findings" if summary.findings > 1 else "1 finding"
            click.secho(words, fg="red")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.end()

    def _advance(self, step: Step) -> None:
        step = Step(step.what, round(step.share, 2))
        if step == self._step:
            return
        self._step = step
        if self._as_json:
            echo_json({"progress": asdict(step)})
        elif self._with_bar:
            self._bar.show(step.what, step.share)


def _words(event: ImportFinding | Note) -> str:
    if isinstance(event, Note):
        return f"{event.file}: {event.message}"
    whom = f" ({event.user_id})" if event.user_id else ""
    field = f"{event.field} " if event.field else ""
    return f"{event.file}:{event.line}: {event.kind}: {field}{event.message}{whom}"
