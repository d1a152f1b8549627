"""What an attempt pays, what it unlocks, and what is kept of it."""

from decimal import ROUND_HALF_UP, Decimal

import grpc
import pytest

from laurels.v1.catalog_service_pb2 import (
    XP_POLICY_BEST_SCORE,
    Level,
    UpsertLevelsRequest,
)
from laurels.v1.leaderboard_service_pb2 import GetStandingRequest
from laurels.v1.progress_service_pb2 import (
    PROGRESS_STATUS_COMPLETED,
    PROGRESS_STATUS_IN_PROGRESS,
    BatchSubmitProgressRequest,
    SubmitProgressRequest,
)
from tests.calls import Calls, attempt, refusal
from tests.contract.wire import contents, grant
from tests.sql import Sql

XP_MAX = 2**29 - 1


async def upsert(calls: Calls, *levels: Level) -> None:
    await calls.catalog.UpsertLevels(UpsertLevelsRequest(levels=levels))


def answers(level_id: str, correct: int, total: int, score: int = 0) -> SubmitProgressRequest:
    return SubmitProgressRequest(
        user_id="scout-001",
        level_id=level_id,
        score=score,
        total_questions=total,
        correct_answers=correct,
    )


async def test_an_attempt_is_answered_with_what_was_asked_and_what_it_changed(
    calls: Calls, sql: Sql
) -> None:
    answer = await calls.submit("scout-001", "puk_u1_l1", request_id="r", correct=5)

    assert (answer.request_id, answer.user_id, answer.level_id) == ("r", "scout-001", "puk_u1_l1")
    assert (answer.score, answer.correct_answers, answer.total_questions) == (100, 5, 5)
    assert (answer.status, answer.passed) == (PROGRESS_STATUS_COMPLETED, True)
    assert (answer.xp_earned, answer.total_xp) == (15, 15)
    assert (answer.best_score, answer.attempts, answer.replayed) == (100, 1, False)
    assert list(answer.unlocked_level_ids) == ["puk_u1_l2"]
    assert 0 < len(answer.consistency_token) <= 64
    [entry] = await sql.fetch(
        "SELECT seq, amount, total_after, kind, source, reference, request_id FROM xp_entries"
    )
    assert tuple(entry) == (1, 15, 15, "LEVEL", "training", "puk_u1_l1", "r")


async def test_first_pass_pays_the_whole_reward_once(calls: Calls) -> None:
    earned = [
        (await calls.submit("scout-001", "puk_u1_l1", correct=correct)).xp_earned
        for correct in (0, 4, 5, 5, 3, 5)
    ]

    assert earned == [0, 0, 15, 0, 0, 0]


async def test_best_score_pays_each_improvement_and_never_takes(calls: Calls) -> None:
    await upsert(
        calls,
        Level(level_id="quiz", xp_reward=15, pass_ratio=0.2, xp_policy=XP_POLICY_BEST_SCORE),
    )
    seen = [
        await calls.progress.SubmitProgress(answers("quiz", correct, 6))
        for correct in (1, 3, 2, 5, 1, 6, 6, 0)
    ]

    # 1 of 6 does not pass; 3 of 6 are worth 7.5, that is 8; 5 of 6 are 12.5, that is 13.
    assert [answer.xp_earned for answer in seen] == [0, 8, 0, 5, 0, 2, 0, 0]
    assert [answer.total_xp for answer in seen] == [0, 8, 8, 13, 13, 15, 15, 15]
    assert [answer.passed for answer in seen] == [False, *[True] * 3, False, True, True, False]


