"""What a doctor asks of PostgreSQL."""

from dataclasses import dataclass
from datetime import datetime

from laurels_server.postgres.connection import Connection
from laurels_server.postgres.queries import query

OLDEST = 15
"""The major version that we need."""


@dataclass(frozen=True, slots=True)
class Diagnosis:
    """Settings as our sessions have them."""

    version: str
    major: int
    read_only: bool
    synchronous_commit: str
    has_standbys: bool
    """Whether a commit is meant to wait for another machine."""
    survives_crash: bool
    """Whether what was committed is on disk: fsync and full_page_writes."""


async def diagnose(connection: Connection) -> Diagnosis:
    """The settings that bear on our promises."""
    row = (await connection.execute(query("diagnose"))).one()
    return Diagnosis(
        version=row.version,
        major=row.version_number // 10_000,
        read_only=row.read_only,
        synchronous_commit=row.synchronous_commit,
        has_standbys=row.has_standbys,
        survives_crash=row.survives_crash,
    )


async def clock(connection: Connection) -> datetime:
    """The time, now."""
    return (await connection.execute(query("read_clock"))).scalar_one()
