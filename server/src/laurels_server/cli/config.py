"""`laurels config`: every setting, and what is in force here."""

import os
import sys
from collections.abc import Mapping
from typing import get_args
from urllib.parse import parse_qsl, urlencode, urlsplit

import click

from laurels_server.cli.ending import REFUSED, complain
from laurels_server.cli.flags import flag, load
from laurels_server.cli.text import echo_json, printable
from laurels_server.config import PREFIX, Settings
from laurels_server.rpc.operator import Json

_SECRET = "***"


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print it as one JSON document.")
def config(as_json: bool) -> None:
    """Print every setting with its type, default and meaning.

    And its value where this environment sets one, passwords left out. With --json it is
    {"settings": [{"name", "flag", "type", "default", "value", "source": "default" | "environment",
    "description"}]}.

    Exits 0 when a server would take all of them, else 1.

    \b
    Examples:
      laurels config
      laurels config --json | jq -r '.settings[] | select(.source != "default") | .name'
    """
    given = {name.upper(): value for name, value in os.environ.items() if value}
    settings = [_setting(name, given) for name in Settings.model_fields]
    if as_json:
        echo_json({"settings": settings})
    else:
        for setting in settings:
            _show(setting)
    try:
        load({})
    except click.ClickException as error:
        complain(error.message)
        sys.exit(REFUSED)


def _setting(name: str, given: Mapping[str, str]) -> Json:
    field = Settings.model_fields[name]
    variable = PREFIX + name.upper()
    default = str(field.default)
    return {
        "name": variable,
        "flag": flag(name),
        "type": _kind(field.annotation),
        "default": default,
        "value": _without_password(given.get(variable, default)),
        "source": "environment" if variable in given else "default",
        "description": field.description,
    }


def _show(setting: Json) -> None:
    kind, default = setting["type"], setting["default"] or "none"
    click.echo(f"{setting['name']}  {setting['flag']}  {kind}, default {default}")
    click.echo(f"    {setting['description']}")
    if setting["source"] != "default":
        click.secho(f"    Here it is {printable(setting['value'])}", bold=True)


def _kind(annotation: object) -> str:
    """A setting's type, for people: a name, or the words it can be."""
    if words := get_args(annotation):
        return " | ".join(words)
    return annotation.__name__ if isinstance(annotation, type) else str(annotation)


def _without_password(value: str) -> str:
    """A URL with stars for its password, and for all where it is not clear where that stands."""
    if "://" not in value:
        return _SECRET if "@" in value else value
    try:
        url = urlsplit(value)
        known = f"{url.hostname or ''}{f':{url.port}' if url.port else ''}"
    except ValueError:
        return f"{value.partition('://')[0]}://{_SECRET}"
    if "@" in url.path + url.query + url.fragment:
        # A slash or a question mark in a password that was not escaped.
        return f"{url.scheme}://{_SECRET}"
    user = f"{url.username or ''}{f':{_SECRET}' if url.password else ''}"
    options = [
        (name, _SECRET if "pass" in name.lower() else text) for name, text in parse_qsl(url.query)
    ]
    return url._replace(
        netloc=f"{user}@{known}" if user else known, query=urlencode(options, safe="*")
    ).geturl()
