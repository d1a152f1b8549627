"""The checks of what is booked and in which order, each shown a history that breaks its promise."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import pytest

from laurels.v1.progress_service_pb2 import SubmitProgressResponse
from laurels.v1.xp_service_pb2 import AdjustXpResponse
from tests.faults.history.boards import check_boards
from tests.faults.history.bookings import check_acknowledged, check_failures
from tests.faults.history.calls import Finding, History
from tests.faults.history.order import check_order
from tests.faults.history.report import told
from tests.faults.history.story import ANNA, BEGINNING, BELA, Story, answer_to, attempt
from tests.faults.history.truth import Level, Row, Truth

Check = Callable[[History, Truth], Sequence[Finding]]


@pytest.fixture
def story() -> Story:
    return Story()


def found(check: Check, story: Story) -> str:
    """What a check says of a story."""
    return told(check(story.history, story.truth), story.history, ())


def submitted(story: Story, name: str) -> SubmitProgressResponse:
    answer = story.calls[name].answer
    assert isinstance(answer, SubmitProgressResponse)
    return answer


@pytest.mark.parametrize("check", [check_acknowledged, check_failures, check_order, check_boards])
def test_a_history_in_which_every_promise_is_kept_passes(check: Check, story: Story) -> None:
    assert check(story.history, story.truth) == []


def test_an_acknowledged_attempt_that_is_not_stored_is_noticed(story: Story) -> None:
    del story.rows[ANNA, "a-1"], story.entries[1]

    assert "there is no row" in found(check_acknowledged, story)


def test_a_row_of_other_content_than_acknowledged_is_noticed(story: Story) -> None:
    row = story.rows[ANNA, "a-1"]
    story.rows[ANNA, "a-1"] = replace(row, inputs={**row.inputs, "score": 79})

    assert "other content" in found(check_acknowledged, story)


def test_an_answer_other_than_the_stored_one_is_noticed(story: Story) -> None:
    submitted(story, "first").attempts = 7

    assert "answered otherwise than stored: {'attempts': 1}" in found(check_acknowledged, story)


def test_xp_that_was_acknowledged_and_is_not_in_the_ledger_is_noticed(story: Story) -> None:
    del story.entries[1]

    assert "the ledger says otherwise: no entry" in found(check_acknowledged, story)


def test_xp_that_counts_twice_is_noticed(story: Story) -> None:
    story.enter(8, 11.5, ANNA, 10, 16, kind="LEVEL", request_id="a-1", reference="easy")

    assert "the ledger says otherwise" in found(check_acknowledged, story)


def test_another_total_than_that_of_the_entry_is_noticed(story: Story) -> None:
    story.change_entry(1, total_after=11)

    assert "the ledger says otherwise" in found(check_acknowledged, story)


def test_a_change_of_an_account_that_is_not_in_the_ledger_is_noticed(story: Story) -> None:
    del story.entries[4]

    assert "the ledger says otherwise: no entry" in found(check_acknowledged, story)


def test_a_change_of_an_account_without_its_row_is_noticed(story: Story) -> None:
    del story.rows[ANNA, "a-5"]

    assert "is missing or of another" in found(check_acknowledged, story)


def test_a_change_of_an_account_that_is_booked_twice_is_noticed(story: Story) -> None:
    story.entries[8] = replace(story.entries[4], seq=8, total_after=2)

    assert "2 entries under one request id" in found(check_acknowledged, story)


def test_an_answer_whose_total_is_not_that_of_its_entry_is_noticed(story: Story) -> None:
    answer = story.calls["down"].answer
    assert isinstance(answer, AdjustXpResponse)
    answer.total_xp = 7

    assert "a total that is not that of" in found(check_acknowledged, story)


def test_an_award_answered_with_that_of_another_reference_is_noticed(story: Story) -> None:
    request = story.calls["same reference"].request
    request.reference = "q-2"  # pyright: ignore[reportAttributeAccessIssue]

    assert "is missing or of another" in found(check_acknowledged, story)


def test_an_award_answered_by_a_known_reference_whose_id_is_not_kept_is_noticed(
    story: Story,
) -> None:
    del story.rows[BELA, "b-2"]

    assert "is missing or of another" in found(check_acknowledged, story)


def test_an_id_kept_as_answered_by_no_award_is_noticed(story: Story) -> None:
    story.rows[BELA, "b-2"] = Row(BELA, "b-2", "AWARD", answered_by=4)

    assert "answered by" in found(check_failures, story)


def test_a_repeat_that_was_answered_differently_is_noticed(story: Story) -> None:
    submitted(story, "repeat").total_xp = 6

    assert "a repeat was answered differently" in found(check_acknowledged, story)


def test_two_calls_that_both_claim_to_have_booked_are_noticed(story: Story) -> None:
    submitted(story, "repeat").replayed = False

    assert "booked more than once" in found(check_acknowledged, story)


def test_a_replay_of_what_was_not_asked_yet_is_noticed(story: Story) -> None:
    submitted(story, "first").replayed = True
    submitted(story, "repeat").replayed = False

    assert "replayed before it was first asked for" in found(check_acknowledged, story)


def test_a_consistency_token_that_does_not_include_its_own_call_is_noticed(story: Story) -> None:
    submitted(story, "one").consistency_token = story.token(5)

    assert "its consistency token ends at 5" in found(check_acknowledged, story)


def test_a_consistency_token_of_another_ledger_is_noticed(story: Story) -> None:
    story.change_entry(7, recorded_at=BEGINNING + 10.05)

    assert "names no point of the ledger" in found(check_acknowledged, story)


def test_an_acknowledged_rename_that_is_not_in_the_ledger_is_noticed(story: Story) -> None:
    del story.entries[5]

    assert "no such rename" in found(check_acknowledged, story)


def test_what_was_refused_and_is_booked_all_the_same_is_noticed(story: Story) -> None:
    refused = attempt(ANNA, "a-8", "no-such-level")
    story.book(refused, answer_to(refused, 0, 6, ""))

    assert "definitely failed each time, yet booked" in found(check_failures, story)


def test_a_rename_that_was_refused_and_is_booked_all_the_same_is_noticed(story: Story) -> None:
    story.calls["rename"].answer = None
    story.calls["rename"].definite = True

    assert "yet renamed" in found(check_failures, story)


def test_a_row_that_nobody_asked_for_is_noticed(story: Story) -> None:
    nobodys = attempt(ANNA, "a-99", "easy")
    story.book(nobodys, answer_to(nobodys, 0, 6, "", attempts=3))

    assert "nobody asked for" in found(check_failures, story)


def test_what_failed_indefinitely_may_be_booked_whole_but_not_half(story: Story) -> None:
    story.rows[ANNA, "a-6"] = Row(ANNA, "a-6", "ADJUSTMENT")
    assert "half booked" in found(check_failures, story)

    why = {"reason": "counted wrong", "actor": "carol"}
    story.enter(8, 9.0, ANNA, 5, 11, kind="ADJUSTMENT", request_id="a-6", **why)
    assert check_failures(story.history, story.truth) == []

    del story.rows[ANNA, "a-6"]
    assert "without a row" in found(check_failures, story)


def test_an_attempt_without_its_entry_is_noticed(story: Story) -> None:
    del story.entries[3]

    assert "half booked" in found(check_failures, story)


def test_an_attempt_without_its_progress_is_noticed(story: Story) -> None:
    del story.progress[BELA, "easy"]

    assert "its progress says None" in found(check_failures, story)


def test_progress_that_counted_an_attempt_twice_is_noticed(story: Story) -> None:
    story.progress[BELA, "easy"] = Level(2, 80, 10)

    assert "half booked" in found(check_failures, story)


def test_an_id_that_is_called_reused_and_was_not_is_noticed(story: Story) -> None:
    call = story.calls["reused"]
    story.call("nonsense", 11.2, 11.3, attempt(ANNA, "a-98", "easy"), refused=call.reason)

    assert "no other content is booked" in found(check_failures, story)


@pytest.mark.parametrize("reason", ["INTERNAL", "INVALID_CONSISTENCY_TOKEN", "LEARNER_NOT_FOUND"])
def test_a_failure_that_nothing_explains_is_noticed(story: Story, reason: str) -> None:
    story.calls["refused"].reason = reason

    assert "1 broken promises" in found(check_failures, story)


def swapped(story: Story, one: int, other: int) -> None:
    """Two entries of different learners in each other's place."""
    first, second = story.entries[one], story.entries[other]
    story.entries[one] = replace(second, seq=one, recorded_at=first.recorded_at)
    story.entries[other] = replace(first, seq=other, recorded_at=second.recorded_at)


