"""A database and a Valkey number for each server that stores something."""

from dataclasses import dataclass

import asyncpg

from laurels_server.embedded.servers import EmbeddedServers


@dataclass(frozen=True, slots=True)
class Store:
    """Where one server keeps its data."""

    database_url: str
    redis_url: str


async def create(servers: EmbeddedServers, name: str, number: int) -> Store:
    """An empty database of that name, and a Valkey database of that number, assumed empty."""
    connection = await asyncpg.connect(servers.postgres.url("postgres"))
    try:
        await connection.execute(f"CREATE DATABASE {name}")
    finally:
        await connection.close()
    return Store(servers.postgres.url(name), servers.redis_url.removesuffix("0") + str(number))
