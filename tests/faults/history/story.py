"""A short history in which every promise is kept, made by hand: to break, and see it noticed."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any, Final

from laurels.v1.leaderboard_service_pb2 import (
    LEADERBOARD_SOURCE_REDIS,
    GetLeaderboardRequest,
    GetLeaderboardResponse,
    GetStandingRequest,
    GetStandingResponse,
    LeaderboardEntry,
)
from laurels.v1.progress_service_pb2 import (
    PROGRESS_STATUS_COMPLETED,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from laurels.v1.user_service_pb2 import UpsertUsersRequest, UpsertUsersResponse, User
from laurels.v1.xp_service_pb2 import (
    AdjustXpRequest,
    AdjustXpResponse,
    AwardXpRequest,
    AwardXpResponse,
    XpEntry,
    XpEntryKind,
)
from laurels_server.domain.ledger import LEDGER_START, LedgerPoint
from laurels_server.rpc.tokens import consistency_token, entry_id
from tests.faults.history.calls import Answer, Call, History, Request
from tests.faults.history.truth import Entry, Level, Row, Truth

BEGINNING: Final = 1_800_000_000.0
"""A whole minute; the times below are seconds after it."""

ANNA, BELA, CARL = "anna", "bela", "carl"


class Story:
    """What was called, under names to find it by, and what is stored."""

    def __init__(self) -> None:
        self.calls: dict[str, Call] = {}
        self.entries: dict[int, Entry] = {}
        self.rows: dict[tuple[str, str], Row] = {}
        self.progress: dict[tuple[str, str], Level] = {}
        _tell(self)

    @property
    def history(self) -> History:
        return History(list(self.calls.values()))

    @property
    def truth(self) -> Truth:
        return Truth(
            learner_keys={ANNA: 1, BELA: 2, CARL: 3},
            entries=list(self.entries.values()),
            rows=list(self.rows.values()),
            progress=self.progress,
            first_names={ANNA: "Anna", BELA: "Bela", CARL: "Carl"},
        )

    def call(
        self,
        name: str,
        invoked: float,
        completed: float,
        request: Request,
        answer: Answer | None = None,
        *,
        code: str = "",
        refused: str = "",
        batch: int = 0,
        retries: int = 0,
    ) -> Call:
        """Adds a call; `refused` is the reason of a definite failure."""
        call = Call(len(self.calls) + 1, "c1", 0, request, BEGINNING + invoked)
        call.completed = BEGINNING + completed
        call.answer = answer
        call.code, call.reason, call.definite = code, refused, bool(refused)
        call.batch, call.retries = batch, retries
        self.calls[name] = call
        return call

    def enter(
        self, seq: int, at: float, user_id: str, amount: int, total: int, **rest: Any
    ) -> None:
        self.entries[seq] = Entry(seq, user_id, amount, total, recorded_at=BEGINNING + at, **rest)

    def book(self, request: SubmitProgressRequest, answer: SubmitProgressResponse) -> None:
        """Stores an attempt as the server would, but for its entry."""
        inputs = {
            "level_id": request.level_id,
            "score": request.score,
            "total_questions": request.total_questions,
            "correct_answers": request.correct_answers,
            "time_spent_seconds": request.time_spent_seconds,
        }
        kept = {
            "request_id": answer.request_id,
            "status": "COMPLETED",
            "xp_earned": answer.xp_earned,
            "total_xp": answer.total_xp,
            "attempts": answer.attempts,
        }
        key = (request.user_id, request.request_id)
        self.rows[key] = Row(*key, "PROGRESS", inputs, kept)
        level = self.progress.get((request.user_id, request.level_id), Level(0, 0, 0))
        self.progress[request.user_id, request.level_id] = Level(
            level.attempts + 1,
            max(level.best_score, request.score),
            level.xp_paid + answer.xp_earned,
        )

    def change_entry(self, seq: int, **facts: Any) -> None:
        self.entries[seq] = replace(self.entries[seq], **facts)

    def change_row(self, user_id: str, request_id: str, **answer: Any) -> None:
        row = self.rows[user_id, request_id]
        self.rows[user_id, request_id] = replace(row, answer={**row.answer, **answer})

    def point(self, seq: int) -> LedgerPoint:
        if not seq:
            return LEDGER_START
        recorded_at = datetime.fromtimestamp(self.entries[seq].recorded_at, UTC)
        return LedgerPoint(seq, recorded_at)

    def token(self, seq: int) -> str:
        return consistency_token(self.point(seq))

    def shown(self, seq: int) -> XpEntry:
        """An entry as it is answered."""
        entry = self.entries[seq]
        shown = XpEntry(
            entry_id=entry_id(self.point(seq)),
            user_id=entry.user_id,
            amount=entry.amount,
            total_after=entry.total_after,
            kind=XpEntryKind.Value(f"XP_ENTRY_KIND_{entry.kind}"),
            source=entry.source,
            reference=entry.reference,
            request_id=entry.request_id,
            actor=entry.actor,
            reason=entry.reason,
        )
        shown.recorded_at.FromDatetime(self.point(seq).recorded_at)
        return shown


def attempt(user_id: str, request_id: str, level_id: str, score: int = 80) -> SubmitProgressRequest:
    return SubmitProgressRequest(
        request_id=request_id,
        user_id=user_id,
        level_id=level_id,
        score=score,
        total_questions=10,
        correct_answers=10,
    )


def answer_to(
    request: SubmitProgressRequest,
    earned: int,
    total: int,
    token: str,
    *,
    attempts: int = 1,
    replayed: bool = False,
) -> SubmitProgressResponse:
    return SubmitProgressResponse(
        request_id=request.request_id,
        user_id=request.user_id,
        level_id=request.level_id,
        status=PROGRESS_STATUS_COMPLETED,
        xp_earned=earned,
        total_xp=total,
        attempts=attempts,
        replayed=replayed,
        consistency_token=token,
    )


def placed(
    position: int, user_id: str, xp: int, name: str = "", *, minute: int = 0, rank: int = 0
) -> LeaderboardEntry:
    """An entry of a board; the minute counts from the beginning."""
    entry = LeaderboardEntry(
        position=position,
        rank=rank or position,
        user_id=user_id,
        display_name=name or user_id.title(),
        xp=xp,
    )
    entry.reached_at.FromSeconds(int(BEGINNING) + 60 * minute)
    return entry


def page(as_of: float, entries: Iterable[LeaderboardEntry]) -> GetLeaderboardResponse:
    shown = list(entries)
    answer = GetLeaderboardResponse(
        entries=shown, total_entries=len(shown), source=LEADERBOARD_SOURCE_REDIS
    )
    answer.as_of.FromMicroseconds(int((BEGINNING + as_of) * 1e6))
    return answer


def place(
    as_of: float,
    entry: LeaderboardEntry,
    *,
    above: Iterable[LeaderboardEntry] = (),
    below: Iterable[LeaderboardEntry] = (),
    total: int = 2,
) -> GetStandingResponse:
    answer = GetStandingResponse(
        entry=entry,
        placed=entry.position > 0,
        neighbors_above=above,
        neighbors_below=below,
        total_entries=total,
        source=LEADERBOARD_SOURCE_REDIS,
    )
    answer.as_of.FromMicroseconds(int((BEGINNING + as_of) * 1e6))
    return answer


def _tell(story: Story) -> None:
    _tell_of_attempts(story)
    _tell_of_changes(story)
    _tell_of_batches_and_failures(story)
    _tell_of_boards(story)


def _tell_of_attempts(story: Story) -> None:
    first = attempt(ANNA, "a-1", "easy")
    story.enter(1, 1.1, ANNA, 10, 10, kind="LEVEL", request_id="a-1", reference="easy")
    story.call("first", 1.0, 1.2, first, answer_to(first, 10, 10, story.token(1)))
    story.book(first, answer_to(first, 10, 10, ""))

    second = attempt(ANNA, "a-2", "easy")
    answer = answer_to(second, 0, 10, story.token(1), attempts=2)
    story.call("second", 2.0, 2.2, second, answer)
    story.book(second, answer)

    again = answer_to(first, 10, 10, story.token(1), replayed=True)
    story.call("repeat", 2.5, 2.6, first, again)
    other = attempt(ANNA, "a-1", "easy", score=79)
    story.call("reused", 2.7, 2.8, other, code="ALREADY_EXISTS", refused="REQUEST_ID_REUSED")


def _tell_of_changes(story: Story) -> None:
    facts = {"source": "quiz", "reference": "q-1", "reason": "a quiz"}
    story.enter(2, 3.1, BELA, 20, 20, kind="AWARD", request_id="b-1", **facts)
    story.rows[BELA, "b-1"] = Row(BELA, "b-1", "AWARD")
    story.rows[BELA, "b-2"] = Row(BELA, "b-2", "AWARD", answered_by=2)
    for name, at, replayed in (("b-1", 3.0, False), ("b-2", 4.0, True)):
        award = AwardXpRequest(request_id=name, user_id=BELA, amount=20, **facts)
        answer = AwardXpResponse(
            entry=story.shown(2), total_xp=20, replayed=replayed, consistency_token=story.token(2)
        )
        story.call("award" if name == "b-1" else "same reference", at, at + 0.2, award, answer)

    lost = attempt(BELA, "b-3", "easy")
    story.enter(3, 5.5, BELA, 10, 30, kind="LEVEL", request_id="b-3", reference="easy")
    story.call("lost answer", 5.0, 6.0, lost, code="UNAVAILABLE")
    answer = answer_to(lost, 10, 30, story.token(3), replayed=True)
    story.call("retry", 7.0, 7.2, lost, answer, retries=story.calls["lost answer"].number)
    story.book(lost, answer)

    why = {"reason": "counted wrong", "actor": "carol"}
    down = AdjustXpRequest(request_id="a-5", user_id=ANNA, amount=-4, **why)
    story.enter(4, 8.1, ANNA, -4, 6, kind="ADJUSTMENT", request_id="a-5", **why)
    story.rows[ANNA, "a-5"] = Row(ANNA, "a-5", "ADJUSTMENT")
    adjusted = AdjustXpResponse(entry=story.shown(4), total_xp=6, consistency_token=story.token(4))
    story.call("down", 8.0, 8.2, down, adjusted)
    never = AdjustXpRequest(request_id="a-6", user_id=ANNA, amount=5, **why)
    story.call("never booked", 8.5, 9.5, never, code="DEADLINE_EXCEEDED")

    user = User(user_id=ANNA, display_name="Annabel")
    story.enter(5, 9.7, ANNA, 0, 6, kind="RENAME", name="Annabel")
    renamed = UpsertUsersResponse(users=[user])
    story.call("rename", 9.6, 9.8, UpsertUsersRequest(users=[user]), renamed)


def _tell_of_batches_and_failures(story: Story) -> None:
    one, two = attempt(BELA, "b-6", "hard"), attempt(BELA, "b-7", "harder")
    story.enter(6, 10.1, BELA, 10, 40, kind="LEVEL", request_id="b-6", reference="hard")
    story.enter(7, 10.1, BELA, 10, 50, kind="LEVEL", request_id="b-7", reference="harder")
    batch = len(story.calls) + 1
    for name, item, total in (("one", one, 40), ("two", two, 50)):
        answer = answer_to(item, 10, total, story.token(7))
        story.call(name, 10.0, 10.2, item, answer, batch=batch)
        story.book(item, answer)
    unknown = attempt(ANNA, "a-8", "no-such-level")
    story.call("refused", 11.0, 11.1, unknown, code="NOT_FOUND", refused="LEVEL_NOT_FOUND")


def _tell_of_boards(story: Story) -> None:
    now = [placed(1, BELA, 50), placed(2, ANNA, 6, "Annabel")]
    story.call("page", 12.0, 12.2, GetLeaderboardRequest(), page(12.1, now))
    # Made before the retry was answered: it need not show what that booked, nor what came later.
    then = [placed(1, BELA, 20), placed(2, ANNA, 10)]
    story.call("old page", 12.3, 12.4, GetLeaderboardRequest(), page(6.5, then))
    asked = GetLeaderboardRequest(consistency_token=story.token(7))
    story.call("page with token", 12.5, 12.6, asked, page(6.5, now))
    wanted = GetStandingRequest(user_id=ANNA, neighbors=3)
    beside = place(12.7, now[1], above=now[:1])
    story.call("place", 12.7, 12.8, wanted, beside)
    absent = LeaderboardEntry(user_id=CARL, display_name="Carl")
    story.call("no place", 12.9, 13.0, GetStandingRequest(user_id=CARL), place(12.9, absent))
