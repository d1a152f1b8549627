"""What a doctor asks of Redis."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, cast

from redis.asyncio import Redis
from redis.exceptions import ResponseError

from laurels_server.redis.connection import ProjectionAway, translated
from laurels_server.redis.keys import from_micros

_OLDEST = {"Valkey": 8, "Redis": 7}
"""The major versions that we need."""


class NoSuchDatabase(ProjectionAway):
    """Redis answers, but not for the database of this number."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """What bears on the projection."""

    name: str
    version: str
    """Empty where it tells none."""
    is_too_old: bool | None
    """None where its version is no number."""
    maxmemory_policy: str
    """Empty where it does not tell."""
    maxmemory: int
    """In bytes; 0 is no limit."""
    is_replica: bool


async def diagnose(client: Redis) -> Diagnosis:
    """Raises ProjectionAway, NoSuchDatabase and ProjectionRefused."""
    try:
        with translated():
            # In parts: asked for several, some services answer none.
            facts = {**await _info(client, "server"), **await _info(client, "memory")}
            facts |= await _info(client, "replication")
    except ProjectionAway as away:
        # The client selects its database before anything else.
        if isinstance(away.__cause__, ResponseError) and "index is out of range" in str(away):
            raise NoSuchDatabase(str(away)) from away
        raise
    name = "Valkey" if "valkey_version" in facts else "Redis"
    version = str(facts.get(f"{name.lower()}_version", ""))
    return Diagnosis(
        name=name,
        version=version,
        is_too_old=is_too_old(name, version),
        maxmemory_policy=str(facts.get("maxmemory_policy", "")),
        maxmemory=int(facts.get("maxmemory", 0)),
        is_replica=facts.get("role") in ("slave", "replica"),
    )


def is_too_old(name: str, version: str) -> bool | None:
    """Whether this version does not do; None where that is no number, and so not known."""
    major = version.partition(".")[0]
    return int(major) < _OLDEST[name] if major.isascii() and major.isdigit() else None


async def clock(client: Redis) -> datetime:
    """The time, now. Raises ProjectionAway."""
    with translated():
        seconds, micros = await client.time()
    return from_micros(seconds * 1_000_000 + micros)


async def _info(client: Redis, section: str) -> Mapping[str, Any]:
    return cast(Mapping[str, Any], await client.info(section))
