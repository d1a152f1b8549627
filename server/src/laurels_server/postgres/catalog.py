"""Levels as stored."""

from collections.abc import Iterable
from dataclasses import asdict

import orjson

from laurels_server.domain.catalog import Catalog, Level
from laurels_server.domain.xp import XpPolicy
from laurels_server.postgres.connection import Connection, Rows
from laurels_server.postgres.queries import query


async def read_catalog(connection: Connection) -> Catalog:
    """The whole catalog at one version."""
    return _catalog(await connection.execute(query("read_catalog")))


async def lock_catalog(connection: Connection) -> Catalog:
    """The whole catalog, held still until the end of the transaction."""
    await connection.execute(query("lock_catalog"))
    return await read_catalog(connection)


async def write_levels(connection: Connection, levels: Iterable[Level]) -> int:
    """Creates or replaces levels; returns the catalog's next version."""
    rows = orjson.dumps([asdict(level) for level in levels]).decode()
    await connection.execute(query("write_levels"), {"levels": rows})
    return (await connection.execute(query("raise_catalog_version"))).scalar_one()


def _catalog(result: Rows) -> Catalog:
    rows = result.all()
    levels = {
        row.level_id: Level(
            level_id=row.level_id,
            title=row.title,
            position=row.position,
            xp_reward=row.xp_reward,
            max_score=row.max_score,
            pass_ratio=row.pass_ratio,
            prerequisite_level_ids=tuple(row.prerequisite_level_ids),
            xp_policy=XpPolicy(row.xp_policy),
            retired=row.retired,
        )
        for row in rows
        if row.level_id is not None
    }
    return Catalog(rows[0].version, levels)
