"""Work on PostgreSQL that hangs, is given up, or is refused."""

import asyncio
from collections.abc import AsyncGenerator
from typing import Any
from urllib.parse import urlsplit

import asyncpg
import pytest

from laurels_server.config import Settings
from laurels_server.postgres import database as module
from laurels_server.postgres.database import Connection, Database
from laurels_server.postgres.engine import Limits, create_engine
from laurels_server.postgres.failures import Away, CommitUnknown
from laurels_server.postgres.probe import probe
from laurels_server.postgres.queries import parsed
from tests.sql import Sql


class Silence:
    """A proxy to PostgreSQL that can stop passing anything on, for connections it has so far."""

    def __init__(self, url: str) -> None:
        self._target = urlsplit(url)
        self._pipes: set[asyncio.Task[None]] = set()
        self._writers: list[asyncio.StreamWriter] = []

    async def __aenter__(self) -> "Silence":
        self._server = await asyncio.start_server(self._accept, "127.0.0.1", 0)
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        self.fall_silent()
        for writer in self._writers:
            writer.close()

    @property
    def url(self) -> str:
        port = self._server.sockets[0].getsockname()[1]
        credentials = self._target.netloc.rpartition("@")[0]
        return self._target._replace(netloc=f"{credentials}@127.0.0.1:{port}").geturl()

    def fall_silent(self) -> None:
        for pipe in self._pipes:
            pipe.cancel()
        self._pipes.clear()

    async def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        theirs, ours = await asyncio.open_connection(self._target.hostname, self._target.port)
        self._writers += [writer, ours]
        for source, sink in ((reader, ours), (theirs, writer)):
            self._pipes.add(asyncio.create_task(_pass_on(source, sink)))


async def _pass_on(source: asyncio.StreamReader, sink: asyncio.StreamWriter) -> None:
    while data := await source.read(65536):
        sink.write(data)
        await sink.drain()
    sink.close()


@pytest.fixture
async def silence(settings: Settings) -> AsyncGenerator[Silence]:
    async with Silence(settings.database_url) as proxy:
        yield proxy


async def test_connections_that_fell_silent_are_dropped_and_make_room(silence: Silence) -> None:
    limits = Limits(pool_size=2, pool_timeout_ms=300)
    engines = [create_engine(silence.url, limits) for _ in range(2)]
    database = Database(*engines, patience_ms=200, grace_ms=200)
    await asyncio.gather(*(database.read(_one) for _ in range(2)))
    silence.fall_silent()

    silent = await asyncio.gather(*(database.read(_one) for _ in range(2)), return_exceptions=True)
    await asyncio.sleep(0.5)
    answers = await asyncio.gather(*(database.read(_one) for _ in range(2)))
    silence.fall_silent()
    await database.close()

    assert all(isinstance(failure, Away) for failure in silent)
    assert answers == [1, 1]


async def test_patience_with_a_transaction_ends_with_nobody_knowing(settings: Settings) -> None:
    engines = [create_engine(settings.database_url) for _ in range(2)]
    database = Database(*engines, patience_ms=100, grace_ms=100)

    with pytest.raises(CommitUnknown):
        await database.transact(_sleep)

    await database.close()


async def test_a_database_that_takes_no_writes_is_away(settings: Settings, sql: Sql) -> None:
    name = urlsplit(settings.database_url).path.removeprefix("/")
    await sql.execute(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
    engines = [create_engine(settings.database_url) for _ in range(2)]
    database = Database(*engines)

    with pytest.raises(Away, match="read-only"):
        await probe(database)
    with pytest.raises(Away):
        await database.transact(_write)

    await database.close()


@pytest.fixture
async def refusing(settings: Settings) -> AsyncGenerator[Database]:
    """A database whose address nobody listens at."""
    nowhere = urlsplit(settings.database_url)._replace(netloc="127.0.0.1:1").geturl()
    database = Database(*(create_engine(nowhere) for _ in range(2)))
    yield database
    await database.close()


async def test_a_database_that_has_just_refused_is_not_asked_again(
    refusing: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "_REFUSED_S", 60)

    with pytest.raises(Away) as asked:
        await refusing.read(_one)
    with pytest.raises(Away, match="refuses connections") as read:
        await refusing.read(_one)
    with pytest.raises(Away, match="refuses connections") as written:
        await refusing.transact(_write)

    assert isinstance(asked.value.__cause__, ConnectionRefusedError)
    assert read.value.__cause__ is written.value.__cause__ is None


async def test_a_database_that_refused_is_asked_again_shortly_after(refusing: Database) -> None:
    causes: list[BaseException | None] = []

    for _ in range(2):
        with pytest.raises(Away) as asked:
            await refusing.transact(_write)
        causes.append(asked.value.__cause__)
        await asyncio.sleep(0.1)

    assert all(isinstance(cause, ConnectionRefusedError) for cause in causes)


async def _one(connection: Connection) -> int:
    return (await connection.execute(parsed("SELECT 1"))).scalar_one()


async def _sleep(connection: Connection) -> None:
    await connection.execute(parsed("SELECT pg_sleep(1)"))


async def _write(connection: Connection) -> None:
    await connection.execute(parsed("UPDATE catalog SET version = version"))


async def test_a_connection_that_dies_while_it_is_made_is_postgresql_away(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    connect = asyncpg.connect

    async def connect_and_die(*words: Any, **options: Any) -> Any:
        connection = await connect(*words, **options)
        connection.terminate()
        return connection

    monkeypatch.setattr(asyncpg, "connect", connect_and_die)
    engines = [create_engine(settings.database_url) for _ in range(2)]
    database = Database(*engines)
    for run in (database.read, database.transact):
        with pytest.raises(Away):
            await run(lambda connection: connection.execute(parsed("SELECT 1")))
    await database.close()


async def test_a_connection_that_was_hung_up_on_while_it_lay_idle_is_not_lent_again(
    settings: Settings, sql: Sql
) -> None:
    engines = [create_engine(settings.database_url, Limits(pool_size=1)) for _ in range(2)]
    database = Database(*engines)
    for run in (database.read, database.transact):
        pid = await run(_pid)
        assert await sql.fetchval("SELECT pg_terminate_backend($1, 5000)", pid)
        # Until our end has noticed.
        await asyncio.sleep(0.1)

        assert await run(_pid) != pid
    await database.close()


async def _pid(connection: Connection) -> int:
    return (await connection.execute(parsed("SELECT pg_backend_pid()"))).scalar_one()
