"""A server's life, from the first signal to the last: what `serve`, `dev` and workers share."""

import asyncio
import signal
import sys
from collections.abc import Callable, Coroutine, Sequence
from typing import Any

import structlog

from laurels_server import app, logging
from laurels_server.cli.running import run
from laurels_server.config import ConfigError, Settings
from laurels_server.workers.line import Line
from laurels_server.workers.supervisor import Supervisor, WorkersKilled

_WORKER = (
    sys.executable,
    # Not what lies in the working folder, whatever it is called.
    "-P",
    "-c",
    "from laurels_server.cli import main; main()",
    "serve",
    "--worker",
)
"""Starts a worker, in a process that has done nothing before."""


def log_as(settings: Settings) -> None:
    """Has the log written as the settings say."""
    logging.configure(settings.log_level, settings.log_format)


async def serve_until_signal(
    settings: Settings,
    announce: Callable[[app.App], Coroutine[Any, Any, None]] | None = None,
    *,
    migrate_first: bool = False,
    asked_to_stop: Sequence[int] = (),
    line: Line | None = None,
) -> None:
    """Serves until a signal, or not at all when one came before.

    A worker serves until its `line` to the supervisor ends, too.
    """
    stop = asyncio.Event()
    if line is not None:
        line.follow(stop.set, settings.drain_timeout_s)
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, stop.set)
    if asked_to_stop:
        return
    if migrate_first:
        await app.migrate(settings)
    if stop.is_set():
        return
    server = app.App(settings)
    starting = asyncio.create_task(server.start())
    stopping = asyncio.create_task(stop.wait())
    await asyncio.wait({starting, stopping}, return_when=asyncio.FIRST_COMPLETED)
    if not starting.done():
        starting.cancel()
        await asyncio.wait({starting})
        return
    await starting
    try:
        if announce is not None:
            await announce(server)
        await stopping
    finally:
        await server.stop()


def supervised(
    settings: Settings,
    *,
    announce: Callable[[str, bool], None] | None = None,
    migrate_first: bool = False,
    asked_to_stop: Sequence[int] = (),
) -> None:
    """The same with several workers. A second signal ends them at once, and the command with 1."""
    try:
        run(_supervise(settings, announce, migrate_first, asked_to_stop))
    except WorkersKilled:
        # The log has said it.
        sys.exit(1)


async def _supervise(
    settings: Settings,
    announce: Callable[[str, bool], None] | None,
    migrate_first: bool,
    asked_to_stop: Sequence[int],
) -> None:
    supervisor = Supervisor(settings, _WORKER)

    def asked() -> None:
        if supervisor.stop.is_set():
            supervisor.kill.set()
        supervisor.stop.set()

    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, asked)
    if asked_to_stop:
        return
    if migrate_first:
        await app.migrate(settings)
    if not supervisor.stop.is_set():
        await supervisor.run(lambda tell: app.open_metrics(settings, tell), announce)


async def work() -> int:
    """A worker's whole life; returns its exit code."""
    opened = await Line.open()
    if opened is None:
        return 0
    line, orders = opened
    settings = orders.settings
    log_as(settings)
    structlog.contextvars.bind_contextvars(worker=orders.number)

    async def announce(server: app.App) -> None:
        loaded = orders.with_sample and await server.load_sample()
        line.serving(sample_loaded=loaded)

    try:
        await serve_until_signal(settings, announce, line=line)
    except ConfigError as error:
        await line.refuse(str(error))
        return 1
    return 0
