"""Ids in every field that takes one: the limit is the same everywhere."""

from collections.abc import Callable

import pytest
from google.protobuf.message import Message

from laurels.v1.audit_service_pb2 import AuditUserRequest
from laurels.v1.catalog_service_pb2 import (
    GetLevelRequest,
    Level,
    RetireLevelRequest,
    UpsertLevelsRequest,
)
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import GetSubmissionRequest, ListProgressRequest
from laurels.v1.user_service_pb2 import GetUserRequest, UpsertUsersRequest, User
from laurels.v1.xp_service_pb2 import (
    AdjustXpRequest,
    AwardXpRequest,
    GetXpAccountRequest,
    ListXpEntriesRequest,
    ReverseXpEntryRequest,
)
from tests.calls import Calls, attempt, refusal
from tests.contract.audits import audit_user
from tests.contract.conftest import Steady
from tests.contract.wire import refused_for

BAD_IDS = (
    "a b",
    " a",
    "a ",
    "a\0b",
    "\0",
    "a\n",
    "\t",
    "\x7f",
    "\x80",
    "naïve",
    "\N{FULLWIDTH LATIN SMALL LETTER A}",
    "🦊",
    "x" * 129,
)


def level(level_id: str, *prerequisites: str) -> UpsertLevelsRequest:
    return UpsertLevelsRequest(
        levels=[Level(level_id=level_id, prerequisite_level_ids=prerequisites)]
    )


def user(user_id: str, *groups: str) -> UpsertUsersRequest:
    return UpsertUsersRequest(users=[User(user_id=user_id, group_ids=groups)])


def award(
    request_id: str = "x", user_id: str = "scout-001", source: str = "cyber", reference: str = ""
) -> AwardXpRequest:
    return AwardXpRequest(
        request_id=request_id, user_id=user_id, amount=5, source=source, reference=reference
    )


def correction(
    request_id: str = "x", user_id: str = "scout-001", actor: str = "ada"
) -> AdjustXpRequest:
    return AdjustXpRequest(
        request_id=request_id, user_id=user_id, amount=5, reason="typo", actor=actor
    )


def reversal(
    request_id: str = "x", user_id: str = "scout-001", entry_id: str = "e", actor: str = "ada"
) -> ReverseXpEntryRequest:
    return ReverseXpEntryRequest(
        request_id=request_id, user_id=user_id, entry_id=entry_id, reason="typo", actor=actor
    )


WITH_AN_ID: list[tuple[Callable[[str], Message], str]] = [
    (lambda value: attempt(value, "quiz"), "user_id"),
    (lambda value: attempt("scout-001", value), "level_id"),
    (lambda value: attempt("scout-001", "quiz", value), "request_id"),
    (lambda value: GetSubmissionRequest(user_id=value, request_id="first"), "user_id"),
    (lambda value: GetSubmissionRequest(user_id="scout-001", request_id=value), "request_id"),
    (lambda value: ListProgressRequest(user_id=value), "user_id"),
    (level, "levels[0].level_id"),
    (
        lambda value: level("new", "quiz", value),
        "levels[0].prerequisite_level_ids[1]",
    ),
    (lambda value: GetLevelRequest(level_id=value), "level_id"),
    (lambda value: RetireLevelRequest(level_id=value), "level_id"),
    (user, "users[0].user_id"),
    (lambda value: user("new", "fox", "owl", value), "users[0].group_ids[2]"),
    (lambda value: GetUserRequest(user_id=value), "user_id"),
    (lambda value: GetLeaderboardRequest(leaderboard_id=value), "leaderboard_id"),
    (lambda value: GetStandingRequest(user_id=value), "user_id"),
    (
        lambda value: GetStandingRequest(user_id="scout-001", leaderboard_id=value),
        "leaderboard_id",
    ),
    (lambda value: award(request_id=value), "request_id"),
    (lambda value: award(user_id=value), "user_id"),
    (lambda value: award(source=value), "source"),
    (lambda value: award(reference=value), "reference"),
    (lambda value: correction(request_id=value), "request_id"),
    (lambda value: correction(user_id=value), "user_id"),
    (lambda value: correction(actor=value), "actor"),
    (lambda value: reversal(request_id=value), "request_id"),
    (lambda value: reversal(user_id=value), "user_id"),
    (lambda value: reversal(entry_id=value), "entry_id"),
    (lambda value: reversal(actor=value), "actor"),
    (lambda value: GetXpAccountRequest(user_id=value), "user_id"),
    (lambda value: ListXpEntriesRequest(user_id=value), "user_id"),
    (lambda value: AuditUserRequest(user_id=value), "user_id"),
]


