"""The smaller commands: migrate, health, config."""

import asyncio

import asyncpg
import grpc

from laurels.v1.leaderboard_service_pb2 import LEADERBOARD_SOURCE_POSTGRES
from laurels_server.config import Settings
from laurels_server.embedded.servers import EmbeddedServers
from laurels_server.postgres.schema import needed_version
from tests.calls import Calls
from tests.e2e.process import ended, free_address, serving, started


async def test_migrate_may_run_twice_and_two_at_once(empty_database_url: str) -> None:
    both = await asyncio.gather(
        ended("migrate", database_url=empty_database_url),
        ended("migrate", database_url=empty_database_url),
    )
    again = await ended("migrate", database_url=empty_database_url)

    assert {*both, again} == {(0, f"schema is at version {needed_version()}\n")}
    connection = await asyncpg.connect(empty_database_url)
    versions = await connection.fetch("SELECT version_num FROM alembic_version")
    catalogs = await connection.fetchval("SELECT count(*) FROM catalog")
    await connection.close()
    assert [row["version_num"] for row in versions] == [needed_version()]
    assert catalogs == 1


async def test_health_exits_0_only_when_the_server_serves(
    servers: EmbeddedServers, database_url: str
) -> None:
    urls = {"database_url": database_url, "redis_url": servers.redis_url}
    async with serving("serve", **urls) as server:
        assert await ended("health", listen=server.address) == (0, "SERVING\n")
        await server.stop()
    assert await ended("health", listen=server.address) == (1, "NO_ANSWER\n")

    waiting = f"postgresql://laurels@{free_address()}/laurels"
    async with started("serve", database_url=waiting, redis_url=servers.redis_url) as server:
        await server.until_health("NOT_SERVING")
        assert await ended("health", listen=server.address) == (1, "NOT_SERVING\n")


async def test_config_prints_every_setting_with_its_type_default_and_meaning() -> None:
    code, output = await ended("config", database_url="postgresql://laurels:secret@there/laurels")
    assert code == 0
    assert "secret" not in output
    for name, field in Settings.model_fields.items():
        flag = "--" + name.replace("_", "-")
        assert f"LAURELS_{name.upper()}  {flag}  " in output
        assert f"default {str(field.default) or 'none'}\n    {field.description}\n" in output


async def test_without_redis_it_serves_from_postgres_and_warns_with_the_settings_name(
    database_url: str,
) -> None:
    redis_url = f"redis://{free_address()}/0"
    async with serving("serve", database_url=database_url, redis_url=redis_url) as server:
        async with grpc.aio.insecure_channel(server.address) as channel:
            page = await Calls(channel).board()
        await server.stop()
        warnings = server.events("redis_away")
    assert page.source == LEADERBOARD_SOURCE_POSTGRES
    assert [(each["level"], each["setting"]) for each in warnings] == [
        ("warning", "LAURELS_REDIS_URL")
    ]