async def test_best_score_rounds_half_up_whatever_the_numbers(calls: Calls) -> None:
    cases = [
        (reward, correct, total)
        for reward in (1, 5, 7, 15, 1_000_000)
        for total in (1, 2, 3, 4, 6, 8, 10_000)
        for correct in {1, total // 2, total * 5 // 6, max(0, total - 1), total}
    ]
    await upsert(
        calls,
        *(
            Level(
                level_id=f"n{n}", xp_reward=reward, pass_ratio=1e-9, xp_policy=XP_POLICY_BEST_SCORE
            )
            for n, (reward, _, _) in enumerate(cases)
        ),
    )

    batch = await calls.progress.BatchSubmitProgress(
        BatchSubmitProgressRequest(
            requests=[answers(f"n{n}", right, total) for n, (_, right, total) in enumerate(cases)]
        )
    )

    worth = [
        int((Decimal(reward) * correct / total).quantize(Decimal(1), ROUND_HALF_UP))
        for reward, correct, total in cases
    ]
    assert [result.response.xp_earned for result in batch.results] == worth


@pytest.mark.parametrize(
    ("ratio", "correct", "total"),
    [
        (0.7, 7, 10),
        (0.1, 1, 10),
        (1 / 3, 1, 3),
        (0.29, 29, 100),
        (0.57, 5700, 10_000),
        (1.0, 10_000, 10_000),
        (0.5, 5, 9),
    ],
)
async def test_a_level_is_passed_when_the_ratio_is_reached_and_not_before(
    calls: Calls, ratio: float, correct: int, total: int
) -> None:
    await upsert(calls, Level(level_id="quiz", xp_reward=9, pass_ratio=ratio))

    missed = await calls.progress.SubmitProgress(answers("quiz", correct - 1, total))
    reached = await calls.progress.SubmitProgress(answers("quiz", correct, total))

    assert (missed.passed, missed.xp_earned) == (False, 0)
    assert (reached.passed, reached.xp_earned) == (True, 9)


async def test_the_score_is_recorded_and_never_pays(calls: Calls) -> None:
    await upsert(calls, Level(level_id="quiz", xp_reward=9))
    seen = [
        await calls.progress.SubmitProgress(answers("quiz", correct, 5, score))
        for correct, score in ((4, 2**31 - 1), (5, 0), (5, 77))
    ]

    assert [answer.xp_earned for answer in seen] == [0, 9, 0]
    assert [answer.score for answer in seen] == [2**31 - 1, 0, 77]
    assert {answer.best_score for answer in seen} == {2**31 - 1}


async def test_a_failing_attempt_is_in_progress_and_a_pass_is_for_good(calls: Calls) -> None:
    seen = [await calls.submit("scout-001", "puk_u1_l1", correct=n) for n in (2, 4, 5, 1)]

    assert [answer.status for answer in seen] == [
        PROGRESS_STATUS_IN_PROGRESS,
        PROGRESS_STATUS_IN_PROGRESS,
        PROGRESS_STATUS_COMPLETED,
        PROGRESS_STATUS_COMPLETED,
    ]
    assert [answer.passed for answer in seen] == [False, False, True, False]
    assert [answer.attempts for answer in seen] == [1, 2, 3, 4]
    assert [answer.best_score for answer in seen] == [40, 80, 100, 100]
    assert [list(answer.unlocked_level_ids) for answer in seen] == [[], [], ["puk_u1_l2"], []]
    assert (await calls.submit("scout-001", "puk_u1_l2")).passed


async def test_a_level_unlocks_only_when_the_last_of_its_prerequisites_is_met(calls: Calls) -> None:
    await upsert(
        calls,
        Level(level_id="a"),
        Level(level_id="b"),
        Level(level_id="c"),
        Level(level_id="old", retired=True),
        Level(level_id="z-top", prerequisite_level_ids=["a", "b", "c", "old"]),
        Level(level_id="y-top", prerequisite_level_ids=["c"]),
        Level(level_id="x-top", prerequisite_level_ids=["c"], retired=True),
    )
    refused = await refusal(calls.submit("scout-001", "z-top"))
    assert (refused.code, refused.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "LEVEL_LOCKED",
    )
    assert refused.metadata == {"level_id": "z-top", "missing_level_ids": "a,b,c"}

    unlocked = [
        list((await calls.submit("scout-001", level, correct=n)).unlocked_level_ids)
        for level, n in (("b", 5), ("a", 5), ("c", 4), ("b", 5), ("c", 5), ("c", 5))
    ]

    assert unlocked == [[], [], [], [], ["y-top", "z-top"], []]
    assert (await calls.submit("scout-001", "z-top")).passed
    other = await refusal(calls.submit("scout-002", "z-top"))
    assert other.metadata["missing_level_ids"] == "a,b,c"


async def test_a_level_that_was_open_to_the_learner_is_not_newly_unlocked(calls: Calls) -> None:
    # Attempted before it got a prerequisite, it never locked; only the other one did.
    await upsert(calls, Level(level_id="tried"), Level(level_id="untried"))
    await calls.submit("scout-001", "tried", correct=1)
    await upsert(
        calls,
        Level(level_id="tried", prerequisite_level_ids=["puk_u1_l1"]),
        Level(level_id="untried", prerequisite_level_ids=["puk_u1_l1"]),
    )

    answer = await calls.submit("scout-001", "puk_u1_l1")

    assert list(answer.unlocked_level_ids) == ["puk_u1_l2", "untried"]


@pytest.mark.parametrize(
    ("user_id", "level_id", "refused_as", "metadata"),
    [
        ("nobody", "puk_u1_l1", "NOT_FOUND LEARNER_NOT_FOUND", {"user_id": "nobody"}),
        ("nobody", "nothing", "NOT_FOUND LEARNER_NOT_FOUND", {"user_id": "nobody"}),
        ("scout-001", "nothing", "NOT_FOUND LEVEL_NOT_FOUND", {"level_id": "nothing"}),
        ("scout-001", "gone", "FAILED_PRECONDITION LEVEL_RETIRED", {"level_id": "gone"}),
        (
            "scout-001",
            "puk_u1_l3",
            "FAILED_PRECONDITION LEVEL_LOCKED",
            {"level_id": "puk_u1_l3", "missing_level_ids": "puk_u1_l2"},
        ),
    ],
)
async def test_an_attempt_that_may_not_be_is_refused_and_leaves_nothing(
    calls: Calls, sql: Sql, *, user_id: str, level_id: str, refused_as: str, metadata: object
) -> None:
    await upsert(calls, Level(level_id="gone", retired=True))
    before = await contents(sql)

    for request_id in ("", "r"):
        refused = await refusal(calls.submit(user_id, level_id, request_id=request_id))
        assert f"{refused.code.name} {refused.reason}" == refused_as
        assert refused.metadata == metadata
    assert await contents(sql) == before


async def test_a_total_beyond_the_range_is_refused_whole_and_the_last_that_fits_is_booked(
    calls: Calls, sql: Sql
) -> None:
    await grant(calls, "scout-001", XP_MAX - 14)
    await grant(calls, "scout-002", XP_MAX - 15)
    before = await contents(sql)

    refused = await refusal(calls.submit("scout-001", "puk_u1_l1", request_id="r"))
    assert (refused.code, refused.reason) == (
        grpc.StatusCode.FAILED_PRECONDITION,
        "XP_OUT_OF_RANGE",
    )
    assert refused.metadata == {"total_xp": str(XP_MAX - 14), "amount": "15"}
    assert await contents(sql) == before

    booked = await calls.submit("scout-002", "puk_u1_l1")
    assert (booked.xp_earned, booked.total_xp) == (15, XP_MAX)
    # What earns nothing still counts.
    assert (await calls.submit("scout-001", "puk_u1_l1", correct=4)).attempts == 1
    assert (await calls.submit("scout-002", "puk_u1_l1")).total_xp == XP_MAX
    standing = await calls.leaderboard.GetStanding(
        GetStandingRequest(user_id="scout-002", consistency_token=booked.consistency_token)
    )
    assert (standing.entry.xp, standing.entry.position) == (XP_MAX, 1)


async def test_without_a_request_id_a_retry_counts_another_attempt_and_never_more_xp(
    calls: Calls, sql: Sql
) -> None:
    seen = [await calls.progress.SubmitProgress(attempt("scout-001", "puk_u1_l1")) for _ in "1234"]

    assert [answer.attempts for answer in seen] == [1, 2, 3, 4]
    assert [answer.xp_earned for answer in seen] == [15, 0, 0, 0]
    assert {(answer.request_id, answer.replayed) for answer in seen} == {("", False)}
    assert await sql.fetchval("SELECT count(*) FROM submissions") == 0
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 1
