"""Servers that several tests share, or that stand beside the usual one."""

from collections.abc import AsyncGenerator
from dataclasses import dataclass

import asyncpg
import grpc
import pytest

from laurels.v1.catalog_service_pb2 import Level, UpsertLevelsRequest
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.embedded.servers import EmbeddedServers
from tests.calls import Calls
from tests.conftest import TEMPLATE
from tests.contract.wire import contents
from tests.sql import Sql

NOWHERE = "redis://127.0.0.1:1"
"""Nothing listens on port 1, so whoever is given this answers from PostgreSQL."""


@dataclass(frozen=True, slots=True)
class Steady:
    """A server that tests share because none of them may change anything."""

    settings: Settings
    app: App
    calls: Calls
    sql: Sql


@pytest.fixture(scope="module")
async def shared(servers: EmbeddedServers) -> AsyncGenerator[Steady]:
    """A server with some history: three learners on the board, a submission, a quiz."""
    url = servers.postgres.url("shared_contract")
    admin = await asyncpg.connect(servers.postgres.url("postgres"))
    await admin.execute(f"CREATE DATABASE shared_contract TEMPLATE {TEMPLATE}")
    settings = Settings(
        listen="127.0.0.1:0",
        database_url=url,
        redis_url=servers.redis_url,
        redis_prefix="shared-contract",
        metrics_listen="off",
    )
    sql = await asyncpg.connect(url)
    async with App(settings) as app, grpc.aio.insecure_channel(app.address) as channel:
        await app.load_sample()
        calls = Calls(channel)
        await calls.catalog.UpsertLevels(
            UpsertLevelsRequest(levels=[Level(level_id="quiz", max_score=100, xp_reward=10)])
        )
        for number in (1, 2, 3):
            await calls.submit(f"scout-00{number}", "puk_u1_l1", request_id="first")
        await calls.submit("scout-001", "puk_u1_l2")
        yield Steady(settings, app, calls, sql)
    await sql.close()
    await admin.execute("DROP DATABASE shared_contract WITH (FORCE)")
    await admin.close()


@pytest.fixture
async def steady(shared: Steady) -> AsyncGenerator[Steady]:
    """The shared server, held to not having changed."""
    before = await contents(shared.sql)
    yield shared
    assert await contents(shared.sql) == before


@pytest.fixture
async def without_redis(app: App, settings: Settings) -> AsyncGenerator[Calls]:
    """A second server over the same database, for which Redis is away."""
    away = settings.model_copy(update={"redis_url": NOWHERE})
    async with App(away) as second, grpc.aio.insecure_channel(second.address) as channel:
        yield Calls(channel)
