"""What clients ask for: every kind of write, repeats, contradictions, mistakes and reads.

All of it comes from a seed. Only what can be known no sooner, entries to reverse and tokens to
read with, comes from earlier answers.
"""

import random
from collections.abc import Callable
from typing import Final

from laurels.v1.catalog_service_pb2 import (
    XP_POLICY_BEST_SCORE,
    XP_POLICY_FIRST_PASS,
    Level,
    UpsertLevelsRequest,
)
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import SubmitProgressRequest, SubmitProgressResponse
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels.v1.xp_service_pb2 import AdjustXpRequest, AwardXpRequest, ReverseXpEntryRequest
from tests.calls import Calls
from tests.faults.history.calls import CHANGED, Call, Request, Write

_RUNNERS: Final = [f"runner-{number:02d}" for number in range(1, 21)]
_SWAYING: Final = [f"swaying-{number}" for number in range(1, 5)]
"""Learners who go up and down between 0 XP and little more: on the board and off it."""

LEARNERS: Final = [*_RUNNERS, *_SWAYING]

_FIRST: Final = [f"first-{number}" for number in range(1, 31)]
_BEST: Final = [f"best-{number}" for number in range(1, 7)]
_CHAIN: Final = [f"chain-{number}" for number in range(1, 7)]
_LEVELS: Final = [*_FIRST, *_BEST, *_CHAIN]

_ALL: Final = 1000
"""A page that has room for everybody."""

_REMEMBERED: Final = 200
"""Of its own writes, how many a client may come back to."""


async def register(calls: Calls) -> None:
    """Makes the levels and the learners that are asked about."""
    levels = [
        Level(level_id=level_id, position=position, xp_reward=10 + position, pass_ratio=0.6)
        for position, level_id in enumerate(_LEVELS)
    ]
    for level in levels:
        best = level.level_id in _BEST
        level.xp_policy = XP_POLICY_BEST_SCORE if best else XP_POLICY_FIRST_PASS
    for before, level in zip(_CHAIN, levels[-len(_CHAIN) + 1 :], strict=False):
        level.prerequisite_level_ids.append(before)
    await calls.catalog.UpsertLevels(UpsertLevelsRequest(levels=levels))
    users = [User(user_id=user_id, display_name=user_id.title()) for user_id in LEARNERS]
    await calls.users.UpsertUsers(UpsertUsersRequest(users=users))


