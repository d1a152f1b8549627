from dataclasses import replace
from datetime import UTC, datetime

import pytest

from laurels_server.domain.catalog import Catalog, Level
from laurels_server.domain.errors import (
    InvalidFields,
    LaurelsError,
    LevelLocked,
    LevelNotFound,
    LevelRetired,
    RequestIdReused,
    XpOutOfRange,
)
from laurels_server.domain.progress import Learner, LevelRecord, Outcome, ProgressStatus, Submission
from laurels_server.domain.xp import XP_MAX, XpPolicy

NOW = datetime(2026, 1, 1, tzinfo=UTC)
LATER = datetime(2026, 1, 2, tzinfo=UTC)


def catalog(*levels: Level) -> Catalog:
    return Catalog(1, {level.level_id: level for level in levels})


def learner(total_xp: int = 0) -> Learner:
    return Learner(key=1, user_id="ada", total_xp=total_xp)


def attempt(level_id: str, correct: int = 5, total: int = 5, request_id: str = "") -> Submission:
    return Submission(request_id, "ada", level_id, 100, total, correct, 60)


def booked(result: Outcome | LaurelsError) -> Outcome:
    assert isinstance(result, Outcome), result
    return result


KNOT = Level("knot", xp_reward=15)
FIRE = Level("fire", xp_reward=20, prerequisite_level_ids=("knot",))
CAMP = Level("camp", xp_reward=30, prerequisite_level_ids=("fire", "knot"))


def test_the_first_pass_pays_and_a_repeat_does_not() -> None:
    ada = learner()

    first = booked(ada.submit(attempt("knot"), catalog(KNOT), NOW)).answer
    second = booked(ada.submit(attempt("knot"), catalog(KNOT), LATER)).answer

    assert (first.xp_earned, first.total_xp, first.attempts) == (15, 15, 1)
    assert (second.xp_earned, second.total_xp, second.attempts) == (0, 15, 2)
    assert ada.records["knot"].first_completed_at == NOW


def test_a_failing_attempt_pays_nothing_and_a_later_pass_pays_in_full() -> None:
    ada = learner()

    failed = booked(ada.submit(attempt("knot", correct=4), catalog(KNOT), NOW)).answer
    passed = booked(ada.submit(attempt("knot"), catalog(KNOT), LATER)).answer

    assert (failed.passed, failed.status, failed.xp_earned) == (
        False,
        ProgressStatus.IN_PROGRESS,
        0,
    )
    assert (passed.passed, passed.status, passed.xp_earned) == (True, ProgressStatus.COMPLETED, 15)


def test_failing_after_a_pass_takes_nothing_away() -> None:
    ada = learner()
    ada.submit(attempt("knot"), catalog(KNOT, FIRE), NOW)

    failed = booked(ada.submit(attempt("knot", correct=0), catalog(KNOT, FIRE), LATER)).answer

    assert (failed.passed, failed.status) == (False, ProgressStatus.COMPLETED)
    assert (failed.xp_earned, failed.total_xp) == (0, 15)
    booked(ada.submit(attempt("fire"), catalog(KNOT, FIRE), LATER))


def test_best_score_pays_each_improvement_rounded_half_up() -> None:
    ada = learner()
    levels = catalog(
        Level("quiz", xp_reward=15, pass_ratio=0.2, xp_policy=XpPolicy.BEST_SCORE),
    )

    earned = [
        booked(ada.submit(attempt("quiz", correct, 6), levels, NOW)).answer.xp_earned
        for correct in (1, 3, 2, 5, 6)
    ]

    # 1/6 does not pass; 3/6 is worth 7.5, rounded to 8; 5/6 is 12.5, rounded to 13.
    assert earned == [0, 8, 0, 5, 2]
    assert ada.total_xp == ada.records["quiz"].xp_paid == 15


def test_a_policy_that_changes_never_pays_a_learner_twice() -> None:
    ada = learner()
    ada.submit(attempt("knot"), catalog(KNOT), NOW)
    as_best_score = replace(KNOT, xp_policy=XpPolicy.BEST_SCORE)

    again = booked(ada.submit(attempt("knot"), catalog(as_best_score), LATER)).answer
    raised = replace(as_best_score, xp_reward=20)
    improved = booked(ada.submit(attempt("knot"), catalog(raised), LATER)).answer

    assert (again.xp_earned, improved.xp_earned) == (0, 5)


