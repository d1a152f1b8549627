"""A batch is its items one by one: each booked or refused as it would be alone."""

import asyncio
from collections.abc import Sequence

import grpc
import pytest

from laurels.v1.catalog_service_pb2 import Level, UpsertLevelsRequest
from laurels.v1.error_reason_pb2 import (
    ERROR_REASON_LEVEL_LOCKED,
    ERROR_REASON_OVERLOADED,
    ERROR_REASON_REQUEST_ID_REUSED,
    ErrorReason,
)
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    BatchSubmitProgressResult,
    SubmitProgressRequest,
)
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls, attempt, refusal
from tests.contract.wire import contents, grant
from tests.sql import Sql

LEVELS = [f"puk_u{unit}_l{number}" for unit in range(1, 5) for number in range(1, 6)]


async def submit(
    calls: Calls, requests: Sequence[SubmitProgressRequest]
) -> list[BatchSubmitProgressResult]:
    answer = await calls.progress.BatchSubmitProgress(BatchSubmitProgressRequest(requests=requests))
    assert len(answer.results) == len(requests)
    assert all(result.WhichOneof("result") for result in answer.results)
    return list(answer.results)


async def test_1000_attempts_of_50_learners_are_booked_in_the_order_given(
    calls: Calls, sql: Sql
) -> None:
    requests = [
        attempt(f"scout-{n:03d}", level_id, level_id) for level_id in LEVELS for n in range(1, 51)
    ]

    results = await submit(calls, requests)

    for request, result in zip(requests, results, strict=True):
        answer = result.response
        assert (answer.user_id, answer.level_id) == (request.user_id, request.level_id)
        assert answer.request_id == request.request_id
        # Each level needs the one before: order was kept for each learner.
        assert answer.total_xp == 15 * (LEVELS.index(request.level_id) + 1)
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 1000
    assert await sql.fetchval("SELECT sum(total_xp) FROM users") == 15_000
    again = await submit(calls, requests)
    assert all(result.response.replayed for result in again)


async def test_the_second_of_two_equal_items_is_replayed(calls: Calls, sql: Sql) -> None:
    first, other, second = await submit(
        calls,
        [
            attempt("scout-001", "puk_u1_l1", "r"),
            attempt("scout-002", "puk_u1_l1", "r"),
            attempt("scout-001", "puk_u1_l1", "r"),
        ],
    )

    assert [one.response.replayed for one in (first, other, second)] == [False, False, True]
    assert second.response.total_xp == 15
    assert await sql.fetchval("SELECT sum(attempts) FROM progress") == 2


async def test_an_id_used_again_within_a_batch_with_other_content_is_refused(
    calls: Calls, sql: Sql
) -> None:
    first, second, third = await submit(
        calls,
        [
            attempt("scout-001", "puk_u1_l1", "r"),
            attempt("scout-001", "puk_u1_l1", "r", correct=4),
            attempt("scout-001", "puk_u1_l1", "s"),
        ],
    )

    assert first.response.attempts == 1
    assert second.error.reason == ERROR_REASON_REQUEST_ID_REUSED
    assert third.response.attempts == 2
    assert await sql.fetchval("SELECT count(*) FROM submissions") == 2


async def test_an_item_unlocks_what_later_items_of_its_learner_need(calls: Calls) -> None:
    results = await submit(
        calls,
        [
            attempt("scout-001", "puk_u1_l2", "early"),
            attempt("scout-002", "puk_u1_l1"),
            attempt("scout-001", "puk_u1_l1"),
            attempt("scout-001", "puk_u1_l2", "early"),
            attempt("scout-002", "puk_u1_l3"),
            attempt("scout-001", "puk_u1_l3", correct=4),
            attempt("scout-001", "puk_u1_l3"),
        ],
    )

    assert [result.error.reason for result in results] == [
        ERROR_REASON_LEVEL_LOCKED, 0, 0, 0, ERROR_REASON_LEVEL_LOCKED, 0, 0,
    ]  # fmt: skip
    assert [list(result.response.unlocked_level_ids) for result in results] == [
        [], ["puk_u1_l2"], ["puk_u1_l2"], ["puk_u1_l3"], [], [], ["puk_u1_l4"],
    ]  # fmt: skip
    assert results[-1].response.attempts == 2


