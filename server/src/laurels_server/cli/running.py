"""Runs a command's work, and ends the command in the way that its help promises."""

import asyncio
import importlib
import signal
import sys
from collections.abc import Callable, Coroutine
from typing import Any, NoReturn

import click

from laurels_server.cli.ending import DONE, REFUSED, UNDONE, complain, silence
from laurels_server.cli.flags import address
from laurels_server.config import ConfigError
from laurels_server.rpc.operator import OperatorError


def run(work: Coroutine[Any, Any, Any]) -> Any:
    """Runs a coroutine on uvloop where there is one; wrong settings end in one line."""
    try:
        with asyncio.Runner(loop_factory=_loop_factory()) as runner:
            return runner.run(work)
    except ConfigError as error:
        raise click.ClickException(str(error)) from None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's; without it Python's own, which is some 15% slower (docs/adr/0015)."""
    try:
        return importlib.import_module("uvloop").new_event_loop
    except ImportError:
        return None


def operate(
    listen: str | None,
    work: Callable[[str], Coroutine[Any, Any, int]],
    *,
    endless: bool = False,
) -> NoReturn:
    """Exits with what the work at a server's address returns.

    An error is one line on stderr, and the exit code UNDONE, or REFUSED where the server said no.
    Work that is `endless` is done when somebody ends it, with Ctrl-C or by closing the pipe.
    """
    code = UNDONE
    # A terminal of few letters must not end the command.
    for stream in (sys.stdout, sys.stderr):
        stream.reconfigure(errors="replace")  # pyright: ignore[reportAttributeAccessIssue]
    try:
        code = run(_ended_by_signals(work(address({"listen": listen}))))
        sys.stdout.flush()
    except OperatorError as error:
        complain(str(error))
        code = REFUSED if error.refused else UNDONE
    except click.ClickException as error:
        complain(error.format_message())
    except (KeyboardInterrupt, asyncio.CancelledError):
        if endless:
            sys.exit(DONE)
        complain("interrupted before the end")
    except BrokenPipeError:
        if not endless:
            raise
        silence()
        code = DONE
    sys.exit(code)


async def _ended_by_signals(work: Coroutine[Any, Any, int]) -> int:
    """Does the work; SIGTERM ends it as Ctrl-C does, so that a terminal is given back."""
    task = asyncio.current_task()
    assert task is not None, "the loop runs it as one"
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await work
