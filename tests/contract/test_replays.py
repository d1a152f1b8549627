"""A request id answers the same for ever, and only for the same content."""

import asyncio
from datetime import UTC

import grpc
import pytest

from laurels.v1.catalog_service_pb2 import Level, RetireLevelRequest, UpsertLevelsRequest
from laurels.v1.progress_service_pb2 import (
    GetSubmissionRequest,
    Submission,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls, attempt, refusal
from tests.contract.conftest import Steady
from tests.contract.wire import contents
from tests.sql import Sql


async def submission(calls: Calls, user_id: str, request_id: str) -> Submission:
    request = GetSubmissionRequest(user_id=user_id, request_id=request_id)
    return (await calls.progress.GetSubmission(request)).submission


def first_answer(answer: SubmitProgressResponse) -> SubmitProgressResponse:
    """What must be the same in every answer."""
    same = SubmitProgressResponse()
    same.CopyFrom(answer)
    same.ClearField("replayed")
    same.ClearField("consistency_token")
    return same


async def test_a_replay_gives_the_first_answer_with_its_totals_and_writes_nothing(
    calls: Calls, sql: Sql
) -> None:
    failed = await calls.submit("scout-001", "puk_u1_l1", request_id="failed", correct=2)
    passed = await calls.submit("scout-001", "puk_u1_l1", request_id="passed")
    await calls.submit("scout-001", "puk_u1_l2", request_id="later")
    before = await contents(sql)

    for first, request_id, correct in ((failed, "failed", 2), (passed, "passed", 5)):
        for _ in range(3):
            again = await calls.submit(
                "scout-001", "puk_u1_l1", request_id=request_id, correct=correct
            )
            assert again.replayed
            assert first_answer(again) == first_answer(first)
    assert (failed.total_xp, passed.total_xp, passed.attempts) == (0, 15, 2)
    assert await contents(sql) == before


async def test_a_replay_outlives_every_change_and_the_server(
    calls: Calls, settings: Settings
) -> None:
    first = await calls.submit("scout-001", "puk_u1_l1", request_id="r")
    await calls.submit("scout-001", "puk_u1_l2")
    await calls.users.UpsertUsers(UpsertUsersRequest(users=[User(user_id="scout-001")]))
    changed = Level(level_id="puk_u1_l1", xp_reward=99, pass_ratio=0.1, max_score=1)
    await calls.catalog.UpsertLevels(UpsertLevelsRequest(levels=[changed]))
    await calls.catalog.RetireLevel(RetireLevelRequest(level_id="puk_u1_l1"))

    async with App(settings) as other, grpc.aio.insecure_channel(other.address) as channel:
        for server in (calls, Calls(channel)):
            again = await server.submit("scout-001", "puk_u1_l1", request_id="r")
            assert again.replayed
            assert first_answer(again) == first_answer(first)


async def test_the_token_of_a_replay_includes_the_first_call(
    calls: Calls, without_redis: Calls
) -> None:
    await calls.submit("scout-001", "puk_u1_l1", request_id="r")
    again = await calls.submit("scout-001", "puk_u1_l1", request_id="r")

    for server in (calls, without_redis):
        page = await server.board(consistency_token=again.consistency_token)
        assert [entry.xp for entry in page.entries] == [15]


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("level_id", "puk_u1_l2"),
        ("level_id", "nothing"),
        ("score", 99),
        ("score", 0),
        ("total_questions", 6),
        ("correct_answers", 4),
        ("correct_answers", 0),
        ("time_spent_seconds", 61),
        ("time_spent_seconds", 0),
    ],
)
async def test_a_request_id_with_other_content_is_refused(
    calls: Calls, sql: Sql, field: str, value: int | str
) -> None:
    first = attempt("scout-001", "puk_u1_l1", "r")
    await calls.progress.SubmitProgress(first)
    before = await contents(sql)
    other = SubmitProgressRequest()
    other.CopyFrom(first)
    setattr(other, field, value)

    refused = await refusal(calls.progress.SubmitProgress(other))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.ALREADY_EXISTS,
        "REQUEST_ID_REUSED",
    )
    assert refused.metadata == {"user_id": "scout-001", "request_id": "r"}
    assert await contents(sql) == before
    assert (await calls.progress.SubmitProgress(first)).replayed


