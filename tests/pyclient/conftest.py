"""A real server in a process of its own, for all tests of the client."""

import asyncio
import itertools
from collections.abc import AsyncGenerator

import asyncpg
import pytest

import laurels
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.embedded.servers import EmbeddedServers
from tests.conftest import TEMPLATE
from tests.e2e.process import Laurels, serving
from tests.pyclient.either import Either, Kind, opened

_numbers = itertools.count(1)


@pytest.fixture(scope="session")
async def server(servers: EmbeddedServers) -> AsyncGenerator[Laurels]:
    """`laurels serve` over a database of its own, with the sample catalog."""
    administrator = await asyncpg.connect(servers.postgres.url("postgres"))
    await administrator.execute(f"CREATE DATABASE pyclient TEMPLATE {TEMPLATE}")
    settings = Settings(
        listen="127.0.0.1:0",
        database_url=servers.postgres.url("pyclient"),
        redis_url=servers.redis_url,
        redis_prefix="pyclient",
        metrics_listen="off",
    )
    async with App(settings) as app:
        await app.load_sample()
    async with serving(
        "serve",
        database_url=settings.database_url,
        redis_url=settings.redis_url,
        redis_prefix=settings.redis_prefix,
    ) as running:
        yield running
    await administrator.execute("DROP DATABASE pyclient WITH (FORCE)")
    await administrator.close()


@pytest.fixture(params=["sync", "asyncio"])
def kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture
async def either(kind: Kind, server: Laurels) -> AsyncGenerator[Either]:
    """Each of the two clients of the real server."""
    async with opened(kind, server.address) as client:
        yield client


@pytest.fixture
async def learner(server: Laurels) -> str:
    """A learner nobody else has."""
    user_id = f"learner-{next(_numbers)}"
    with laurels.connect(server.address) as client:
        await asyncio.to_thread(client.upsert_users, [laurels.User(user_id=user_id)])
    return user_id
