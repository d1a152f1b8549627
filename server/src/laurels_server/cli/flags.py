"""Flags that commands share, and the settings that come of them."""

import math
from collections.abc import Callable, Collection, Mapping
from typing import Any

import click

from laurels_server import config
from laurels_server.config import ConfigError, Settings

_LOOPBACK = "127.0.0.1"

INT32_MOST = 2**31 - 1
"""The largest number that a field of the API holds where it has no other limit."""


class Range(click.FloatRange):
    """A number within limits, which "nan" passes by comparing false with all of them."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number; fails with one sentence."""
        number = super().convert(value, param, ctx)
        if math.isnan(number):
            self.fail(f"{value!r} is no number.", param, ctx)
        return number


def flag(name: str) -> str:
    """The flag of a setting."""
    return "--" + name.replace("_", "-")


def settings_flags(
    names: Collection[str] = tuple(Settings.model_fields),
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Gives a command one flag for every setting, or for those named."""

    def give(command: Callable[..., Any]) -> Callable[..., Any]:
        for name, field in reversed(Settings.model_fields.items()):
            if name in names:
                text = f"{field.description} [{config.PREFIX}{name.upper()}]"
                option = click.option(flag(name), name, default=None, metavar="VALUE", help=text)
                command = option(command)
        return command

    return give


listen_flag = click.option(
    "--listen", metavar="ADDRESS:PORT", help="Where the server listens. [LAURELS_LISTEN]"
)

timeout_flag = click.option(
    "--timeout",
    type=Range(min=0, min_open=True, max=3600),
    default=5.0,
    show_default=True,
    metavar="SECONDS",
    help="How long to wait for an answer.",
)


limit_flag = click.option(
    "-n",
    "--limit",
    type=click.IntRange(1, 1000),
    default=20,
    show_default=True,
    metavar="NUMBER",
    help="Entries to show, 1-1000.",
)


def load(flags: Mapping[str, str | None]) -> Settings:
    """Settings from the environment, with flags over them; a wrong one ends the command."""
    try:
        return config.load(**flags)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


def address(flags: Mapping[str, str | None]) -> str:
    """Where to call the server that these settings describe."""
    return reachable(load(flags).listen)


def reachable(listen: str) -> str:
    """Where somebody on this machine reaches what listens there."""
    host, port = listen.rsplit(":", 1)
    return f"{_LOOPBACK if host in ('0.0.0.0', '[::]') else host}:{port}"