async def test_a_request_id_belongs_to_its_learner(calls: Calls) -> None:
    await calls.submit("scout-001", "puk_u1_l1", request_id="r")

    answer = await calls.submit("scout-002", "puk_u1_l1", request_id="r", correct=4)

    assert (answer.replayed, answer.attempts) == (False, 1)


async def test_request_ids_differ_by_case_and_by_length(calls: Calls) -> None:
    ids = ["r", "R", "r1", "r" * 127, "r" * 128]

    answers = [await calls.submit("scout-001", "puk_u1_l1", request_id=one) for one in ids]

    assert [answer.attempts for answer in answers] == [1, 2, 3, 4, 5]


async def test_a_refusal_is_not_kept_and_its_id_works_once_the_cause_is_gone(
    calls: Calls,
) -> None:
    locked = await refusal(calls.submit("scout-001", "puk_u1_l2", request_id="r"))
    unknown = await refusal(calls.submit("ada", "puk_u1_l1", request_id="r"))
    assert (locked.reason, unknown.reason) == ("LEVEL_LOCKED", "LEARNER_NOT_FOUND")
    gone = await refusal(submission(calls, "scout-001", "r"))
    assert gone.reason == "SUBMISSION_NOT_FOUND"

    await calls.submit("scout-001", "puk_u1_l1")
    await calls.users.UpsertUsers(UpsertUsersRequest(users=[User(user_id="ada")]))

    # Even with other content: nothing was kept to compare with.
    answer = await calls.submit("scout-001", "puk_u1_l2", request_id="r", correct=4)
    assert (answer.replayed, answer.attempts) == (False, 1)
    answer = await calls.submit("ada", "puk_u1_l1", request_id="r")
    assert (answer.replayed, answer.total_xp) == (False, 15)


async def test_a_call_sent_many_times_at_once_is_booked_once(
    calls: Calls, without_redis: Calls, sql: Sql
) -> None:
    answers = await asyncio.gather(
        *(
            server.submit("scout-001", "puk_u1_l1", request_id="r")
            for _ in range(20)
            for server in (calls, without_redis)
        )
    )

    assert sorted(answer.replayed for answer in answers) == [False] + [True] * 39
    assert len({first_answer(answer).SerializeToString() for answer in answers}) == 1
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 1
    assert await sql.fetchval("SELECT attempts FROM progress") == 1


async def test_a_submission_tells_what_was_booked_and_when(calls: Calls, sql: Sql) -> None:
    before = await sql.fetchval("SELECT clock_timestamp()")
    first = await calls.submit("scout-001", "puk_u1_l1", request_id="r", correct=4)
    after = await sql.fetchval("SELECT clock_timestamp()")
    await calls.submit("scout-001", "puk_u1_l1")
    await calls.submit("scout-001", "puk_u1_l1", request_id="r", correct=4)

    found = await submission(calls, "scout-001", "r")

    assert (found.user_id, found.request_id) == ("scout-001", "r")
    assert before <= found.recorded_at.ToDatetime(UTC) <= after
    assert found.WhichOneof("outcome") == "progress"
    assert not found.progress.replayed
    assert first_answer(found.progress) == first_answer(first)
    page = await calls.board(consistency_token=found.progress.consistency_token)
    assert [entry.user_id for entry in page.entries] == ["scout-001"]


async def test_a_submission_that_is_not_there_is_not_found(steady: Steady) -> None:
    never = await refusal(submission(steady.calls, "scout-001", "never"))
    assert (never.code, never.reason) == (grpc.StatusCode.NOT_FOUND, "SUBMISSION_NOT_FOUND")
    assert never.metadata == {"user_id": "scout-001", "request_id": "never"}

    # Booked by someone else.
    await submission(steady.calls, "scout-002", "first")
    other = await refusal(submission(steady.calls, "scout-004", "first"))
    assert other.reason == "SUBMISSION_NOT_FOUND"
    nobody = await refusal(submission(steady.calls, "nobody", "first"))
    assert (nobody.code, nobody.reason) == (grpc.StatusCode.NOT_FOUND, "LEARNER_NOT_FOUND")
    assert nobody.metadata == {"user_id": "nobody"}
