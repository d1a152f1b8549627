"""What must be true: the rules of the game once more, kept in memory in the plainest way.

Shares the product's words for what is asked and for the reasons of a refusal, and none of its
rules. Only the times come from the database: a line of the ledger is believed to be recorded when
the ledger says so.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import Final

from laurels_server.domain.account import Adjustment, Award, Change, Reversal
from laurels_server.domain.catalog import Level
from laurels_server.domain.errors import Reason
from laurels_server.domain.progress import Submission
from laurels_server.domain.standings import Place
from laurels_server.domain.xp import XpPolicy

XP_MOST: Final = 536_870_911

_MINUTES: Final = 2**24
_EPOCH: Final = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Told:
    """What an attempt is answered with."""

    passed: bool
    completed: bool
    xp_earned: int
    total_xp: int
    best_score: int
    attempts: int
    unlocked: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """An entry of the ledger. `kind` is the product's; `reverses` the seq of another line."""

    seq: int
    user_id: str
    amount: int
    total_after: int
    kind: str
    source: str = ""
    reference: str = ""
    request_id: str = ""
    reverses: int | None = None


@dataclass(frozen=True, slots=True)
class Answered:
    """Booked, now or before: an attempt's answer, or the line that a change made."""

    by: Told | Line
    replayed: bool = False


@dataclass(frozen=True, slots=True)
class Refused:
    """Turned down; nothing changed."""

    reason: Reason


@dataclass(frozen=True, slots=True)
class Played:
    """What a learner has done on one level."""

    attempts: int = 0
    best_score: int = 0
    paid: int = 0
    completed: bool = False


@dataclass(frozen=True, slots=True)
class Standing:
    """A total, the line that made it, and when that was recorded."""

    seq: int
    xp: int
    since: datetime


@dataclass(slots=True)
class Learner:
    """A learner, and every standing there ever was."""

    key: int
    names: list[str]
    total: int = 0
    played: dict[str, Played] = field(default_factory=dict[str, Played])
    asked: dict[str, tuple[object, Told | Line]] = field(
        default_factory=dict[str, tuple[object, Told | Line]]
    )
    standings: list[Standing] = field(default_factory=lambda: [Standing(0, 0, _EPOCH)])

    def place(self, standing: Standing) -> Place | None:
        """The place that a standing holds; None for none."""
        if standing.xp == 0:
            return None
        minute = (standing.since - _EPOCH) // timedelta(minutes=1)
        return Place(standing.xp * _MINUTES + (_MINUTES - 1 - minute), self.key)

    def places_since(self, seq: int) -> set[Place | None]:
        """Every place held at some time from that line of the ledger until now."""
        later = [standing for standing in self.standings if standing.seq > seq]
        before = self.standings[-len(later) - 1]
        return {self.place(standing) for standing in (before, *later)}