class Asks:
    """What one client asks, one thing after the other."""

    def __init__(self, client: str, seed: str) -> None:
        self._client = client
        self._seed = seed
        self._asked = 0
        self._ids = 0
        self._mine: list[Write] = []
        self._entries: list[tuple[str, str]] = []
        self._token = ""
        self._newest_token = ""
        self.chance = random.Random(seed)
        self._ways: list[tuple[Callable[[], Request | list[SubmitProgressRequest]], int]] = [
            (self._submit, 32),
            (self._batch, 6),
            (self._award, 10),
            (self._adjust, 9),
            (self._reverse, 6),
            (self._rename, 4),
            (self._repeat, 9),
            (self._contradiction, 4),
            (self._mistake, 3),
            (self._page, 18),
            (self._standing, 9),
        ]

    def next(self, newest_token: str) -> Request | list[SubmitProgressRequest]:
        """The next thing to ask; a list is one batch. The token is the newest of all clients."""
        # Drawn anew, so that a draw that depends on answers does not shift those after it.
        self._asked += 1
        self.chance = random.Random(f"{self._seed}:{self._asked}")
        self._newest_token = newest_token
        ways = [way for way, _ in self._ways]
        [way] = self.chance.choices(ways, [weight for _, weight in self._ways])
        asked = way()
        for write in asked if isinstance(asked, list) else [asked]:
            if not isinstance(
                write, UpsertUsersRequest | GetLeaderboardRequest | GetStandingRequest
            ):
                self._mine = [*self._mine[-_REMEMBERED:], write]
        return asked

    def learn(self, call: Call) -> None:
        """Takes from an answer what later calls can refer to."""
        if isinstance(call.answer, CHANGED):
            entry = call.answer.entry
            self._entries = [*self._entries[-_REMEMBERED:], (entry.user_id, entry.entry_id)]
        if isinstance(call.answer, (SubmitProgressResponse, *CHANGED)):
            self._token = call.answer.consistency_token

    def _id(self) -> str:
        self._ids += 1
        return f"{self._client}-{self._ids}"

    def _submit(self) -> SubmitProgressRequest:
        return SubmitProgressRequest(
            request_id=self._id(),
            user_id=self.chance.choice(_RUNNERS),
            level_id=self.chance.choice(_LEVELS),
            score=self.chance.randint(0, 100),
            total_questions=10,
            correct_answers=self.chance.randint(4, 10),
            time_spent_seconds=self.chance.randint(1, 90),
        )

    def _batch(self) -> list[SubmitProgressRequest]:
        """Few learners, so that their order counts; mistakes, repeats and contradictions within."""
        learners = self.chance.sample(_RUNNERS, 2)
        batch: list[SubmitProgressRequest] = []
        for _ in range(self.chance.randint(3, 8)):
            item = self._submit()
            item.user_id = self.chance.choice(learners)
            what = self.chance.random()
            if what < 0.2:
                _spoil(item, self.chance)
            elif what < 0.3 and batch:
                item.CopyFrom(self.chance.choice(batch))
            elif what < 0.4 and batch:
                item.CopyFrom(self.chance.choice(batch))
                item.score += 1
            batch.append(item)
        return batch

    def _award(self) -> AwardXpRequest:
        reference = f"quiz-{self.chance.randint(1, 40)}" if self.chance.random() < 0.5 else ""
        # Mostly the amount that this quiz is worth; another one is refused.
        worth = 5 * (1 + len(reference) % 3)
        amount = (
            worth if reference and self.chance.random() < 0.8 else 5 * self.chance.randint(1, 8)
        )
        return AwardXpRequest(
            request_id=self._id(),
            user_id=self.chance.choice(_RUNNERS),
            amount=amount,
            source="quiz",
            reference=reference,
            reason="a quiz",
        )

    def _adjust(self) -> AdjustXpRequest:
        if self.chance.random() < 0.4:
            user_id, amount = self.chance.choice(_SWAYING), self.chance.choice([-10, 10])
        else:
            user_id = self.chance.choice(_RUNNERS)
            amount = self.chance.choice([-20_000, *range(-60, 0, 5), *range(5, 65, 5)])
        return AdjustXpRequest(
            request_id=self._id(),
            user_id=user_id,
            amount=amount,
            reason="counted wrong",
            actor=self._client,
        )

    def _reverse(self) -> ReverseXpEntryRequest | AdjustXpRequest:
        if not self._entries:
            return self._adjust()
        user_id, entry_id = self.chance.choice(self._entries)
        return ReverseXpEntryRequest(
            request_id=self._id(),
            user_id=user_id,
            entry_id=entry_id,
            reason="not theirs",
            actor=self._client,
        )

    def _rename(self) -> UpsertUsersRequest:
        user = User(user_id=self.chance.choice(LEARNERS), display_name=f"Runner {self._id()}")
        request = UpsertUsersRequest(users=[user])
        request.update_mask.paths.append("display_name")
        return request

    def _repeat(self) -> Write:
        return self.chance.choice(self._mine) if self._mine else self._submit()

    def _contradiction(self) -> Write:
        """Other content under an earlier id."""
        earlier = self._repeat()
        if isinstance(earlier, SubmitProgressRequest) and self.chance.random() < 0.5:
            other = SubmitProgressRequest()
            other.CopyFrom(earlier)
            other.time_spent_seconds += 100
            return other
        other = self._adjust()
        other.user_id, other.request_id = earlier.user_id, earlier.request_id
        return other

    def _mistake(self) -> SubmitProgressRequest:
        request = self._submit()
        _spoil(request, self.chance)
        return request

    def _some_token(self) -> str:
        return self.chance.choice(["", self._token, self._newest_token])

    def _page(self) -> GetLeaderboardRequest:
        return GetLeaderboardRequest(page_size=_ALL, consistency_token=self._some_token())

    def _standing(self) -> GetStandingRequest:
        return GetStandingRequest(
            user_id=self.chance.choice(LEARNERS),
            neighbors=self.chance.choice([0, 3, 50]),
            consistency_token=self._some_token(),
        )


def _spoil(request: SubmitProgressRequest, chance: random.Random) -> None:
    """Makes it something that is refused."""
    match chance.randrange(3):
        case 0:
            request.level_id = "no-such-level"
        case 1:
            request.user_id = "no-such-learner"
        case _:
            request.correct_answers = request.total_questions + 1
