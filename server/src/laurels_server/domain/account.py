"""What a call to a learner's XP account does: awards from other sources, and corrections.

`decide` is called with everything it may look at, inside the transaction that holds the learner's
row. It changes nothing; the caller books what it answers.
"""

from dataclasses import dataclass

from laurels_server.domain import xp
from laurels_server.domain.errors import (
    EntryNotFound,
    EntryNotReversible,
    ReferenceAlreadyAwarded,
    RequestIdReused,
)
from laurels_server.domain.idempotency import fingerprint
from laurels_server.domain.ledger import Entry, EntryKind, LedgerPoint, NewEntry


@dataclass(frozen=True, slots=True)
class Award:
    """XP from a source of the caller's. An empty `reference` counts each time."""

    request_id: str
    user_id: str
    amount: int
    source: str
    reference: str
    reason: str

    def fingerprint(self) -> bytes:
        """Equal for equal content."""
        content = {
            "amount": self.amount,
            "source": self.source,
            "reference": self.reference,
            "reason": self.reason,
        }
        return fingerprint("award", content)


@dataclass(frozen=True, slots=True)
class Adjustment:
    """A correction by someone, up or down."""

    request_id: str
    user_id: str
    amount: int
    reason: str
    actor: str

    def fingerprint(self) -> bytes:
        """Equal for equal content."""
        content = {"amount": self.amount, "reason": self.reason, "actor": self.actor}
        return fingerprint("adjustment", content)


@dataclass(frozen=True, slots=True)
class Reversal:
    """A correction that takes one entry back. `point` is None where `entry_id` names none."""

    request_id: str
    user_id: str
    entry_id: str
    point: LedgerPoint | None
    reason: str
    actor: str

    def fingerprint(self) -> bytes:
        """Equal for equal content."""
        content = {"entry_id": self.entry_id, "reason": self.reason, "actor": self.actor}
        return fingerprint("reversal", content)


Change = Award | Adjustment | Reversal


@dataclass(frozen=True, slots=True)
class AccountState:
    """A locked learner's account, as far as one change can need it.

    `booked` is what is kept under the change's request id: the fingerprint, and the entry it made,
    None when it made none. `awarded` is the entry of the award's source and reference. `target` is
    the entry that a reversal names, and `target_reversed` whether it was taken back before.
    """

    learner_key: int
    total_xp: int
    booked: tuple[bytes, Entry | None] | None = None
    awarded: Entry | None = None
    target: Entry | None = None
    target_reversed: bool = False


def decide(change: Change, state: AccountState) -> NewEntry | Entry:
    """The entry to book, or the earlier one that answers the change again.

    Raises RequestIdReused, ReferenceAlreadyAwarded, EntryNotFound, EntryNotReversible or
    XpOutOfRange.
    """
    if state.booked is not None:
        earlier_fingerprint, earlier = state.booked
        if earlier is None or earlier_fingerprint != change.fingerprint():
            raise RequestIdReused(change.user_id, change.request_id)
        return earlier
    match change:
        case Award():
            return _award(change, state)
        case Adjustment():
            return _adjust(change, state)
        case Reversal():
            return _reverse(change, state)


def _award(award: Award, state: AccountState) -> NewEntry | Entry:
    if state.awarded is not None:
        if state.awarded.amount != award.amount:
            raise ReferenceAlreadyAwarded(award.source, award.reference, state.awarded.amount)
        return state.awarded
    return NewEntry(
        learner_key=state.learner_key,
        amount=award.amount,
        total_after=xp.total_after(state.total_xp, award.amount),
        kind=EntryKind.AWARD,
        source=award.source,
        reference=award.reference,
        request_id=award.request_id,
        reason=award.reason,
    )


def _adjust(adjustment: Adjustment, state: AccountState) -> NewEntry:
    return NewEntry(
        learner_key=state.learner_key,
        amount=adjustment.amount,
        total_after=xp.total_after(state.total_xp, adjustment.amount),
        kind=EntryKind.ADJUSTMENT,
        request_id=adjustment.request_id,
        actor=adjustment.actor,
        reason=adjustment.reason,
    )


def _reverse(reversal: Reversal, state: AccountState) -> NewEntry:
    target = state.target
    if target is None:
        raise EntryNotFound(reversal.user_id, reversal.entry_id)
    if target.kind is EntryKind.REVERSAL:
        raise EntryNotReversible(reversal.entry_id, "is itself a reversal")
    if state.target_reversed:
        raise EntryNotReversible(reversal.entry_id, "was reversed before")
    if target.amount == 0:
        raise EntryNotReversible(reversal.entry_id, "moved no XP")
    return NewEntry(
        learner_key=state.learner_key,
        amount=-target.amount,
        total_after=xp.total_after(state.total_xp, -target.amount),
        kind=EntryKind.REVERSAL,
        source=target.source,
        reference=target.reference,
        request_id=reversal.request_id,
        actor=reversal.actor,
        reason=reversal.reason,
        reverses=target,
    )
