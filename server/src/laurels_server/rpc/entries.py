"""Ledger entries on the wire."""

from laurels.v1 import xp_service_pb2 as pb
from laurels_server.domain.ledger import Entry, EntryKind
from laurels_server.rpc.times import timestamp
from laurels_server.rpc.tokens import entry_id

_KINDS = {
    EntryKind.LEVEL: pb.XP_ENTRY_KIND_LEVEL,
    EntryKind.AWARD: pb.XP_ENTRY_KIND_AWARD,
    EntryKind.ADJUSTMENT: pb.XP_ENTRY_KIND_ADJUSTMENT,
    EntryKind.REVERSAL: pb.XP_ENTRY_KIND_REVERSAL,
    EntryKind.RENAME: pb.XP_ENTRY_KIND_RENAME,
    EntryKind.GROUPS: pb.XP_ENTRY_KIND_GROUPS,
    EntryKind.OPENING: pb.XP_ENTRY_KIND_OPENING,
}


def entry_message(user_id: str, entry: Entry) -> pb.XpEntry:
    """The message of a learner's entry."""
    return pb.XpEntry(
        entry_id=entry_id(entry.point),
        user_id=user_id,
        amount=entry.amount,
        total_after=entry.total_after,
        kind=_KINDS[entry.kind],
        source=entry.source,
        reference=entry.reference,
        request_id=entry.request_id,
        actor=entry.actor,
        reason=entry.reason,
        reverses_entry_id="" if entry.reverses is None else entry_id(entry.reverses),
        counts_at=timestamp(entry.counts_at),
        recorded_at=timestamp(entry.point.recorded_at),
    )
