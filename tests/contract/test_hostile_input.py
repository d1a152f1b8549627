"""Fields beyond their limits: INVALID_ARGUMENT, the field named, nothing written."""

import math
from collections.abc import Mapping, Sequence
from typing import TypeVar

import pytest
from google.protobuf.field_mask_pb2 import FieldMask
from google.protobuf.message import Message

from laurels.v1.catalog_service_pb2 import (
    Level,
    ListLevelsRequest,
    UpsertLevelsRequest,
)
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    ListProgressRequest,
    SubmitProgressRequest,
)
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from tests.calls import attempt, refusal
from tests.contract.conftest import Steady
from tests.contract.wire import refused_for

M = TypeVar("M", bound=Message)

INT32_MAX = 2**31 - 1
INT32_MIN = -(2**31)
CONTROL = ["\0", "a\nb", "tab\t", "\x1b[2J", "\x7f", "\x85", "\u2028", "\u2029"]


def filled(message: M, fields: Mapping[str, object]) -> M:
    for name, value in fields.items():
        if isinstance(value, list):
            getattr(message, name).extend(value)
        else:
            setattr(message, name, value)
    return message


def submit(**fields: object) -> SubmitProgressRequest:
    return filled(attempt("scout-001", "quiz"), fields)


def levels(*, mask: Sequence[str] = (), **fields: object) -> UpsertLevelsRequest:
    level = filled(Level(level_id="new"), fields)
    return UpsertLevelsRequest(levels=[level], update_mask=FieldMask(paths=mask))


def users(*, mask: Sequence[str] = (), **fields: object) -> UpsertUsersRequest:
    user = filled(User(user_id="new"), fields)
    return UpsertUsersRequest(users=[user], update_mask=FieldMask(paths=mask))


def ids(count: int) -> list[str]:
    return [f"puk_{number}" for number in range(count)]


def named(cases: Sequence[tuple[Message, str]]) -> list[object]:
    """Cases that are called by their RPC and their fields."""
    return [
        pytest.param(request, set(fields.split()), id=f"{type(request).__name__}-{fields}-{n}")
        for n, (request, fields) in enumerate(cases)
    ]


SUBMISSIONS = [
    (submit(score=-1), "score"),
    (submit(score=INT32_MIN), "score"),
    (submit(score=101), "score"),
    (submit(score=INT32_MAX), "score"),
    (submit(total_questions=0, correct_answers=0), "total_questions"),
    (submit(total_questions=0), "total_questions correct_answers"),
    (submit(total_questions=-5, correct_answers=-5), "total_questions correct_answers"),
    (submit(total_questions=10_001), "total_questions"),
    (submit(total_questions=INT32_MAX), "total_questions"),
    (submit(correct_answers=6), "correct_answers"),
    (submit(correct_answers=-1), "correct_answers"),
    (submit(correct_answers=INT32_MAX), "correct_answers"),
    (submit(time_spent_seconds=-1), "time_spent_seconds"),
    (submit(time_spent_seconds=31_536_001), "time_spent_seconds"),
    (
        submit(user_id="", level_id=" ", request_id=" ", score=-1, total_questions=-1),
        "user_id level_id request_id score total_questions correct_answers",
    ),
]


@pytest.mark.parametrize(("message", "fields"), named(SUBMISSIONS))
async def test_an_attempt_with_absurd_numbers_is_refused_alone_and_in_a_batch(
    steady: Steady, message: SubmitProgressRequest, fields: set[str]
) -> None:
    await refused_for(steady.calls.channel, message, fields)
    alone = await refusal(steady.calls.progress.SubmitProgress(message))
    batch = await steady.calls.progress.BatchSubmitProgress(
        BatchSubmitProgressRequest(requests=[message])
    )

    error = batch.results[0].error
    assert error.message == alone.message
    assert {v.field: v.description for v in error.field_violations} == alone.fields


