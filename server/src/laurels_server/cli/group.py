"""A group whose commands are loaded by name: none costs the start of another."""

import importlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import click
from click.exceptions import NoSuchCommand
from click.shell_completion import CompletionItem

from laurels_server.cli.ending import ending


@dataclass(frozen=True, slots=True)
class Entry:
    """A command that is not loaded yet."""

    heading: str
    """Under which `laurels --help` lists it."""

    help: str
    """What it says of it there: the first sentence of the command's own help."""

    place: str = ""
    """Its module in this package and its name there, as `module:name`; empty where both are the
    command's own name."""


class Commands(click.Group):
    """The commands of a list of entries."""

    def __init__(self, *args: Any, entries: Mapping[str, Entry], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._entries = entries

    def make_context(
        self,
        info_name: str | None,
        args: list[str],
        parent: click.Context | None = None,
        **extra: Any,
    ) -> click.Context:
        """Reads the first words; `--help` and `--version` are answered here."""
        with ending():
            return super().make_context(info_name, args, parent, **extra)

    def invoke(self, ctx: click.Context) -> Any:
        """Does what the words say; whatever stops it, click never sees it and has no other code."""
        with ending():
            return super().invoke(ctx)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names, in order."""
        return list(self._entries)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Loads a command; None where there is none of this name."""
        entry = self._entries.get(cmd_name)
        if entry is None:
            return None
        module, _, name = (entry.place or f"{cmd_name}:{cmd_name}").partition(":")
        return getattr(importlib.import_module(f"{__package__}.{module}"), name)

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """Finds the command that the first argument names, or says which one may be meant."""
        try:
            return super().resolve_command(ctx, args)
        except NoSuchCommand as error:
            raise NoSuchCommand(error.command_name, possibilities=self._entries, ctx=ctx) from None

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Writes the list by headings, without loading a command."""
        width = max(map(len, self._entries))
        for heading in dict.fromkeys(entry.heading for entry in self._entries.values()):
            with formatter.section(heading):
                formatter.write_dl(
                    [
                        (name.ljust(width), entry.help)
                        for name, entry in self._entries.items()
                        if entry.heading == heading
                    ]
                )

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """What may follow, again without loading a command."""
        return [
            *(
                CompletionItem(name, help=entry.help)
                for name, entry in self._entries.items()
                if name.startswith(incomplete)
            ),
            *click.Command.shell_complete(self, ctx, incomplete),
        ]
