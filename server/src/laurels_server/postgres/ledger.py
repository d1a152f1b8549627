"""The one place that writes the ledger, and so the totals."""

from collections.abc import Sequence

import orjson

from laurels_server.domain.ledger import LedgerPoint, NewEntry
from laurels_server.postgres.connection import Connection
from laurels_server.postgres.queries import query


async def append(connection: Connection, entries: Sequence[NewEntry]) -> LedgerPoint:
    """Appends entries in order and moves the learners' totals; returns the ledger's new end.

    The caller holds the row locks of the learners, and commits at once: from here to the end of the
    commit everyone else's append waits. Entries are numbered without gaps up to the returned seq.
    """
    result = await connection.execute(
        query("append_entries"),
        {
            "learner_keys": [entry.learner_key for entry in entries],
            "amounts": [entry.amount for entry in entries],
            "totals_after": [entry.total_after for entry in entries],
            "kinds": [entry.kind.value for entry in entries],
            "sources": [entry.source for entry in entries],
            "references": [entry.reference for entry in entries],
            "request_ids": [entry.request_id for entry in entries],
            "actors": [entry.actor for entry in entries],
            "reasons": [entry.reason for entry in entries],
            "reversed": [entry.reverses and entry.reverses.point.seq for entry in entries],
            "counts_at": [entry.reverses and entry.reverses.counts_at for entry in entries],
            "details": [
                orjson.dumps(entry.details).decode() if entry.details else None for entry in entries
            ],
        },
    )
    row = result.one()
    return LedgerPoint(row.last_seq, row.last_recorded_at)
