"""A learner's way through the catalog: every level, its status, a page at a time."""

from datetime import UTC

import grpc
import pytest

from laurels.v1.catalog_service_pb2 import Level, RetireLevelRequest, UpsertLevelsRequest
from laurels.v1.progress_service_pb2 import (
    PROGRESS_STATUS_COMPLETED,
    PROGRESS_STATUS_IN_PROGRESS,
    PROGRESS_STATUS_LOCKED,
    PROGRESS_STATUS_UNLOCKED,
    BatchSubmitProgressRequest,
    LevelProgress,
    ListProgressRequest,
    SubmitProgressRequest,
)
from tests.calls import Calls, refusal
from tests.contract.conftest import Steady
from tests.sql import Sql


async def walk(calls: Calls, user_id: str, page_size: int = 1000) -> list[list[LevelProgress]]:
    pages: list[list[LevelProgress]] = []
    token = ""
    while True:
        answer = await calls.progress.ListProgress(
            ListProgressRequest(user_id=user_id, page_size=page_size, page_token=token)
        )
        pages.append(list(answer.levels))
        token = answer.next_page_token
        if not token:
            return pages


async def by_id(calls: Calls, user_id: str) -> dict[str, LevelProgress]:
    return {level.level_id: level for page in await walk(calls, user_id) for level in page}


async def retire(calls: Calls, level_id: str) -> None:
    await calls.catalog.RetireLevel(RetireLevelRequest(level_id=level_id))


async def test_a_new_learner_has_the_first_level_open_and_the_rest_locked(calls: Calls) -> None:
    [levels] = await walk(calls, "scout-001")

    assert len(levels) == 20
    assert levels[0] == LevelProgress(
        level_id="puk_u1_l1", title="Unit 1, level 1", status=PROGRESS_STATUS_UNLOCKED
    )
    assert {level.status for level in levels[1:]} == {PROGRESS_STATUS_LOCKED}
    assert [list(level.missing_level_ids) for level in levels[1:]] == [
        [before.level_id] for before in levels[:-1]
    ]


async def test_every_status_is_told_with_what_was_done(calls: Calls, sql: Sql) -> None:
    before = await sql.fetchval("SELECT clock_timestamp()")
    for correct in (3, 5, 1):
        await calls.submit("scout-001", "puk_u1_l1", correct=correct)
    after = await sql.fetchval("SELECT clock_timestamp()")
    await calls.submit("scout-001", "puk_u1_l2", correct=2)
    await calls.catalog.UpsertLevels(
        UpsertLevelsRequest(
            levels=[
                Level(
                    level_id="top",
                    prerequisite_level_ids=["puk_u1_l4", "puk_u1_l1", "puk_u1_l3", "puk_u1_l2"],
                ),
                Level(level_id="open", title="Open", prerequisite_level_ids=["puk_u1_l1"]),
            ]
        )
    )

    levels = await by_id(calls, "scout-001")

    done = levels["puk_u1_l1"]
    assert done.status == PROGRESS_STATUS_COMPLETED
    assert (done.best_score, done.attempts, done.xp_earned) == (100, 3, 15)
    assert done.time_spent_seconds == 180
    assert before <= done.first_completed_at.ToDatetime(UTC) <= after
    tried = levels["puk_u1_l2"]
    assert tried.status == PROGRESS_STATUS_IN_PROGRESS
    assert (tried.best_score, tried.attempts, tried.xp_earned) == (40, 1, 0)
    assert not tried.HasField("first_completed_at")
    assert levels["puk_u1_l3"].status == PROGRESS_STATUS_LOCKED
    assert levels["open"] == LevelProgress(
        level_id="open", title="Open", status=PROGRESS_STATUS_UNLOCKED
    )
    assert levels["top"].status == PROGRESS_STATUS_LOCKED
    assert list(levels["top"].missing_level_ids) == ["puk_u1_l2", "puk_u1_l3", "puk_u1_l4"]
    # Another learner's way is another.
    assert (await by_id(calls, "scout-002"))["puk_u1_l1"].status == PROGRESS_STATUS_UNLOCKED


