"""The servers that are compared, each started for one measurement and stopped after it.

So each runs alone: a server that only idles still takes time from the one that is measured.
"""

import asyncio
import os
import socket
import sys
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from bench.stores import Store
from laurels_server.rpc.operator import is_serving

ROOT = Path(__file__).parents[1]
"""Where `bench` can be imported from."""

LAURELS = "Laurels"
TWO_WORKERS = "Laurels, 2 workers"
ECHO = "bare echo"
AUDITED = "audited flow"

_READY_TIMEOUT_S = 60.0
_STOP_TIMEOUT_S = 20.0
_LOOK_AGAIN_S = 0.05

LAURELS_COMMAND = str(Path(sys.executable).with_name("laurels"))


class NotStarted(Exception):
    """A server did not start; the message ends with what it logged."""


@dataclass(frozen=True, slots=True)
class Running:
    """A server that answers."""

    address: str
    pid: int


@dataclass(frozen=True, slots=True)
class Target:
    """A server that can be started, again and again, over the same data."""

    name: str
    command: Callable[[str], Sequence[str]]
    log: Path
    """Where its output goes: a file, as under any supervisor."""

    environment: dict[str, str] = field(default_factory=dict[str, str])
    says_when_serving: bool = False
    keeps_what_is_submitted: bool = True

    @asynccontextmanager
    async def running(self) -> AsyncGenerator[Running]:
        """Starts it on a free port and stops it at the end. Raises NotStarted."""
        address = f"127.0.0.1:{_free_port()}"
        environment = clean_environment() | self.environment
        with self.log.open("ab") as log:
            process = await asyncio.create_subprocess_exec(
                *self.command(address), cwd=ROOT, env=environment, stdout=log, stderr=log
            )
        try:
            await self._wait_until_ready(process, address)
            yield Running(address, process.pid)
        finally:
            await _stop(process)

    async def _wait_until_ready(self, process: asyncio.subprocess.Process, address: str) -> None:
        until = time.monotonic() + _READY_TIMEOUT_S
        while not await self._is_ready(address):
            if process.returncode is not None or time.monotonic() > until:
                last_words = self.log.read_text(errors="replace")[-2000:]
                raise NotStarted(f"{self.name} did not start:\n{last_words}")
            await asyncio.sleep(_LOOK_AGAIN_S)

    async def _is_ready(self, address: str) -> bool:
        host, port = address.split(":")
        try:
            _, writer = await asyncio.open_connection(host, port)
        except OSError:
            return False
        writer.close()
        await writer.wait_closed()
        return not self.says_when_serving or await is_serving(address, timeout_s=1.0)


def laurels(store: Store, folder: Path, *, workers: int = 1) -> Target:
    """`laurels serve` with its default settings, but for the number of workers."""
    settings = laurels_settings(store)
    return Target(
        name=LAURELS if workers == 1 else TWO_WORKERS,
        command=lambda address: (
            *(LAURELS_COMMAND, "serve"),
            *("--listen", address, "--workers", str(workers)),
        ),
        log=folder / "laurels.log",
        environment=settings,
        says_when_serving=True,
    )


def laurels_settings(store: Store) -> dict[str, str]:
    """The two settings that `laurels` cannot do without."""
    return {"LAURELS_DATABASE_URL": store.database_url, "LAURELS_REDIS_URL": store.redis_url}


def echo(folder: Path) -> Target:
    """`bench.echo`."""
    return Target(
        name=ECHO,
        command=lambda address: (sys.executable, "-m", "bench.echo", address),
        log=folder / "echo.log",
        keeps_what_is_submitted=False,
    )


def audited(store: Store, folder: Path, *, units: int, learners: int) -> Target:
    """`bench.audited`; its first start fills its tables."""
    data = (store.database_url, store.redis_url, str(units), str(learners))
    return Target(
        name=AUDITED,
        command=lambda address: (sys.executable, "-m", "bench.audited", address, *data),
        log=folder / "audited.log",
    )


async def migrate(target: Target) -> None:
    """Creates Laurels' schema. Raises NotStarted."""
    with target.log.open("ab") as log:
        migration = await asyncio.create_subprocess_exec(
            LAURELS_COMMAND,
            "migrate",
            env=clean_environment() | target.environment,
            stdout=log,
            stderr=log,
        )
        if await migration.wait():
            raise NotStarted(f"laurels migrate failed: {target.log.read_text()}")


def clean_environment() -> dict[str, str]:
    """Ours without any setting of Laurels: what is measured are the defaults."""
    return {name: text for name, text in os.environ.items() if not name.startswith("LAURELS_")}


async def _stop(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.terminate()
    try:
        await asyncio.wait_for(process.wait(), _STOP_TIMEOUT_S)
    except TimeoutError:
        process.kill()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]
