"""The ledger as the projection follows it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from laurels_server.domain.ledger import LEDGER_START, LedgerPoint
from laurels_server.postgres.connection import Connection
from laurels_server.postgres.queries import query


@dataclass(frozen=True, slots=True)
class Feed:
    """What came after a watermark, from one snapshot.

    `standings` are (learner_key, rank_key), the present state of each learner with an entry in
    between, None where the learner holds no place. `complete` tells that nothing follows `upto`.
    `read_at` is before the snapshot: the transaction's time, which in autocommit is the statement's
    own but, unlike statement_timestamp(), is taken before and not after the snapshot. `end` is the
    number of the ledger's last entry.
    """

    diverged: bool
    upto: LedgerPoint
    end: int
    standings: Sequence[tuple[int, int | None]]
    complete: bool
    read_at: datetime


@dataclass(frozen=True, slots=True)
class Standings:
    """Placed learners of a range of keys, as (learner_key, rank_key) by rank key, and the range's
    last key."""

    placed: Sequence[tuple[int, int]]
    last_key: int


async def read_after(connection: Connection, watermark: LedgerPoint, most: int) -> Feed:
    """At most `most` entries after `watermark`.

    `diverged` tells that the ledger does not have that entry with that time: it is another history,
    for example after a restore.
    """
    result = await connection.execute(
        query("read_feed"), {"watermark": watermark.seq, "most": most}
    )
    row = result.one()
    known = watermark == LEDGER_START or row.watermark_recorded_at == watermark.recorded_at
    upto = watermark
    if row.last_seq is not None:
        upto = LedgerPoint(row.last_seq, row.last_recorded_at)
    return Feed(
        diverged=not known,
        upto=upto,
        end=row.tip_seq or 0,
        standings=row.standings or (),
        complete=(row.tip_seq or 0) == upto.seq,
        read_at=row.read_at,
    )


async def ledger_end(connection: Connection) -> LedgerPoint:
    """The last entry of the ledger."""
    row = (await connection.execute(query("read_ledger_end"))).one_or_none()
    return LEDGER_START if row is None else LedgerPoint(row.seq, row.recorded_at)


async def recorded_at(connection: Connection, seq: int) -> datetime | None:
    """When an entry was recorded; None when the ledger has none of this number."""
    result = await connection.execute(query("read_recorded_at"), {"seq": seq})
    return result.scalar_one_or_none()


async def last_learner(connection: Connection) -> int:
    """The largest learner key there is; 0 while there is none."""
    return (await connection.execute(query("read_last_learner"))).scalar_one()


async def scan_standings(connection: Connection, after: int, most: int) -> Standings:
    """The next `most` placed learners with a key beyond `after`."""
    row = (await connection.execute(query("scan_standings"), {"after": after, "most": most})).one()
    return Standings(
        list(zip(row.learner_keys or (), row.rank_keys or (), strict=True)),
        after if row.last_key is None else row.last_key,
    )
