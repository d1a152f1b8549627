"""One pass: what the ledger holds after a generation's watermark, moved into that generation."""

from dataclasses import dataclass
from datetime import datetime

from laurels_server.domain.ledger import LedgerPoint
from laurels_server.metrics import LEDGER_SEQ, RELAY_PASSES
from laurels_server.postgres import feed
from laurels_server.postgres.database import Database
from laurels_server.redis.projection import APPLY_MOST, Applied, Generation, Projection


@dataclass(frozen=True, slots=True)
class Pass:
    """What became of a pass: where it led, up to when that is complete, and whether more of the
    ledger waits."""

    verdict: Applied
    upto: LedgerPoint
    as_of: datetime
    moved: bool
    more: bool
    withdrawn: bool = False
    """The generation told another history than the ledger, and is no longer read."""


async def follow(
    database: Database, projection: Projection, generation: Generation, *, in_use: bool
) -> Pass:
    """Moves a generation along the ledger by at most APPLY_MOST entries, or changes nothing.

    With `in_use`, only while it is the one that readers use. One that tells another history than
    the ledger is withdrawn from readers. Raises ProjectionAway or StoreFailure.
    """
    fresh = await database.read(
        lambda connection: feed.read_after(connection, generation.watermark, APPLY_MOST)
    )
    LEDGER_SEQ.set(fresh.end)
    if fresh.diverged:
        RELAY_PASSES.labels("diverged").inc()
        await projection.withdraw(generation.name)
        start = generation.watermark
        return Pass(
            Applied.SUPERSEDED, start, start.recorded_at, moved=False, more=True, withdrawn=True
        )
    # Complete up to the snapshot when nothing follows; else up to the last entry taken, since times
    # never decrease along the ledger. They can be ahead of a clock that was set back.
    as_of = fresh.read_at if fresh.complete else min(fresh.upto.recorded_at, fresh.read_at)
    verdict = await projection.apply(generation, fresh.upto, fresh.standings, as_of, in_use=in_use)
    moved = verdict is Applied.APPLIED and fresh.upto != generation.watermark
    went_on = "moved" if moved else "idle"
    RELAY_PASSES.labels(went_on if verdict is Applied.APPLIED else verdict.value).inc()
    return Pass(
        verdict,
        fresh.upto,
        as_of,
        moved=moved,
        more=not fresh.complete or verdict is Applied.SUPERSEDED,
    )
