"""The processes under test: servers, one PostgreSQL, one Valkey; and what can be done to them."""

import asyncio
import shutil
import signal
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import asyncpg
from redis.asyncio import Redis

from laurels_server.embedded.postgres import EmbeddedPostgres
from laurels_server.embedded.valkey import EmbeddedValkey
from laurels_server.redis.keys import ShardKeys
from tests.e2e.process import Laurels, Setting, until
from tests.sql import Sql

_QUIET_S: Final = 0.3

_DEFECTS: Final = ("rpc_defect", "booking_defect", "lane_defect", "relay_defect", "task_defect")

_WRITING: Final = """
    SELECT count(*) FROM pg_stat_activity
     WHERE datname = current_database() AND pid <> pg_backend_pid()
       AND (backend_xid IS NOT NULL OR wait_event_type = 'Lock'
            OR state LIKE 'idle in transaction%')
"""


@dataclass(frozen=True, slots=True)
class Stores:
    """A PostgreSQL and a Valkey that a run may do anything to, and where their files are."""

    postgres: EmbeddedPostgres
    valkey: EmbeddedValkey
    folder: Path

    async def all_run(self) -> None:
        """Undoes whatever a run has left."""
        await asyncio.to_thread(self.postgres.start)
        await asyncio.to_thread(self.valkey.start)
        self.postgres.resume()
        self.valkey.resume()


class System:
    """Real processes, each of which may be killed, frozen and brought back."""

    def __init__(self, stores: Stores, settings: dict[str, Setting]) -> None:
        """`settings` are those of every server."""
        self.postgres = stores.postgres
        self.valkey = stores.valkey
        self.database_url = str(settings["database_url"])
        self.redis_url = str(settings["redis_url"])
        self.redis_prefix = str(settings["redis_prefix"])
        self.servers: list[Laurels] = []
        self._valkey_folder = stores.folder / "valkey"
        self._settings = settings
        self._processes: list[Laurels] = []

    def add_server(self) -> None:
        self.servers.append(self._started({}))

    def _started(self, place: dict[str, Setting]) -> Laurels:
        process = Laurels(("serve",), {**self._settings, **place})
        self._processes.append(process)
        return process

    async def all_serve(self) -> None:
        await asyncio.gather(*(_serves(server) for server in self.servers))

    def kill_server(self, number: int) -> None:
        self.servers[number].kill()

    async def start_server(self, number: int) -> None:
        """Starts a killed one anew at its address, and waits until it serves."""
        self.servers[number] = self._started({"listen": self.servers[number].address})
        await _serves(self.servers[number])

    def freeze_server(self, number: int) -> None:
        self.servers[number].send(signal.SIGSTOP)

    def thaw_server(self, number: int) -> None:
        self.servers[number].send(signal.SIGCONT)

    async def kill_postgres(self) -> None:
        await asyncio.to_thread(self.postgres.kill)

    async def start_postgres(self) -> None:
        await asyncio.to_thread(self.postgres.start)

    async def kill_valkey(self) -> None:
        await asyncio.to_thread(self.valkey.kill)

    async def start_valkey(self, *, empty: bool) -> None:
        if empty:
            for path in self._valkey_folder.iterdir():
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        await asyncio.to_thread(self.valkey.start)

    async def flush_valkey(self) -> None:
        async with Redis.from_url(self.redis_url) as client:
            await client.flushall()

    async def delete_board(self) -> None:
        """Deletes the members of the board in use, if there is one."""
        keys = ShardKeys(self.redis_prefix)
        async with Redis.from_url(self.redis_url, decode_responses=True) as client:
            await client.delete(keys.board(str(await client.get(keys.current))))

    @asynccontextmanager
    async def connected(self) -> AsyncGenerator[Sql]:
        """A connection of somebody who knows nothing of our rules."""
        connection = await asyncpg.connect(self.database_url)
        try:
            yield connection
        finally:
            await connection.close()

    async def quiet(self) -> None:
        """Waits until no server writes any more, not even after a pause between two tries."""
        async with self.connected() as sql:
            since = time.monotonic()

            async def holds() -> bool:
                nonlocal since
                if await sql.fetchval(_WRITING):
                    since = time.monotonic()
                return time.monotonic() - since >= _QUIET_S

            await until(holds, "nobody writes")

    async def projected(self) -> None:
        """Waits until readers have a projection."""

        async def holds() -> bool:
            return self.projections() > 0

        await until(holds, "a projection in use")

    def projections(self) -> int:
        """How many projections were built and put in use so far."""
        return sum(event["in_use"] for event in self._events("projection_rebuilt"))

    def defects(self) -> list[str]:
        """What the servers logged of mistakes of their own, those that were killed included."""
        return [
            f"server at {event.get('timestamp')} logged {event['event']}: {_raised(event)}"
            for name in _DEFECTS
            for event in self._events(name)
        ]

    def _events(self, name: str) -> list[dict[str, Any]]:
        return [event for process in self._processes for event in process.events(name)]

    async def stop(self) -> None:
        """Ends the servers as an operator does, and demands that they end well."""
        await asyncio.gather(*(server.stop() for server in self.servers))

    def close(self) -> None:
        for process in self._processes:
            process.close()


def _raised(event: dict[str, Any]) -> str:
    """The exceptions of a log line, the outermost last, each with where it came from."""
    return " <- ".join(
        f"{raised['exc_type']}: {raised['exc_value']} in "
        + " > ".join(f"{frame['name']}:{frame['lineno']}" for frame in raised["frames"][-3:])
        for raised in event.get("exception", [])
    )


async def _serves(server: Laurels) -> None:
    """Waits until it serves: it, and nobody who took its address while it was away."""
    await server.until_logged('"serving"')
    await server.until_health("SERVING")


@asynccontextmanager
async def system(
    stores: Stores, settings: dict[str, Setting], *, servers: int
) -> AsyncGenerator[System]:
    """A system that serves; whatever became of it, none of its servers is left."""
    running = System(stores, settings)
    try:
        for _ in range(servers):
            running.add_server()
        await running.all_serve()
        yield running
    finally:
        running.close()
