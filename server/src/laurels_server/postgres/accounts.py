"""Learners' XP accounts: what one change looks at and leaves behind, and the entries themselves."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from laurels_server.domain.account import AccountState, Award, Change, Reversal
from laurels_server.domain.ledger import LEDGER_START, Entry, EntryKind, LedgerPoint
from laurels_server.domain.progress import Learner
from laurels_server.postgres.connection import Connection, Row
from laurels_server.postgres.queries import query


@dataclass(frozen=True, slots=True)
class Account:
    """A learner's total, when it last changed, and how many entries made it."""

    total_xp: int
    reached_at: datetime | None
    entry_count: int


async def read_state(
    connection: Connection, learner: Learner, change: Change
) -> tuple[AccountState, LedgerPoint]:
    """What `decide` looks at, for a locked learner; and the ledger's end."""
    award = change if isinstance(change, Award) else None
    target = change.point if isinstance(change, Reversal) else None
    result = await connection.execute(
        query("read_account_state"),
        {
            "learner_key": learner.key,
            "request_id": change.request_id,
            "source": award.source if award else "",
            "reference": award.reference if award else "",
            "target_seq": target.seq if target else None,
            "target_recorded_at": target.recorded_at if target else None,
        },
    )
    row = result.one()
    seqs = {row.booked_seq, row.awarded_seq, row.target_seq} - {None}
    entries = await read_entries(connection, seqs) if seqs else {}
    state = AccountState(
        learner_key=learner.key,
        total_xp=learner.total_xp,
        booked=None if row.fingerprint is None else (row.fingerprint, entries.get(row.booked_seq)),
        awarded=entries.get(row.awarded_seq),
        target=entries.get(row.target_seq),
        target_reversed=row.target_reversed,
    )
    end = LEDGER_START if row.tip_seq is None else LedgerPoint(row.tip_seq, row.tip_recorded_at)
    return state, end


async def keep_request(
    connection: Connection,
    learner_key: int,
    change: Change,
    kind: EntryKind,
    answered_by: LedgerPoint | None,
) -> None:
    """Keeps a change's request id for ever.

    Without `answered_by`, an entry that bears it must follow in the same transaction.
    """
    await connection.execute(
        query("keep_request"),
        {
            "learner_key": learner_key,
            "request_id": change.request_id,
            "kind": kind.value,
            "fingerprint": change.fingerprint(),
            "answered_by": answered_by.seq if answered_by else None,
        },
    )


async def read_account(connection: Connection, user_id: str) -> Account | None:
    """A learner's account; None when unknown."""
    row = (await connection.execute(query("read_account"), {"user_id": user_id})).one_or_none()
    return None if row is None else Account(row.total_xp, row.reached_at, row.version)


async def read_entries(connection: Connection, seqs: Iterable[int]) -> dict[int, Entry]:
    """Entries by number; unknown numbers are left out."""
    rows = await connection.execute(query("read_entries"), {"seqs": list(seqs)})
    return {row.seq: _entry(row) for row in rows}


async def list_entries(
    connection: Connection, user_id: str, *, before: int, most: int, include_zero: bool
) -> list[Entry] | None:
    """A learner's newest entries with a seq below `before`; None when the learner is unknown."""
    rows = await connection.execute(
        query("list_entries"),
        {"user_id": user_id, "before": before, "most": most, "include_zero": include_zero},
    )
    found = rows.all()
    if not found:
        return None
    return [_entry(row) for row in found if row.seq is not None]


def _entry(row: Row) -> Entry:
    reverses = None
    if row.reverses_seq is not None:
        reverses = LedgerPoint(row.reverses_seq, row.reverses_recorded_at)
    return Entry(
        point=LedgerPoint(row.seq, row.recorded_at),
        amount=row.amount,
        total_after=row.total_after,
        kind=EntryKind(row.kind),
        source=row.source,
        reference=row.reference,
        request_id=row.request_id,
        actor=row.actor,
        reason=row.reason,
        reverses=reverses,
        counts_at=row.counts_at,
    )