async def test_a_refused_item_says_what_a_single_call_would_say(calls: Calls, sql: Sql) -> None:
    await calls.catalog.UpsertLevels(
        UpsertLevelsRequest(
            levels=[Level(level_id="gone", retired=True), Level(level_id="quiz", max_score=10)]
        )
    )
    await calls.submit("scout-001", "puk_u1_l1", request_id="used")
    await grant(calls, "scout-002", 2**29 - 1)
    refused = [
        attempt("nobody", "puk_u1_l1", "r"),
        attempt("scout-001", "nothing", "r"),
        attempt("scout-001", "gone", "r"),
        attempt("scout-001", "puk_u2_l1", "r"),
        attempt("scout-001", "puk_u1_l1", "used", correct=1),
        attempt("scout-002", "puk_u1_l1", "r"),
        attempt("scout-001", "quiz", "r"),
        SubmitProgressRequest(),
        SubmitProgressRequest(user_id="a b", level_id="x" * 129, score=-1, correct_answers=7),
        attempt("scout-001", "puk_u1_l1", "r\0"),
        attempt("scout-001", "puk_u1_l1", "r", correct=-1),
    ]
    booked = [attempt(f"scout-{n:03d}", "puk_u1_l1", "r") for n in range(10, 20)]
    mixed = [item for pair in zip(refused, booked, strict=False) for item in pair] + refused[10:]

    results = await submit(calls, mixed)
    before = await contents(sql)

    seen: set[str] = set()
    for item, result in zip(mixed, results, strict=True):
        if item in booked:
            assert result.response.xp_earned == 15
            continue
        alone = await refusal(calls.progress.SubmitProgress(item))
        error = result.error
        assert error.code == alone.code.value[0]
        assert ErrorReason.Name(error.reason) == f"ERROR_REASON_{alone.reason}"
        assert error.message == alone.message
        assert dict(error.metadata) == alone.metadata
        assert {v.field: v.description for v in error.field_violations} == alone.fields
        seen.add(alone.reason)
    assert len(seen) == 7
    assert await contents(sql) == before


async def test_a_batch_in_which_everything_is_refused_is_still_an_answer(
    calls: Calls, sql: Sql
) -> None:
    before = await contents(sql)

    results = await submit(calls, [attempt("nobody", "puk_u1_l1")] * 500 + [attempt("", "")] * 500)

    assert {result.error.code for result in results[:500]} == {grpc.StatusCode.NOT_FOUND.value[0]}
    assert {result.error.code for result in results[500:]} == {
        grpc.StatusCode.INVALID_ARGUMENT.value[0]
    }
    assert await contents(sql) == before


async def test_batches_and_single_calls_at_once_count_everything_once(
    calls: Calls, without_redis: Calls, sql: Sql
) -> None:
    items = [attempt(f"scout-{n:03d}", "puk_u1_l1", "r") for n in range(1, 51)]
    outcomes = await asyncio.gather(
        *(
            submit(server, order)
            for server in (calls, without_redis)
            for order in (items, items[::-1])
        ),
        *(server.progress.SubmitProgress(i) for i in items for server in (calls, without_redis)),
    )

    assert len(outcomes) == 104
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 50
    assert await sql.fetchval("SELECT sum(attempts) FROM progress") == 50
    assert await sql.fetchval("SELECT sum(total_xp) FROM users") == 750
    assert await sql.fetchval("SELECT max(seq) FROM xp_entries") == 50


async def test_attempts_beyond_what_may_wait_are_turned_away_before_any_of_it_began(
    settings: Settings, sql: Sql
) -> None:
    narrow = settings.model_copy(update={"waiting_most": 10})
    async with App(narrow) as app, grpc.aio.insecure_channel(app.address) as channel:
        await app.load_sample()
        calls = Calls(channel)
        items = [attempt(f"scout-{n:03d}", "puk_u1_l1", "r") for n in range(1, 31)]

        results = await submit(calls, items)

        turned_away = [result.error for result in results if result.HasField("error")]
        assert {(error.code, error.reason) for error in turned_away} == {
            (grpc.StatusCode.RESOURCE_EXHAUSTED.value[0], ERROR_REASON_OVERLOADED)
        }
        assert len(turned_away) == 20
        assert await sql.fetchval("SELECT count(*) FROM submissions") == 10
        # A short pause later there is room again.
        for item in items:
            assert (await calls.progress.SubmitProgress(item)).xp_earned == 15
        assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 30


@pytest.mark.parametrize("size", [1, 2, 255, 256, 257, 999])
async def test_batches_of_any_size_keep_their_results_in_place(calls: Calls, size: int) -> None:
    items = [attempt(f"scout-{n % 60:03d}", "puk_u1_l1", f"r{n}") for n in range(size)]

    results = await submit(calls, items)

    for item, result in zip(items, results, strict=True):
        if result.HasField("response"):
            assert result.response.request_id == item.request_id
        else:
            # The sample has 001 to 050.
            assert item.user_id in {"scout-000", *(f"scout-0{n}" for n in range(51, 60))}
            assert result.error.metadata["user_id"] == item.user_id
