"""How a command ends: the exit codes of all of them, and the one place that keeps them.

Imports nothing heavy: it must be there before anything that can be interrupted is loaded.
"""

import contextlib
import errno
import os
import sys
from collections.abc import Generator
from typing import TextIO

import click

from laurels_server.cli.text import printable

DONE = 0
REFUSED = 1
"""The server refused it, or something was found."""
UNDONE = 2
"""It could not be done, or not to its end."""

_UNWRITABLE = {errno.EPIPE, errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO, errno.EBADF}
"""What a write to standard output fails with."""


@contextlib.contextmanager
def ending() -> Generator[None]:
    """Ends the command with UNDONE where Ctrl-C or standard output stops it before its end.

    A reader that has gone is no error to speak of; everything else is one line on stderr.
    """
    _open_what_is_closed()
    try:
        yield
        sys.stdout.flush()
    except KeyboardInterrupt:
        complain("interrupted before the end")
        sys.exit(UNDONE)
    except OSError as error:
        # An error about a file names that file.
        if error.errno not in _UNWRITABLE or error.filename is not None:
            raise
        silence()
        if error.errno != errno.EPIPE:
            complain(f"standard output cannot be written: {error.strerror}")
        sys.exit(UNDONE)


def complain(sentence: str) -> None:
    """Says on stderr what went wrong."""
    with contextlib.suppress(OSError):
        click.echo(f"Error: {printable(sentence)}", err=True)


def silence() -> None:
    """Nothing more can be written, also not while Python ends."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _open_what_is_closed() -> None:
    """Takes a stream that the caller closed for one that nobody reads.

    Its number would otherwise go to the next socket.
    """
    sys.stdout = sys.stdout or _nowhere()
    sys.stderr = sys.stderr or _nowhere()


def _nowhere() -> TextIO:
    return open(os.devnull, "w", encoding="utf-8")