async def test_what_a_listing_calls_locked_is_refused_and_what_it_calls_unlocked_is_not(
    calls: Calls,
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await retire(calls, "puk_u1_l4")

    for level_id, level in (await by_id(calls, "scout-001")).items():
        if level.status == PROGRESS_STATUS_LOCKED:
            refused = await refusal(calls.submit("scout-001", level_id, correct=0))
            assert refused.metadata["missing_level_ids"].split(",") == list(level.missing_level_ids)
        else:
            await calls.submit("scout-001", level_id, correct=0)


async def test_a_retired_level_is_listed_only_for_who_attempted_it(calls: Calls) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await calls.submit("scout-001", "puk_u1_l2", correct=1)
    for level_id in ("puk_u1_l1", "puk_u1_l2", "puk_u1_l3"):
        await retire(calls, level_id)

    mine, other = await by_id(calls, "scout-001"), await by_id(calls, "scout-002")

    assert mine["puk_u1_l1"].status == PROGRESS_STATUS_COMPLETED
    assert mine["puk_u1_l2"].status == PROGRESS_STATUS_IN_PROGRESS
    assert "puk_u1_l3" not in mine
    assert not {"puk_u1_l1", "puk_u1_l2", "puk_u1_l3"} & other.keys()
    # What was retired counts as met.
    assert other["puk_u1_l4"].status == PROGRESS_STATUS_UNLOCKED


async def test_an_attempted_level_does_not_lock_again_when_it_gets_a_prerequisite(
    calls: Calls,
) -> None:
    await calls.submit("scout-001", "puk_u1_l1", correct=1)
    level = Level(level_id="puk_u1_l1", prerequisite_level_ids=["puk_u4_l5"])
    await calls.catalog.UpsertLevels(
        UpsertLevelsRequest(
            levels=[Level(level_id="puk_u1_l2"), Level(level_id="puk_u4_l5"), level]
        )
    )

    mine, other = await by_id(calls, "scout-001"), await by_id(calls, "scout-002")

    assert mine["puk_u1_l1"].status == PROGRESS_STATUS_IN_PROGRESS
    assert list(mine["puk_u1_l1"].missing_level_ids) == []
    assert other["puk_u1_l1"].status == PROGRESS_STATUS_LOCKED
    assert (await calls.submit("scout-001", "puk_u1_l1")).passed


@pytest.mark.parametrize("page_size", [1, 2, 7, 20, 1000])
async def test_a_walk_lists_every_level_once_in_catalog_order(calls: Calls, page_size: int) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    expected = [f"puk_u{unit}_l{number}" for unit in range(1, 5) for number in range(1, 6)]

    pages = await walk(calls, "scout-001", page_size)

    assert [level.level_id for page in pages for level in page] == expected
    assert {len(page) for page in pages[:-1]} <= {page_size}
    assert pages[-1]


async def test_years_of_practice_are_added_up(calls: Calls) -> None:
    year = SubmitProgressRequest(
        user_id="scout-001",
        level_id="puk_u1_l1",
        score=2**31 - 1,
        total_questions=1,
        time_spent_seconds=31_536_000,
    )
    await calls.progress.BatchSubmitProgress(BatchSubmitProgressRequest(requests=[year] * 1000))

    level = (await by_id(calls, "scout-001"))["puk_u1_l1"]

    assert (level.attempts, level.time_spent_seconds) == (1000, 31_536_000_000)
    assert level.best_score == 2**31 - 1


async def test_an_unknown_learner_has_no_progress(steady: Steady) -> None:
    refused = await refusal(walk(steady.calls, "nobody"))

    assert (refused.code, refused.reason) == (grpc.StatusCode.NOT_FOUND, "LEARNER_NOT_FOUND")
