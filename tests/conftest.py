"""Real servers for every test: one cluster a session, a fresh database and key prefix a test."""

import asyncio
import itertools
from collections.abc import AsyncGenerator, Generator

import asyncpg
import grpc
import pytest

from laurels_server.app import App, migrate
from laurels_server.config import Settings
from laurels_server.embedded.servers import EmbeddedServers, temporary_servers
from tests.calls import Calls
from tests.sql import Sql

_numbers = itertools.count(1)

TEMPLATE = "laurels"
"""The embedded database, migrated once and then only copied."""


@pytest.fixture(scope="session")
def servers() -> Generator[EmbeddedServers]:
    """PostgreSQL and Valkey, shared by all tests that do not stop them."""
    with temporary_servers() as running:
        asyncio.run(migrate(Settings(database_url=running.postgres.url(TEMPLATE))))
        yield running


async def _administer(servers: EmbeddedServers, statement: str) -> None:
    connection = await asyncpg.connect(servers.postgres.url("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.fixture
async def database_url(servers: EmbeddedServers) -> AsyncGenerator[str]:
    """A database of this test's own, migrated and empty."""
    name = f"test_{next(_numbers)}"
    await _administer(servers, f"CREATE DATABASE {name} TEMPLATE {TEMPLATE}")
    yield servers.postgres.url(name)
    await _administer(servers, f"DROP DATABASE {name} WITH (FORCE)")


@pytest.fixture
def settings(servers: EmbeddedServers, database_url: str) -> Settings:
    """Settings over the test's own database and keys, on a free port, without metrics."""
    return Settings(
        listen="127.0.0.1:0",
        database_url=database_url,
        redis_url=servers.redis_url,
        redis_prefix=f"test-{next(_numbers)}",
        log_level="DEBUG",
        metrics_listen="off",
    )


@pytest.fixture
async def app(settings: Settings) -> AsyncGenerator[App]:
    """A whole server in this process, with the sample catalog and learners."""
    async with App(settings) as running:
        await running.load_sample()
        yield running


@pytest.fixture
async def calls(app: App) -> AsyncGenerator[Calls]:
    """Stubs that call it over the wire."""
    async with grpc.aio.insecure_channel(app.address) as channel:
        yield Calls(channel)


@pytest.fixture
async def sql(database_url: str) -> AsyncGenerator[Sql]:
    """A connection to look behind the server's back."""
    connection = await asyncpg.connect(database_url)
    yield connection
    await connection.close()
