"""The real command `laurels`, each in a process of its own that does not outlive its test."""

import asyncio
import fcntl
import getpass
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import orjson
import psutil
from grpc_health.v1 import health_pb2

COMMAND = Path(sys.executable).with_name("laurels")

Setting = str | int | float | Path

# Above those of the embedded servers, below those that Linux hands out to outgoing connections.
_PORTS = range(30_000, 32_000)

_OWN_CONNECTION = (("grpc.use_local_subchannel_pool", 1),)
"""Without it a channel would inherit another one's pause before it connects again."""


_TURNS = Path(tempfile.gettempdir(), f"laurels-test-ports-{getpass.getuser()}")
"""Holds the port given out last, for all test processes of this account."""


def free_address() -> str:
    """An address on loopback that nobody listens on, nor was given a moment ago to do so.

    All test processes go around the same ports: one that its server has not yet bound comes up
    again only when all others have.
    """
    for port in _ports_in_turn(100):
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
        return f"127.0.0.1:{port}"
    raise AssertionError("no free port")


def _ports_in_turn(attempts: int) -> Iterator[int]:
    for _ in range(attempts):
        with open(_TURNS, "a+") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            file.seek(0)
            turn = (int(file.read() or 0) + 1) % len(_PORTS)
            file.truncate(0)
            file.write(str(turn))
        yield _PORTS[turn]


async def health(address: str) -> str:
    """What the server at `address` says of itself, or UNREACHABLE."""
    async with grpc.aio.insecure_channel(address, options=_OWN_CONNECTION) as channel:
        check = channel.unary_unary(
            "/grpc.health.v1.Health/Check",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        try:
            answer = await check(health_pb2.HealthCheckRequest(), timeout=2.0)
        except grpc.aio.AioRpcError:
            return "UNREACHABLE"
    return health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)


async def until(
    holds: Callable[[], Awaitable[bool]], what: str, *, within_s: float = 20.0
) -> float:
    """Waits until something holds; returns how long that took, in seconds."""
    started = time.monotonic()
    while not await holds():
        assert time.monotonic() - started < within_s, f"not within {within_s:g} s: {what}"
        await asyncio.sleep(0.01)
    return time.monotonic() - started


class Laurels:
    """A running command. What it prints, to either stream, is its log."""

    def __init__(self, words: tuple[str, ...], settings: dict[str, Setting]) -> None:
        """`settings` are given as LAURELS_* variables; it gets no others.

        Metrics are off unless they say otherwise: servers beside each other would want one port.
        """
        self.address = str(settings.setdefault("listen", free_address()))
        settings.setdefault("metrics_listen", "off")
        variables = {name: text for name, text in os.environ.items() if "LAURELS" not in name}
        variables |= {f"LAURELS_{name.upper()}": str(text) for name, text in settings.items()}
        # Not a pipe: nobody would read it while the test goes on.
        descriptor, self._log = tempfile.mkstemp(prefix="laurels-log-")
        self._process = subprocess.Popen(
            [COMMAND, *words],
            env=variables,
            stdin=subprocess.DEVNULL,
            stdout=descriptor,
            stderr=descriptor,
            # As a shell does: Ctrl-C reaches its group, not the tests.
            start_new_session=True,
        )
        os.close(descriptor)

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def log(self) -> str:
        return Path(self._log).read_text()

    def events(self, name: str) -> list[dict[str, Any]]:
        """The log lines of one event."""
        lines = [orjson.loads(line) for line in self.log.splitlines() if line.startswith("{")]
        return [line for line in lines if line["event"] == name]

    def children(self) -> list[psutil.Process]:
        return psutil.Process(self.pid).children(recursive=True)

    async def health(self) -> str:
        return await health(self.address)

    async def until_health(self, wanted: str, *, within_s: float = 20.0) -> float:
        """Waits until it says so of itself; returns how long that took, in seconds."""

        async def holds() -> bool:
            assert self._process.poll() is None, f"it ended:\n{self.log}"
            return await self.health() == wanted

        return await until(holds, wanted, within_s=within_s)

    async def until_logged(self, text: str) -> None:
        async def holds() -> bool:
            assert text in self.log or self._process.poll() is None, f"it ended:\n{self.log}"
            return text in self.log

        await until(holds, f"{text!r} in the log")

    def send(self, number: signal.Signals) -> None:
        self._process.send_signal(number)

    def kill(self) -> None:
        """Ends it at once; its own servers are left running, as after a crash."""
        self._process.kill()
        self._process.wait()

    def terminate(self) -> None:
        self._process.terminate()

    async def exit_code(self, *, within_s: float = 20.0) -> int:
        """Waits until it has ended."""
        return await asyncio.to_thread(self._process.wait, within_s)

    async def stop(self) -> None:
        """Ends it as an operator does, and demands that it went well."""
        self.terminate()
        assert await self.exit_code() == 0, self.log

    def close(self) -> None:
        """Leaves nothing behind, whatever state it is in."""
        if self._process.poll() is None:
            processes = [*self.children(), psutil.Process(self.pid)]
            for process in processes:
                process.kill()
            self._process.wait()
            # Or the next one finds their data still in use.
            psutil.wait_procs(processes, timeout=10)
        os.unlink(self._log)


@asynccontextmanager
async def started(*words: str, **settings: Setting) -> AsyncGenerator[Laurels]:
    """A command that was just started, with these settings."""
    process = Laurels(words, settings)
    try:
        yield process
    finally:
        process.close()


@asynccontextmanager
async def serving(*words: str, **settings: Setting) -> AsyncGenerator[Laurels]:
    """A command that serves."""
    async with started(*words, **settings) as process:
        await process.until_health("SERVING")
        yield process


async def ended(*words: str, **settings: Setting) -> tuple[int, str]:
    """The exit code and the output of a command that ends by itself."""
    async with started(*words, **settings) as process:
        return await process.exit_code(), process.log
