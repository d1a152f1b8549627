"""How texts and times are shown.

A text of strangers is made harmless: a name may be chosen to command a terminal, or to blur it.
"""

import re
import unicodedata
from typing import Any

import click
import orjson

_UNSEEN = re.compile("[\u200c\u200d\ufe00-\ufe0f]")
"""Joiners and variants: they belong to honest names, and terminals disagree on their width."""

_MARKS_MOST = 3
"""Marks on one letter: no script needs more, and a tower of them covers other lines."""


def printable(text: str) -> str:
    """The text in letters that each have a width and do nothing.

    What moves the cursor, turns the direction of writing or is not seen becomes a question mark.
    """
    shown: list[str] = []
    marks = 0
    for letter in _UNSEEN.sub("", text):
        marks = marks + 1 if unicodedata.category(letter) in ("Mn", "Me") else 0
        if marks <= _MARKS_MOST:
            shown.append(letter if letter.isprintable() else "?")
    return "".join(shown)


def echo_json(document: Any) -> None:
    """Prints a document in one line.

    What could command a terminal is written as an escape, which is the same to a reader of JSON.
    """
    text = orjson.dumps(document).decode()
    if not text.isprintable():
        text = "".join(letter if letter.isprintable() else _escaped(letter) for letter in text)
    click.echo(text.encode())


def minutes(moment: str | None) -> str:
    """A time of the board in whole minutes, which is what it has."""
    return seconds(moment)[:16] + "Z" if moment else ""


def seconds(moment: str | None) -> str:
    """A time in whole seconds."""
    return f"{moment[:19]}Z" if moment else ""


def _escaped(letter: str) -> str:
    units = letter.encode("utf-16-be")
    return "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2))