@pytest.mark.parametrize(
    ("with_id", "field"),
    WITH_AN_ID,
    ids=[f"{type(make('x')).__name__}-{field}" for make, field in WITH_AN_ID],
)
async def test_an_id_of_anything_but_printable_ascii_without_spaces_is_refused(
    steady: Steady, with_id: Callable[[str], Message], field: str
) -> None:
    for value in BAD_IDS:
        await refused_for(steady.calls.channel, with_id(value), {field})


@pytest.mark.parametrize(
    "odd", ["x" * 128, "!", "~", "'\"\\%;--", "../../etc/passwd", "{},[]", "0"]
)
async def test_the_longest_and_oddest_ids_that_are_allowed_work_everywhere(
    calls: Calls, odd: str
) -> None:
    await calls.users.UpsertUsers(
        UpsertUsersRequest(users=[User(user_id=odd, group_ids=[odd, "fox"])])
    )
    await calls.catalog.UpsertLevels(
        UpsertLevelsRequest(
            levels=[
                Level(level_id=odd, xp_reward=20),
                Level(level_id="next", prerequisite_level_ids=[odd]),
            ]
        )
    )

    locked = await refusal(calls.submit(odd, "next"))
    assert locked.metadata == {"level_id": "next", "missing_level_ids": odd}
    answer = await calls.submit(odd, odd, request_id=odd)
    assert (answer.user_id, answer.level_id, answer.request_id) == (odd, odd, odd)
    assert list(answer.unlocked_level_ids) == ["next"]
    stored = await calls.progress.GetSubmission(GetSubmissionRequest(user_id=odd, request_id=odd))
    assert stored.submission.progress.level_id == odd
    page = await calls.board(consistency_token=answer.consistency_token)
    assert [entry.user_id for entry in page.entries] == [odd]
    registered = (await calls.users.GetUser(GetUserRequest(user_id=odd))).user
    assert odd in registered.group_ids
    assert await audit_user(calls, odd) == []


@pytest.mark.parametrize(
    ("message", "field"),
    [
        (attempt("", "quiz"), "user_id"),
        (attempt("scout-001", ""), "level_id"),
        (GetSubmissionRequest(user_id="scout-001"), "request_id"),
        (GetSubmissionRequest(request_id="first"), "user_id"),
        (ListProgressRequest(), "user_id"),
        (level(""), "levels[0].level_id"),
        (level("new", ""), "levels[0].prerequisite_level_ids[0]"),
        (GetLevelRequest(), "level_id"),
        (RetireLevelRequest(), "level_id"),
        (user(""), "users[0].user_id"),
        (user("new", ""), "users[0].group_ids[0]"),
        (GetUserRequest(), "user_id"),
        (GetStandingRequest(), "user_id"),
        (award(request_id=""), "request_id"),
        (award(user_id=""), "user_id"),
        (award(source=""), "source"),
        (correction(request_id=""), "request_id"),
        (correction(user_id=""), "user_id"),
        (correction(actor=""), "actor"),
        (reversal(request_id=""), "request_id"),
        (reversal(user_id=""), "user_id"),
        (reversal(entry_id=""), "entry_id"),
        (reversal(actor=""), "actor"),
        (GetXpAccountRequest(), "user_id"),
        (ListXpEntriesRequest(), "user_id"),
        (AuditUserRequest(), "user_id"),
    ],
)
async def test_a_required_id_that_is_missing_is_refused(
    steady: Steady, message: Message, field: str
) -> None:
    await refused_for(steady.calls.channel, message, {field})
