"""How the compared servers run: uvloop and grpc.aio as in Laurels, until SIGTERM."""

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Any

import grpc
import uvloop


def run(work: Coroutine[Any, Any, None]) -> None:
    """Runs a server's whole life on uvloop."""
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(work)


async def serve(listen: str, register: Callable[[grpc.aio.Server], None]) -> None:
    """Serves what `register` adds, until SIGTERM or SIGINT."""
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    server = grpc.aio.server(options=(("grpc.so_reuseport", 0),))
    register(server)
    server.add_insecure_port(listen)
    await server.start()
    await stop.wait()
    await server.stop(1.0)