def test_completing_unlocks_only_what_now_has_all_it_needs() -> None:
    ada = learner()
    levels = catalog(KNOT, FIRE, CAMP)

    assert booked(ada.submit(attempt("knot"), levels, NOW)).answer.unlocked_level_ids == ("fire",)
    assert booked(ada.submit(attempt("knot"), levels, NOW)).answer.unlocked_level_ids == ()
    assert booked(ada.submit(attempt("fire"), levels, NOW)).answer.unlocked_level_ids == ("camp",)


def test_a_locked_level_is_refused_and_names_what_is_missing() -> None:
    ada = learner()

    refused = ada.submit(attempt("camp"), catalog(KNOT, FIRE, CAMP), NOW)

    assert isinstance(refused, LevelLocked)
    assert refused.metadata["missing_level_ids"] == "fire,knot"
    assert ada.records == {}


def test_a_retired_prerequisite_counts_as_met() -> None:
    levels = catalog(replace(KNOT, retired=True), FIRE)

    booked(learner().submit(attempt("fire"), levels, NOW))


def test_a_level_once_attempted_does_not_lock_again_when_prerequisites_are_added() -> None:
    ada = learner()
    ada.submit(attempt("fire", correct=1), catalog(KNOT, Level("fire", xp_reward=20)), NOW)

    booked(ada.submit(attempt("fire"), catalog(KNOT, FIRE), LATER))


def test_a_retired_or_unknown_level_is_refused() -> None:
    levels = catalog(replace(KNOT, retired=True))

    assert isinstance(learner().submit(attempt("knot"), levels, NOW), LevelRetired)
    assert isinstance(learner().submit(attempt("swim"), levels, NOW), LevelNotFound)


def test_a_score_above_the_maximum_is_refused() -> None:
    refused = learner().submit(attempt("knot"), catalog(replace(KNOT, max_score=99)), NOW)

    assert isinstance(refused, InvalidFields)
    assert [violation.field for violation in refused.violations] == ["score"]


def test_a_total_beyond_the_range_is_refused_whole() -> None:
    ada = learner(total_xp=XP_MAX - 14)

    refused = ada.submit(attempt("knot"), catalog(KNOT), NOW)

    assert isinstance(refused, XpOutOfRange)
    assert (ada.total_xp, ada.records) == (XP_MAX - 14, {})
    booked(learner(total_xp=XP_MAX - 15).submit(attempt("knot"), catalog(KNOT), NOW))


def test_the_same_request_answers_the_first_answer_again() -> None:
    ada = learner()
    levels = catalog(KNOT, FIRE)
    first = booked(ada.submit(attempt("knot", request_id="r"), levels, NOW))
    ada.submit(attempt("fire"), levels, LATER)

    again = booked(ada.submit(attempt("knot", request_id="r"), levels, LATER))

    assert again.replayed
    assert again.answer == first.answer
    assert ada.records["knot"].attempts == 1


@pytest.mark.parametrize(
    "change",
    [
        {"level_id": "fire"},
        {"score": 99},
        {"total_questions": 6},
        {"correct_answers": 4},
        {"time_spent_seconds": 61},
    ],
)
def test_a_request_id_with_other_content_is_refused(change: dict[str, str | int]) -> None:
    ada = learner()
    first = attempt("knot", request_id="r")
    ada.submit(first, catalog(KNOT, FIRE), NOW)

    other = replace(first, **change)  # pyright: ignore[reportArgumentType]

    assert isinstance(ada.submit(other, catalog(KNOT, FIRE), LATER), RequestIdReused)


def test_a_refusal_is_not_remembered() -> None:
    ada = learner()
    levels = catalog(KNOT, FIRE)
    assert isinstance(ada.submit(attempt("fire", request_id="r"), levels, NOW), LevelLocked)
    ada.submit(attempt("knot"), levels, NOW)

    assert not booked(ada.submit(attempt("fire", request_id="r"), levels, LATER)).replayed


def test_time_and_best_score_are_gathered() -> None:
    ada = learner()
    for score in (40, 90, 70):
        ada.submit(replace(attempt("knot"), score=score), catalog(KNOT), NOW)

    assert ada.records["knot"] == LevelRecord(90, 3, 15, 180, NOW)


def test_a_fingerprint_never_changes_because_retries_are_for_ever() -> None:
    # Stored in databases out there: if this fails, the retries of existing callers are refused.
    expected = "017f4e490a7eca7c32efdfa202cd9d9a4a"

    assert attempt("knot", request_id="r").fingerprint().hex() == expected