@pytest.mark.parametrize(
    ("message", "fields"),
    named(
        [
            (BatchSubmitProgressRequest(), "requests"),
            (BatchSubmitProgressRequest(requests=[submit()] * 1001), "requests"),
            (UpsertLevelsRequest(), "levels"),
            (UpsertLevelsRequest(levels=[Level(level_id=i) for i in ids(1001)]), "levels"),
            (UpsertUsersRequest(), "users"),
            (UpsertUsersRequest(users=[User(user_id=i) for i in ids(1001)]), "users"),
            (
                UpsertLevelsRequest(levels=[Level(level_id=i) for i in "abba"]),
                "levels[2].level_id levels[3].level_id",
            ),
            (UpsertUsersRequest(users=[User(user_id=i) for i in "aba"]), "users[2].user_id"),
            (levels(title="x" * 201), "levels[0].title"),
            *((levels(title=title), "levels[0].title") for title in CONTROL),
            (levels(position=-1), "levels[0].position"),
            (levels(position=1_000_001), "levels[0].position"),
            (levels(xp_reward=-1), "levels[0].xp_reward"),
            (levels(xp_reward=1_000_001), "levels[0].xp_reward"),
            (levels(xp_reward=INT32_MAX), "levels[0].xp_reward"),
            (levels(max_score=-1), "levels[0].max_score"),
            *(
                (levels(pass_ratio=ratio), "levels[0].pass_ratio")
                for ratio in (0.0, -0.0, -0.5, 1.5, math.nextafter(1, 2), math.nan, math.inf)
            ),
            (levels(xp_policy=3), "levels[0].xp_policy"),
            (levels(xp_policy=-1), "levels[0].xp_policy"),
            (levels(prerequisite_level_ids=ids(33)), "levels[0].prerequisite_level_ids"),
            (levels(prerequisite_level_ids=["quiz"] * 2), "levels[0].prerequisite_level_ids"),
            (
                levels(title="\0", position=-1, xp_reward=-1, max_score=-1, pass_ratio=2),
                " ".join(
                    f"levels[0].{name}"
                    for name in ("title", "position", "xp_reward", "max_score", "pass_ratio")
                ),
            ),
            (levels(mask=["xp"]), "update_mask"),
            (levels(mask=["title", "level_id"]), "update_mask"),
            (levels(mask=["levels.title"]), "update_mask"),
            (levels(mask=["*"]), "update_mask"),
            (levels(mask=[""]), "update_mask"),
            (users(display_name="x" * 129), "users[0].display_name"),
            *((users(display_name=name), "users[0].display_name") for name in CONTROL),
            (users(group_ids=ids(33)), "users[0].group_ids"),
            (users(group_ids=["fox", "owl", "fox"]), "users[0].group_ids"),
            (users(mask=["total_xp"]), "update_mask"),
            (users(mask=["registered_at"]), "update_mask"),
            (users(mask=["display_name", "displayName"]), "update_mask"),
        ]
    ),
)
async def test_a_write_beyond_a_limit_is_refused_whole(
    steady: Steady, message: Message, fields: set[str]
) -> None:
    await refused_for(steady.calls.channel, message, fields)


@pytest.mark.parametrize(
    ("message", "fields"),
    named(
        [
            (ListProgressRequest(user_id="scout-001", page_size=-1), "page_size"),
            (ListLevelsRequest(page_size=-1), "page_size"),
            (ListLevelsRequest(page_size=INT32_MIN), "page_size"),
            (GetLeaderboardRequest(page_size=-1), "page_size"),
            (GetLeaderboardRequest(page_size=INT32_MIN), "page_size"),
            (GetLeaderboardRequest(start_position=-1), "start_position"),
            (GetLeaderboardRequest(start_position=INT32_MIN), "start_position"),
            (GetLeaderboardRequest(page_token="any", start_position=1), "start_position"),
            (GetLeaderboardRequest(group_id="troop:fox"), "group_id"),
            (GetLeaderboardRequest(season="2026-W07"), "season"),
            (GetLeaderboardRequest(leaderboard_id="global", group_id="\0"), "group_id"),
            (GetStandingRequest(user_id="scout-001", neighbors=-1), "neighbors"),
            (GetStandingRequest(user_id="scout-001", neighbors=51), "neighbors"),
            (GetStandingRequest(user_id="scout-001", neighbors=INT32_MAX), "neighbors"),
            (GetStandingRequest(user_id="scout-001", group_id="troop:fox"), "group_id"),
            (GetStandingRequest(user_id="scout-001", season="2026"), "season"),
        ]
    ),
)
async def test_a_read_beyond_a_limit_is_refused(
    steady: Steady, message: Message, fields: set[str]
) -> None:
    await refused_for(steady.calls.channel, message, fields)
