"""Pages and places are complete up to their `as_of`, in order, and show only what was booked."""

import bisect
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from google.protobuf.timestamp_pb2 import Timestamp

from laurels.v1.leaderboard_service_pb2 import (
    GetLeaderboardRequest,
    GetLeaderboardResponse,
    GetStandingRequest,
    GetStandingResponse,
    LeaderboardEntry,
)
from laurels.v1.progress_service_pb2 import SubmitProgressResponse
from laurels_server.rpc.tokens import read_consistency_token
from tests.faults.history.calls import CHANGED, Call, Finding, History, named_seq
from tests.faults.history.truth import Truth


class Acknowledged:
    """How far the ledger was known to go, by time."""

    def __init__(self, history: History, truth: Truth) -> None:
        points: list[tuple[float, int]] = []
        for call in history.calls:
            if isinstance(call.answer, SubmitProgressResponse):
                entries = truth.entries_of.get(call.key, [])
                points += [(call.completed, entry.seq) for entry in entries]
            elif isinstance(call.answer, CHANGED):
                points.append((call.completed, named_seq(call.answer.entry.entry_id)))
        points.sort()
        self._times = [completed for completed, _ in points]
        self._furthest: list[int] = []
        for _, seq in points:
            self._furthest.append(max(seq, self._furthest[-1] if self._furthest else 0))

    def before(self, moment: float) -> int:
        """The last entry acknowledged before then. Those before it were committed before it."""
        count = bisect.bisect_left(self._times, moment)
        return self._furthest[count - 1] if count else 0


@dataclass(frozen=True, slots=True)
class _Board:
    """A run of entries that was answered, whichever call asked for it."""

    call: Call
    entries: Sequence[LeaderboardEntry]
    total: int
    must_include: int
    """The entry of the ledger up to which it must be complete."""

    @property
    def is_whole(self) -> bool:
        return len(self.entries) == self.total


def check_boards(history: History, truth: Truth) -> list[Finding]:
    """Holds every page and every standing to what `as_of` and the tokens promise."""
    known = Acknowledged(history, truth)
    found: list[Finding] = []
    for call in history.calls:
        if isinstance(call.answer, GetLeaderboardResponse):
            found += _page(call, call.answer, known, truth)
        elif isinstance(call.answer, GetStandingResponse):
            found += _standing(call, call.answer, known, truth)
        else:
            continue
        if _seconds(call.answer.as_of) > call.completed:
            found.append(Finding("its as_of lies in the future", (call,)))
    return found


def _page(
    call: Call, page: GetLeaderboardResponse, known: Acknowledged, truth: Truth
) -> Iterator[Finding]:
    board = _board(call, page, page.entries, known)
    if not board.is_whole or page.next_page_token:
        yield Finding(f"half-built: {len(page.entries)} entries of {page.total_entries}", (call,))
    yield from _run(board, truth)


def _standing(
    call: Call, standing: GetStandingResponse, known: Acknowledged, truth: Truth
) -> Iterator[Finding]:
    assert isinstance(call.request, GetStandingRequest)
    entry = standing.entry
    if entry.user_id != call.request.user_id:
        yield Finding(f"the standing of {entry.user_id}", (call,))
        return
    if not standing.placed:
        board = _board(call, standing, [entry], known)
        if entry.xp or entry.position or entry.rank:
            yield Finding("not placed, yet with XP or a place", (call,))
        yield from _untrue(board, entry, truth)
        return
    above, below = standing.neighbors_above, standing.neighbors_below
    wanted = call.request.neighbors
    if (len(above), len(below)) != (
        min(wanted, entry.position - 1),
        min(wanted, standing.total_entries - entry.position),
    ):
        counts = f"{len(above)} above and {len(below)} below"
        yield Finding(
            f"half-built: {counts} place {entry.position} of {standing.total_entries}", (call,)
        )
    yield from _run(_board(call, standing, [*above, entry, *below], known), truth)


