"""Rules that ask for something to be booked."""

import itertools
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Final, Literal

from hypothesis import strategies as st
from hypothesis.stateful import precondition, rule

from laurels_server.domain.account import Adjustment, Award, Change, Reversal
from laurels_server.domain.errors import LaurelsError, Reason
from laurels_server.domain.ledger import Entry, LedgerPoint
from laurels_server.domain.progress import ProgressStatus, Submission
from laurels_server.usecases.booking import Receipt, Result
from tests.faults.sometimes import Sometimes
from tests.faults.state.model import XP_MOST, Answered, Line, Refused, Told
from tests.faults.state.scenario import FROM_THE_START, USERS, Scenario, at_either
from tests.faults.state.world import World

QUESTIONS: Final = 4

users = st.sampled_from([*USERS[:FROM_THE_START] * 5, *USERS])
levels = st.sampled_from(
    [
        *("open", "best", "after-open", "after-retired", "after-both") * 3,
        *("open", "best", "retired", "none"),
    ]
)
correct = st.sampled_from([4, 4, 4, 3, 2, 1, 0])
request_ids = st.sampled_from(["its own", "its own", "", "the batch's"])
amounts = st.sampled_from([5, 10, 15])
history = st.integers(0, 50)
"""Counts back from what was last asked, around and around."""

Item = tuple[str, str, int, str]
"""Who, which level, how many right answers, and which request id."""

items = st.tuples(users, levels, correct, request_ids)

Poison = Literal["unreadable id", "impossible time"]
"""What passes the rules and PostgreSQL does not take: a NUL in a text fails the batch's read, a
sum of seconds below 0 its write."""

Step = Literal["up", "down", "to zero", "below zero", "to the top", "over the top"]