class Model:
    """Learners, the ledger and nothing else."""

    def __init__(self, levels: Iterable[Level]) -> None:
        self.levels = {level.level_id: level for level in levels}
        self.learners: dict[str, Learner] = {}
        self.ledger: list[Line] = []
        self.times: list[datetime] = []

    @property
    def end(self) -> int:
        """The seq of the ledger's last line."""
        return len(self.ledger)

    def register(self, user_id: str, name: str, key: int) -> None:
        """Adds a learner; whoever registers later has the greater key."""
        assert all(key > learner.key for learner in self.learners.values())
        self.learners[user_id] = Learner(key, [name])

    def rename(self, user_id: str, name: str) -> None:
        """Gives a learner a name, which is a line of its own unless it is the same."""
        learner = self.learners[user_id]
        if learner.names[-1] != name:
            learner.names.append(name)
            self._append(Line(0, user_id, 0, learner.total, "RENAME"))

    def submit(self, asked: Submission, *, storable: bool = True) -> Answered | Refused:
        """Takes an attempt. One that is not `storable` ends as a defect unless refused before."""
        learner = self.learners.get(asked.user_id)
        if learner is None:
            return Refused(Reason.LEARNER_NOT_FOUND)
        content = replace(asked, request_id="")
        if earlier := learner.asked.get(asked.request_id):
            return _again(earlier, content)
        if refusal := self._closed(learner, asked.level_id):
            return Refused(refusal)

        level = self.levels[asked.level_id]
        before = learner.played.get(asked.level_id, Played())
        share = Fraction(asked.correct_answers, asked.total_questions)
        passed = share >= Fraction(level.pass_ratio)
        earned = _worth(level, share, before) if passed else 0
        if learner.total + earned > XP_MOST:
            return Refused(Reason.XP_OUT_OF_RANGE)
        if not storable:
            return Refused(Reason.INTERNAL)

        after = Played(
            before.attempts + 1,
            max(before.best_score, asked.score),
            before.paid + earned,
            before.completed or passed,
        )
        learner.played[asked.level_id] = after
        learner.total += earned
        told = Told(
            passed,
            after.completed,
            earned,
            learner.total,
            after.best_score,
            after.attempts,
            self._opened(learner, asked.level_id) if passed and not before.completed else (),
        )
        if earned:
            line = Line(0, asked.user_id, earned, learner.total, "LEVEL", "training")
            self._append(replace(line, reference=asked.level_id, request_id=asked.request_id))
        if asked.request_id:
            learner.asked[asked.request_id] = (content, told)
        return Answered(told)

    def change(self, asked: Change) -> Answered | Refused:
        """Takes a change to an account."""
        learner = self.learners.get(asked.user_id)
        if learner is None:
            return Refused(Reason.LEARNER_NOT_FOUND)
        content = replace(asked, request_id="")
        if earlier := learner.asked.get(asked.request_id):
            return _again(earlier, content)
        match asked:
            case Award():
                line = self._award(asked)
            case Adjustment():
                line = Line(0, asked.user_id, asked.amount, 0, "ADJUSTMENT")
            case Reversal():
                line = self._reversal(asked)
        if isinstance(line, Refused):
            return line
        if isinstance(line, Answered):
            # Another call's line answers this one, whose id is taken now, too.
            learner.asked[asked.request_id] = (content, line.by)
            return line
        total = learner.total + line.amount
        if not 0 <= total <= XP_MOST:
            return Refused(Reason.XP_OUT_OF_RANGE)
        learner.total = total
        line = self._append(replace(line, total_after=total, request_id=asked.request_id))
        learner.asked[asked.request_id] = (content, line)
        return Answered(line)

    def recorded(self, times: Sequence[datetime]) -> None:
        """Takes note of when the lines not yet timed were recorded."""
        for line, time in zip(self.ledger[len(self.times) :], times, strict=True):
            assert not self.times or time >= self.times[-1], "recorded_at went back"
            self.times.append(time)
            if line.amount:
                standing = Standing(line.seq, line.total_after, time)
                self.learners[line.user_id].standings.append(standing)

    def board(self) -> list[Place]:
        """Who stands where now, best first."""
        places = (learner.place(learner.standings[-1]) for learner in self.learners.values())
        return in_order(place for place in places if place is not None)

    def by_key(self, key: int) -> str:
        """The user_id of a learner."""
        return next(name for name, learner in self.learners.items() if learner.key == key)

    def _append(self, line: Line) -> Line:
        line = replace(line, seq=self.end + 1)
        self.ledger.append(line)
        return line

    def _closed(self, learner: Learner, level_id: str) -> Reason | None:
        level = self.levels.get(level_id)
        if level is None:
            return Reason.LEVEL_NOT_FOUND
        if level.retired:
            return Reason.LEVEL_RETIRED
        if level_id not in learner.played and not self._met(learner, level):
            return Reason.LEVEL_LOCKED
        return None

    def _met(self, learner: Learner, level: Level) -> bool:
        return all(
            self.levels[required].retired or learner.played.get(required, Played()).completed
            for required in level.prerequisite_level_ids
        )

    def _opened(self, learner: Learner, completed: str) -> tuple[str, ...]:
        """Levels that waited for this one, and for no other."""
        return tuple(
            level_id
            for level_id, level in sorted(self.levels.items())
            if completed in level.prerequisite_level_ids
            and level_id not in learner.played
            and not level.retired
            and self._met(learner, level)
        )

    def _award(self, asked: Award) -> Line | Answered | Refused:
        for line in self.ledger:
            same = (line.user_id, line.source) == (asked.user_id, asked.source)
            if same and line.kind == "AWARD" and asked.reference == line.reference != "":
                if line.amount == asked.amount:
                    return Answered(line, replayed=True)
                return Refused(Reason.REFERENCE_ALREADY_AWARDED)
        return Line(0, asked.user_id, asked.amount, 0, "AWARD", asked.source, asked.reference)

    def _reversal(self, asked: Reversal) -> Line | Refused:
        point = asked.point
        if point is None or not 0 < point.seq <= self.end:
            return Refused(Reason.ENTRY_NOT_FOUND)
        line = self.ledger[point.seq - 1]
        if line.user_id != asked.user_id or self.times[point.seq - 1] != point.recorded_at:
            return Refused(Reason.ENTRY_NOT_FOUND)
        taken_back = any(other.reverses == line.seq for other in self.ledger)
        if taken_back or line.reverses is not None or line.amount == 0:
            return Refused(Reason.ENTRY_NOT_REVERSIBLE)
        return replace(line, amount=-line.amount, kind="REVERSAL", reverses=line.seq)


def in_order(places: Iterable[Place]) -> list[Place]:
    """Places, best first; of equals, who registered later."""
    return sorted(places, key=lambda place: (place.rank_key, place.learner_key), reverse=True)


def xp_of(place: Place) -> int:
    """The XP that a place is held with."""
    return place.rank_key // _MINUTES


def reached_at(place: Place) -> datetime:
    """The minute at which it was reached."""
    return _EPOCH + timedelta(minutes=_MINUTES - 1 - place.rank_key % _MINUTES)


def _again(earlier: tuple[object, Told | Line], content: object) -> Answered | Refused:
    if earlier[0] != content:
        return Refused(Reason.REQUEST_ID_REUSED)
    return Answered(earlier[1], replayed=True)


def _worth(level: Level, share: Fraction, before: Played) -> int:
    """What a passing attempt earns: the reward once, or what improves on what was paid."""
    if level.xp_policy is XpPolicy.FIRST_PASS:
        return 0 if before.completed else level.xp_reward
    return max(0, math.floor(level.xp_reward * share + Fraction(1, 2)) - before.paid)