def test_an_entry_before_one_that_was_acknowledged_earlier_is_noticed(story: Story) -> None:
    swapped(story, 2, 1)

    assert "number 2 was acknowledged before number 1 began" in found(check_order, story)


def test_the_order_counts_between_an_attempt_and_a_rename_too(story: Story) -> None:
    swapped(story, 5, 6)

    assert "number 6 was acknowledged before number 5 began" in found(check_order, story)


def test_what_an_unanswered_call_booked_may_stand_anywhere_after_it_began(story: Story) -> None:
    story.calls["lost answer"].invoked = BEGINNING + 2.9
    swapped(story, 2, 3)
    story.change_entry(2, recorded_at=BEGINNING + 3.1, total_after=10)
    story.change_entry(3, recorded_at=BEGINNING + 3.15, total_after=30)

    assert "was acknowledged before" not in found(check_order, story)


def test_an_entry_recorded_after_its_call_was_answered_is_noticed(story: Story) -> None:
    story.change_entry(2, recorded_at=BEGINNING + 3.9)

    assert "not recorded while it was under way" in found(check_order, story)


def test_a_total_that_does_not_follow_from_the_one_before_is_noticed(story: Story) -> None:
    story.change_entry(3, total_after=31)

    assert "the total before was 20" in found(check_order, story)


def test_attempts_numbered_against_their_order_are_noticed(story: Story) -> None:
    story.change_row(ANNA, "a-1", attempts=2)
    story.change_row(ANNA, "a-2", attempts=1)

    assert "number 2 was acknowledged before number 1 began" in found(check_order, story)


def test_attempts_with_the_same_number_are_noticed(story: Story) -> None:
    story.change_row(ANNA, "a-2", attempts=1)

    assert "are not 1, 2, 3" in found(check_order, story)


def test_a_total_that_was_never_true_while_the_call_was_under_way_is_noticed(story: Story) -> None:
    story.change_row(ANNA, "a-2", total_xp=6)

    assert "answered a total of 6, while it was one of {10}" in found(check_order, story)


def test_a_batch_booked_out_of_order_is_noticed(story: Story) -> None:
    story.change_entry(6, request_id="b-7", reference="harder")
    story.change_entry(7, request_id="b-6", reference="hard")

    assert "items of a batch were booked out of order" in found(check_order, story)


def test_findings_are_told_with_their_calls(story: Story) -> None:
    del story.rows[ANNA, "a-1"]

    lines = found(check_acknowledged, story).splitlines()

    assert lines[1] == "- acknowledged, but there is no row of it"
    assert lines[2] == (
        "    0.000000..0.200000 #1 c1 at server 0: anna a-1 PROGRESS easy 80 10 10 0 "
        "-> earned 10, total 10, attempt 1"
    )