class Writes(Scenario):
    """Attempts, awards and corrections: new ones, repeated ones and impossible ones."""

    def __init__(self, world: World, sometimes: Sometimes) -> None:
        super().__init__(world, sometimes)
        self.asked: list[Submission | Change] = []
        self.points: list[LedgerPoint] = []
        self._numbers = itertools.count(1)

    @rule(at=at_either, item=items)
    def submit(self, at: str, item: Item) -> None:
        self._book(at, [self._attempt(item)])

    @rule(at=at_either, batch=st.lists(items, min_size=2, max_size=6))
    def submit_batch(self, at: str, batch: list[Item]) -> None:
        shared = self._new_id()
        self._book(at, [self._attempt(item, shared) for item in batch])

    @rule(
        at=at_either,
        batch=st.lists(items, min_size=1, max_size=5),
        where=st.integers(0, 5),
        user=users,
        poison=st.sampled_from(["unreadable id", "impossible time"]),
    )
    def submit_poisoned_batch(
        self, at: str, batch: list[Item], where: int, user: str, poison: Poison
    ) -> None:
        shared = self._new_id()
        submissions = [self._attempt(item, shared) for item in batch]
        culprit = self._attempt((user, "open", 4, "its own"))
        if poison == "unreadable id":
            culprit = replace(culprit, request_id="\0")
        else:
            culprit = replace(culprit, time_spent_seconds=-1_000_000)
        submissions.insert(min(where, len(batch)), culprit)
        self._book(at, submissions, culprit)

    @rule(at=at_either, back=history, other=st.booleans(), as_attempt=st.booleans())
    @precondition(lambda self: bool(self.asked))
    def repeat(self, at: str, back: int, other: bool, as_attempt: bool) -> None:
        """Asks for something again: the same, with other content, or as another kind of call."""
        asked = self.asked[-1 - back % len(self.asked)]
        match asked:
            case Submission():
                score = asked.score + 1 if other else asked.score
                self._book(at, [replace(asked, score=score)])
            case _ if other and as_attempt:
                attempt = self._attempt((asked.user_id, "open", 4, ""))
                self._book(at, [replace(attempt, request_id=asked.request_id)])
            case _:
                reason = asked.reason + "!" if other else asked.reason
                self._change(at, replace(asked, reason=reason))

    @rule(at=at_either, user=users, amount=amounts, reference=st.sampled_from(["", "fair", "quiz"]))
    def award(self, at: str, user: str, amount: int, reference: str) -> None:
        self._change(at, Award(self._new_id(), user, amount, "games", reference, "well done"))

    @rule(at=at_either, winners=st.lists(st.tuples(users, amounts), min_size=2, max_size=5))
    def award_several(self, at: str, winners: list[tuple[str, int]]) -> None:
        for user, amount in winners:
            self._change(at, Award(self._new_id(), user, amount, "games", "", "well done"))

    @rule(
        at=at_either,
        user=users,
        step=st.sampled_from(
            ["up", "down", "to zero", "to zero", "below zero", "to the top", "over the top"]
        ),
    )
    def adjust(self, at: str, user: str, step: Step) -> None:
        total = self.model.learners[user].total if user in self.model.learners else 0
        amount = {
            "up": 10,
            "down": -10,
            "to zero": -total,
            "below zero": -total - 1,
            "to the top": XP_MOST - total,
            "over the top": XP_MOST - total + 1,
        }[step]
        # The calls refuse an adjustment by nothing before it comes here.
        change = Adjustment(self._new_id(), user, amount or 10, "a mistake", "someone")
        self._change(at, change)

    @rule(
        at=at_either,
        back=history,
        of=st.one_of(st.none(), users),
        at_another_time=st.sampled_from([False, False, False, True]),
    )
    @precondition(lambda self: bool(self.model.ledger))
    def reverse(self, at: str, back: int, of: str | None, at_another_time: bool) -> None:
        """Takes an entry back: its owner's, or one that `of` does not have."""
        line = self.model.ledger[-1 - back % self.model.end]
        recorded_at = self.model.times[line.seq - 1]
        if at_another_time:
            recorded_at -= timedelta(seconds=1)
        point = LedgerPoint(line.seq, recorded_at)
        entry_id = f"{line.seq} of {recorded_at.isoformat()}"
        user = of or line.user_id
        self._change(at, Reversal(self._new_id(), user, entry_id, point, "a mistake", "someone"))

    @rule(at=at_either, user=users, display_name=st.sampled_from(["Ada", "Ben", "Cleo"]))
    def register_or_rename(self, at: str, user: str, display_name: str) -> None:
        self.name(at, {user: display_name})

    def _new_id(self) -> str:
        return f"r{next(self._numbers)}"

    def _attempt(self, item: Item, shared: str = "") -> Submission:
        user, level, correct, request_id = item
        own = {"its own": self._new_id(), "the batch's": shared}.get(request_id, "")
        return Submission(own, user, level, 25 * correct, QUESTIONS, correct, 30)

    def _book(
        self, at: str, submissions: Sequence[Submission], culprit: Submission | None = None
    ) -> None:
        expected: list[Answered | Refused] = []
        ends: list[int] = []
        for asked in submissions:
            expected.append(self._expected(asked, poisoned=asked is culprit))
            ends.append(self.model.end)
        results = self.world.run(self.server(at).booking.book(submissions))
        assert [
            _told(result, asked) for result, asked in zip(results, submissions, strict=True)
        ] == expected
        for result, end in zip(results, ends, strict=True):
            if isinstance(result, Receipt):
                assert end <= result.included_by.seq <= self.model.end
                self.points.append(result.included_by)
        self.asked += [asked for asked in submissions if asked is not culprit]
        for outcome in expected:
            self._note(outcome)
        if Refused(Reason.INTERNAL) in expected and any(isinstance(r, Receipt) for r in results):
            self.sometimes.saw("a culprit alone, the others booked")

    def _expected(self, asked: Submission, *, poisoned: bool) -> Answered | Refused:
        if poisoned and "\0" in asked.request_id:
            return Refused(Reason.INTERNAL)
        return self.model.submit(asked, storable=not poisoned)

    def _change(self, at: str, asked: Change) -> None:
        expected = self.model.change(asked)
        try:
            booked = self.world.run(self.server(at).accounts.change(asked))
        except LaurelsError as refusal:
            told = Refused(refusal.reason)
        else:
            told = Answered(_line(booked.entry, asked), booked.replayed)
            assert booked.entry.point.seq <= booked.included_by.seq == self.model.end
            self.points.append(booked.included_by)
        assert told == expected
        self.asked.append(asked)
        self._note(expected)

    def _note(self, outcome: Answered | Refused) -> None:
        if isinstance(outcome, Refused):
            self.sometimes.saw(f"refused: {outcome.reason}")
        elif outcome.replayed:
            self.sometimes.saw("replayed")


def _told(result: Result, asked: Submission) -> Answered | Refused:
    """What an attempt was answered with."""
    if isinstance(result, LaurelsError):
        return Refused(result.reason)
    assert isinstance(result, Receipt)
    answer = result.outcome.answer
    assert answer.status in (ProgressStatus.IN_PROGRESS, ProgressStatus.COMPLETED)
    assert (
        *(answer.request_id, answer.user_id, answer.level_id),
        *(answer.score, answer.correct_answers, answer.total_questions),
    ) == (
        *(asked.request_id, asked.user_id, asked.level_id),
        *(asked.score, asked.correct_answers, asked.total_questions),
    )
    told = Told(
        answer.passed,
        answer.status is ProgressStatus.COMPLETED,
        answer.xp_earned,
        answer.total_xp,
        answer.best_score,
        answer.attempts,
        answer.unlocked_level_ids,
    )
    return Answered(told, result.outcome.replayed)


def _line(entry: Entry, asked: Change) -> Line:
    """The line of the ledger that a change was answered with."""
    return Line(
        entry.point.seq,
        asked.user_id,
        entry.amount,
        entry.total_after,
        entry.kind.value,
        entry.source,
        entry.reference,
        entry.request_id,
        entry.reverses and entry.reverses.seq,
    )
