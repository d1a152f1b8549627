"""What was acknowledged before another call began stands before it in the ledger."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from math import inf

from laurels.v1.progress_service_pb2 import SubmitProgressResponse
from tests.faults.history.calls import (
    CHANGED,
    Call,
    Finding,
    History,
    Key,
    acknowledged,
    by_content,
    named_seq,
)
from tests.faults.history.truth import Truth


@dataclass(frozen=True, slots=True)
class Booking:
    """Something stored: when it cannot have been booked before, and when it was known."""

    position: int
    begun: float
    known: float
    calls: tuple[Call, ...]


def check_order(history: History, truth: Truth) -> list[Finding]:
    """Real time and the ledger agree, for every learner and for the ledger as a whole.

    The whole ledger is one order, so what holds for each learner holds across them.
    """
    bookings = _bookings(history, truth)
    entries = _entries(history, truth, bookings)
    return [
        *_disordered(entries.values()),
        *_misdated(entries, truth),
        *_broken_chains(truth),
        *_disordered_attempts(truth, bookings),
        *_totals_that_never_stood(truth, bookings, entries),
        *_disordered_batches(history, truth),
    ]


def _bookings(history: History, truth: Truth) -> dict[Key, Booking]:
    """The rows, by learner and request id; their position is filled in by who knows it."""
    found: dict[Key, Booking] = {}
    writes = history.writes()
    for key, row in truth.rows.items():
        calls = by_content(writes.get(key, [])).get(truth.content_of(row) or (), [])
        if calls:
            found[key] = _booking(0, calls)
    return found


def _booking(position: int, calls: list[Call]) -> Booking:
    """A booking that one of these calls made, all of one id and content."""
    known = acknowledged(calls)
    first = [call for call in known if not call.replayed]
    makers = first or [call for call in calls if call.indefinite]
    begun = min((call.invoked for call in makers), default=-inf)
    return Booking(
        position, begun, min((call.completed for call in known), default=inf), tuple(calls)
    )


def _entries(history: History, truth: Truth, bookings: dict[Key, Booking]) -> dict[int, Booking]:
    """The entries that calls of this history made, by seq."""
    # A reference that was awarded before makes another call's entry known.
    elsewhere: defaultdict[int, list[Call]] = defaultdict(list)
    for call in history.calls:
        if isinstance(call.answer, CHANGED) and call.answer.entry.request_id != call.key[1]:
            elsewhere[named_seq(call.answer.entry.entry_id)].append(call)
    renames = history.renames()
    found: dict[int, Booking] = {}
    for entry in truth.entries:
        booking = bookings.get((entry.user_id, entry.request_id))
        if entry.kind == "RENAME" and (calls := renames.get((entry.user_id, entry.name))):
            booking = _booking(entry.seq, calls)
        if booking is not None:
            others = elsewhere[entry.seq]
            known = min([booking.known, *(call.completed for call in others)])
            found[entry.seq] = Booking(entry.seq, booking.begun, known, (*booking.calls, *others))
    return found


def _disordered(bookings: Iterable[Booking]) -> Iterator[Finding]:
    """Those known before an earlier one had begun."""
    latest: Booking | None = None
    for booking in sorted(bookings, key=lambda booking: booking.position):
        if latest is not None and booking.known < latest.begun:
            yield Finding(
                f"number {booking.position} was acknowledged before number {latest.position} began",
                (*booking.calls, *latest.calls),
            )
        if latest is None or booking.begun > latest.begun:
            latest = booking


def _misdated(entries: dict[int, Booking], truth: Truth) -> Iterator[Finding]:
    for seq, booking in entries.items():
        if not booking.begun <= truth.by_seq[seq].recorded_at <= booking.known:
            yield Finding(
                f"not recorded while it was under way: {truth.by_seq[seq]}", booking.calls
            )


def _broken_chains(truth: Truth) -> Iterator[Finding]:
    totals: defaultdict[str, int] = defaultdict(int)
    for entry in truth.entries:
        totals[entry.user_id] += entry.amount
        if totals[entry.user_id] != entry.total_after:
            yield Finding(f"the total before was {totals[entry.user_id] - entry.amount}: {entry}")
            totals[entry.user_id] = entry.total_after


def _disordered_attempts(truth: Truth, bookings: dict[Key, Booking]) -> Iterator[Finding]:
    """A learner's attempts at a level are numbered 1, 2, 3... as they came."""
    levels: defaultdict[tuple[str, str], list[tuple[int, Key]]] = defaultdict(list)
    for key, row in truth.rows.items():
        if row.kind == "PROGRESS":
            levels[row.user_id, row.inputs["level_id"]].append((row.answer["attempts"], key))
    for level, numbered in levels.items():
        if sorted(number for number, _ in numbered) != list(range(1, len(numbered) + 1)):
            yield Finding(f"attempts at {level} are not 1, 2, 3...: {sorted(numbered)}")
        yield from _disordered(
            Booking(number, bookings[key].begun, bookings[key].known, bookings[key].calls)
            for number, key in numbered
            if key in bookings
        )


def _totals_that_never_stood(
    truth: Truth, bookings: dict[Key, Booking], entries: dict[int, Booking]
) -> Iterator[Finding]:
    """Attempts that earned nothing tell a total that was true while they were under way."""
    known: defaultdict[str, list[Booking]] = defaultdict(list)
    for seq, booking in entries.items():
        known[truth.by_seq[seq].user_id].append(booking)
    for key, row in truth.rows.items():
        if row.kind != "PROGRESS" or row.answer["xp_earned"] or key not in bookings:
            continue
        booking = bookings[key]
        before = max(
            (earlier.position for earlier in known[row.user_id] if earlier.known < booking.begun),
            default=0,
        )
        stood = {standing.xp for standing in truth.stood(row.user_id, before, booking.known)}
        if row.answer["total_xp"] not in stood:
            yield Finding(
                f"answered a total of {row.answer['total_xp']}, while it was one of {stood}",
                booking.calls,
            )


def _disordered_batches(history: History, truth: Truth) -> Iterator[Finding]:
    """Items of one learner in one batch are booked in the order given."""
    last: dict[tuple[int, str], tuple[int, Call]] = {}
    for call in history.calls:
        answer = call.answer
        if not call.batch or not isinstance(answer, SubmitProgressResponse) or answer.replayed:
            continue
        for entry in truth.entries_of.get(call.key, []):
            seq, earlier = last.get((call.batch, entry.user_id), (0, call))
            if entry.seq < seq:
                yield Finding("items of a batch were booked out of order", (earlier, call))
            last[call.batch, entry.user_id] = (entry.seq, call)
