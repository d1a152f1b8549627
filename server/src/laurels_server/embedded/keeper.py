"""Starts embedded servers again that ended without being asked."""

import threading
import time
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from typing import Final

import structlog

from laurels_server.embedded.errors import EmbeddedServerError
from laurels_server.embedded.server import EmbeddedServer

log: structlog.typing.FilteringBoundLogger = structlog.get_logger()

_LOOK_S: Final = 0.25
"""Between two looks whether they run."""

_AGAIN_S: Final = 10.0
"""Between two starts of the same server: one that ends at once every time is no busy loop."""


@contextmanager
def kept_running(servers: Sequence[EmbeddedServer]) -> Generator[None]:
    """Start whichever of the servers ends within the block again, on its port and its data.

    One that is frozen has not ended, and one that was told to stop stays so. Each start is logged,
    as is one that failed.
    """
    over = threading.Event()
    keeper = threading.Thread(target=_keep, args=(servers, over), name="embedded-keeper")
    keeper.start()
    try:
        yield
    finally:
        over.set()
        keeper.join()


def _keep(servers: Sequence[EmbeddedServer], over: threading.Event) -> None:
    rests_until = dict.fromkeys(servers, 0.0)
    while not over.wait(_LOOK_S):
        for server in servers:
            if time.monotonic() >= rests_until[server] and _started_again(server):
                rests_until[server] = time.monotonic() + _AGAIN_S


def _started_again(server: EmbeddedServer) -> bool:
    """Whether that was tried."""
    about = {"server": server.title, "server_log": str(server.log_file)}
    try:
        status = server.start_again()
    except EmbeddedServerError as error:
        log.error("embedded_not_started", error=str(error), **about)
        return True
    if status is None:
        return False
    log.error("embedded_started_again", exit_status=status, **about)
    return True
