"""The ledger's words: every change to a learner's standing, in one total order."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum


class EntryKind(StrEnum):
    """What an entry records. Those that move no XP have amount 0."""

    LEVEL = "LEVEL"
    AWARD = "AWARD"
    ADJUSTMENT = "ADJUSTMENT"
    REVERSAL = "REVERSAL"
    RENAME = "RENAME"
    GROUPS = "GROUPS"
    OPENING = "OPENING"


TRAINING = "training"
"""The source of XP earned on levels; reserved."""


@dataclass(frozen=True, slots=True)
class NewEntry:
    """An entry about to be appended. `total_after` is the learner's total once it counts."""

    learner_key: int
    amount: int
    total_after: int
    kind: EntryKind
    source: str = ""
    reference: str = ""
    request_id: str = ""
    actor: str = ""
    reason: str = ""
    details: Mapping[str, object] = field(default_factory=dict[str, object])
    reverses: "Entry | None" = None


@dataclass(frozen=True, slots=True)
class LedgerPoint:
    """A place in the ledger: an entry's number, and when it was recorded.

    The time tells histories apart: after a restore, the same `seq` may be another entry.
    """

    seq: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True)
class Entry:
    """A change to a learner's standing, as booked. `counts_at` is `recorded_at`, but for a reversal
    that of the entry it takes back, and for an opening when the total was reached elsewhere."""

    point: LedgerPoint
    amount: int
    total_after: int
    kind: EntryKind
    source: str
    reference: str
    request_id: str
    actor: str
    reason: str
    reverses: LedgerPoint | None
    counts_at: datetime


LEDGER_START = LedgerPoint(0, datetime.fromtimestamp(0, UTC))
"""Before the first entry."""
