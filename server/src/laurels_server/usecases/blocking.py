"""Waits that the event loop knows nothing of, as for a pipe that nobody writes."""

import asyncio
import signal
from collections.abc import Generator
from contextlib import contextmanager
from typing import Final

_ENDING: Final = (signal.SIGINT, signal.SIGTERM)


class Interrupted(Exception):
    """Somebody wants the command to end.

    An ordinary error, for what is under way on a connection ends in good order with one.
    """


@contextmanager
def ended_by_signals() -> Generator[None]:
    """Raises Interrupted where SIGINT or SIGTERM comes within the block, or came before it.

    Elsewhere they cancel the task, which would not be told before the block is over. Of the main
    thread, in a task.
    """
    before = {number: signal.getsignal(number) for number in _ENDING}
    for number, handler in before.items():
        # What the caller had us ignore stays ignored.
        if handler is not signal.SIG_IGN:
            signal.signal(number, signal.default_int_handler)
    try:
        task = asyncio.current_task()
        if task is not None and task.cancelling():
            raise Interrupted
        yield
    except KeyboardInterrupt:
        raise Interrupted from None
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
