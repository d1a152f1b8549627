"""Who submits what: the same learners, levels and attempts for every server.

Every attempt passes a level for the first time and so pays, which is the dearest case on all sides.
Levels come in units, as in the academy: within a unit each level requires the one before. Every
measurement walks a unit of its own, so it finds all learners at the unit's beginning whatever was
measured before.
"""

from collections.abc import Iterator, Sequence

from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import SubmitProgressRequest

UNIT_LEVELS = 40
LEVEL_XP = 15
QUESTIONS = 5
BATCH_ITEMS = 500
PAGE_ENTRIES = 100
PAGE_REQUEST = GetLeaderboardRequest(page_size=PAGE_ENTRIES)

PLACEMENT_LEVEL = "placement"
"""Places every learner before anything is measured: its XP differs from learner to learner."""

PLACEMENT_QUESTIONS = 100
PLACEMENT_XP = 1000

_GROUP = 25
"""Learners that one caller has under way at a time."""

_ACTIVE = 50_000


def user_id(learner: int) -> str:
    """The id of a learner, by number."""
    return f"learner-{learner:06d}"


def display_name(learner: int) -> str:
    """A name of ordinary length."""
    return f"Learner {learner:06d} of the Falcon troop"


def level_id(unit: int, number: int) -> str:
    """The id of a level; `number` counts from 1."""
    return f"puk_u{unit}_l{number}"


def request_id(unit: int, learner: int, number: int) -> str:
    """An id as long as a UUID, unique for each attempt."""
    return f"{unit:08x}-{learner:012x}-{number:014x}"


def active(learners: int) -> range:
    """Who submits and asks: everyone of a few, of many 50,000 spread over all."""
    return range(1, learners + 1, max(1, learners // _ACTIVE))


def placement_correct(learner: int) -> int:
    """How many of the placement's questions a learner answers, 1 to all of them."""
    return 1 + learner * 37 % PLACEMENT_QUESTIONS


def placement_xp(learner: int) -> int:
    """What the placement is worth to a learner."""
    return PLACEMENT_XP * placement_correct(learner) // PLACEMENT_QUESTIONS


def placements(learners: Sequence[int]) -> list[SubmitProgressRequest]:
    """The placement of each learner."""
    return [
        SubmitProgressRequest(
            request_id=request_id(0, learner, 0),
            user_id=user_id(learner),
            level_id=PLACEMENT_LEVEL,
            score=placement_correct(learner),
            total_questions=PLACEMENT_QUESTIONS,
            correct_answers=placement_correct(learner),
            time_spent_seconds=600,
        )
        for learner in learners
    ]


def walk(unit: int, learners: Sequence[int], at_once: int = 1) -> Iterator[SubmitProgressRequest]:
    """One caller's attempts: its learners through a unit, level by level, a group at a time.

    Attempts of one learner are at least `at_once` apart, as far as there are learners enough.
    """
    group = max(_GROUP, at_once)
    for first in range(0, len(learners), group):
        for number in range(1, UNIT_LEVELS + 1):
            for learner in learners[first : first + group]:
                yield SubmitProgressRequest(
                    request_id=request_id(unit, learner, number),
                    user_id=user_id(learner),
                    level_id=level_id(unit, number),
                    score=100,
                    total_questions=QUESTIONS,
                    correct_answers=QUESTIONS,
                    time_spent_seconds=30 + learner % 90,
                )


def standings(learners: Sequence[int]) -> list[GetStandingRequest]:
    """A question for each learner's place."""
    return [GetStandingRequest(user_id=user_id(learner)) for learner in learners]