def _board(
    call: Call,
    answer: GetLeaderboardResponse | GetStandingResponse,
    entries: Sequence[LeaderboardEntry],
    known: Acknowledged,
) -> _Board:
    assert isinstance(call.request, GetLeaderboardRequest | GetStandingRequest)
    included = read_consistency_token(call.request.consistency_token)
    must_include = max(
        known.before(_seconds(answer.as_of)), 0 if included is None else included.seq
    )
    return _Board(call, entries, answer.total_entries, must_include)


def _run(board: _Board, truth: Truth) -> Iterator[Finding]:
    """What is wrong with consecutive entries."""
    call, entries = board.call, board.entries
    shown = {entry.user_id for entry in entries}
    if len(shown) != len(entries):
        yield Finding("a learner stands twice", (call,))
    if strangers := shown - truth.learner_keys.keys():
        yield Finding(f"shows {strangers}, whom nobody registered", (call,))
        return
    yield from _disordered(board, truth)
    for entry in entries:
        yield from _untrue(board, entry, truth)
    if board.is_whole:
        yield from _missing(board, shown, truth)


def _disordered(board: _Board, truth: Truth) -> Iterator[Finding]:
    entries = board.entries
    if entries and entries[0].position == 1 and entries[0].rank != 1:
        yield Finding("the first has not rank 1", (board.call,))
    for one, next_one in pairwise(entries):
        if next_one.position != one.position + 1:
            yield Finding(f"place {next_one.position} after {one.position}", (board.call,))
        rank = one.rank if next_one.xp == one.xp else next_one.position
        if next_one.rank != rank:
            yield Finding(f"{next_one.user_id} has rank {next_one.rank}, not {rank}", (board.call,))
        if _place(one, truth) >= _place(next_one, truth):
            yield Finding(f"{next_one.user_id} stands below {one.user_id}", (board.call,))
    if board.is_whole and entries and entries[0].position != 1:
        yield Finding(f"the first has place {entries[0].position}", (board.call,))


def _place(entry: LeaderboardEntry, truth: Truth) -> tuple[int, int, int]:
    """Smaller is better: more XP, then who reached it earlier, then who registered later."""
    minute = _minute(entry.reached_at) if entry.HasField("reached_at") else 0
    return -entry.xp, minute, -truth.learner_keys[entry.user_id]


def _untrue(board: _Board, entry: LeaderboardEntry, truth: Truth) -> Iterator[Finding]:
    """XP that the learner did not have at the entry it must include, nor since."""
    user_id, until = entry.user_id, board.call.completed
    stood = truth.stood(user_id, board.must_include, until)
    minute = _minute(entry.reached_at) if entry.HasField("reached_at") else None
    if (entry.xp, minute) not in {(standing.xp, standing.minute) for standing in stood}:
        had = ", ".join(
            f"{standing.xp} of {_clock(standing.minute)} (entry {standing.seq})"
            for standing in stood
        )
        yield Finding(
            f"{user_id} shown with {entry.xp} XP of {_clock(minute)}; it must include entry "
            f"{board.must_include}, and the learner had since then: {had}",
            (board.call,),
        )
    since = truth.names.get(user_id, {}).get(entry.display_name)
    if since is None or since > until:
        yield Finding(f"{user_id} shown as {entry.display_name!r}, never its name", (board.call,))


def _missing(board: _Board, shown: set[str], truth: Truth) -> Iterator[Finding]:
    for user_id in truth.learner_keys.keys() - shown:
        stood = truth.stood(user_id, board.must_include, board.call.completed)
        if all(standing.xp for standing in stood):
            yield Finding(
                f"{user_id} is missing, with {stood[0].xp} XP since entry {stood[0].seq}; "
                f"it must include entry {board.must_include}",
                (board.call,),
            )


def _seconds(moment: Timestamp) -> float:
    return moment.ToMicroseconds() / 1e6


def _minute(moment: Timestamp) -> int:
    return moment.seconds // 60


def _clock(minute: int | None) -> str:
    return "no time" if minute is None else f"{minute // 60 % 24:02}:{minute % 60:02}"
