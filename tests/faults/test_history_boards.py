"""The check of pages and places, shown boards that break each of its promises."""

import pytest

from laurels.v1.leaderboard_service_pb2 import (
    GetLeaderboardRequest,
    GetStandingResponse,
    LeaderboardEntry,
)
from tests.faults.history.boards import check_boards
from tests.faults.history.report import told
from tests.faults.history.story import ANNA, BEGINNING, BELA, CARL, Story, page, place, placed

NOW = (placed(1, BELA, 50), placed(2, ANNA, 6, "Annabel"))


@pytest.fixture
def story() -> Story:
    return Story()


def found(story: Story) -> str:
    return told(check_boards(story.history, story.truth), story.history, ())


def shows(story: Story, *entries: LeaderboardEntry, as_of: float = 12.1) -> str:
    """What is found when the page of the story shows these."""
    story.calls["page"].answer = page(as_of, entries)
    return found(story)


def test_the_page_as_it_was_passes(story: Story) -> None:
    assert shows(story, *NOW) == "0 broken promises"


def test_xp_older_than_what_was_acknowledged_before_as_of_is_noticed(story: Story) -> None:
    assert "bela shown with 40 XP" in shows(story, placed(1, BELA, 40), NOW[1])


def test_xp_from_before_a_correction_is_noticed(story: Story) -> None:
    assert "anna shown with 10 XP" in shows(story, NOW[0], placed(2, ANNA, 10, "Annabel"))


def test_an_old_page_that_says_so_passes_but_not_below_its_as_of(story: Story) -> None:
    old = (placed(1, BELA, 20), placed(2, ANNA, 10))

    assert shows(story, *old, as_of=6.5) == "0 broken promises"
    assert "shown with" in shows(story, *old, as_of=7.3)


def test_a_page_may_show_more_than_its_as_of_promises(story: Story) -> None:
    assert shows(story, *NOW, as_of=6.5) == "0 broken promises"


def test_xp_that_nobody_booked_is_noticed(story: Story) -> None:
    assert "bela shown with 55 XP" in shows(story, placed(1, BELA, 55), NOW[1])


def test_xp_that_was_booked_only_later_is_noticed(story: Story) -> None:
    story.calls["page"].invoked = BEGINNING + 6.6
    story.calls["page"].completed = BEGINNING + 6.7

    early = shows(story, placed(1, BELA, 50), placed(2, ANNA, 10), as_of=6.6)

    assert "bela shown with 50 XP" in early


def test_another_minute_than_that_in_which_the_xp_was_reached_is_noticed(story: Story) -> None:
    late = placed(2, ANNA, 6, "Annabel", minute=1)

    assert "anna shown with 6 XP of 08:01; " in shows(story, NOW[0], late)


def test_a_learner_who_is_missing_is_noticed(story: Story) -> None:
    assert "anna is missing, with 6 XP" in shows(story, NOW[0])


def test_a_half_built_page_is_noticed(story: Story) -> None:
    answer = page(12.1, NOW)
    answer.total_entries = 3
    story.calls["page"].answer = answer

    assert "half-built: 2 entries of 3" in found(story)


def test_a_learner_who_stands_twice_is_noticed(story: Story) -> None:
    assert "stands twice" in shows(story, *NOW, placed(3, ANNA, 6, "Annabel"))


def test_a_stranger_is_noticed(story: Story) -> None:
    assert "whom nobody registered" in shows(story, *NOW, placed(3, "zoe", 1))


def test_a_name_that_was_never_the_learners_is_noticed(story: Story) -> None:
    assert "'Anya', never its name" in shows(story, NOW[0], placed(2, ANNA, 6, "Anya"))


def test_a_page_in_the_wrong_order_is_noticed(story: Story) -> None:
    turned = (placed(1, ANNA, 6, "Annabel"), placed(2, BELA, 50))

    assert "bela stands below anna" in shows(story, *turned)


def test_equals_in_the_wrong_order_are_noticed(story: Story) -> None:
    story.enter(8, 11.5, CARL, 6, 6, kind="AWARD")
    # Carl registered later, so stands above.
    equal = (NOW[0], placed(2, CARL, 6), placed(3, ANNA, 6, "Annabel", rank=2))
    turned = (NOW[0], placed(2, ANNA, 6, "Annabel"), placed(3, CARL, 6, rank=2))
    story.calls = {"page": story.calls["page"]}

    assert shows(story, *equal) == "0 broken promises"
    assert "carl stands below anna" in shows(story, *turned)


def test_wrong_ranks_and_places_are_noticed(story: Story) -> None:
    assert "rank 1, not 2" in shows(story, NOW[0], placed(2, ANNA, 6, "Annabel", rank=1))
    assert "place 3 after 1" in shows(story, NOW[0], placed(3, ANNA, 6, "Annabel"))
    assert "the first has place 2" in shows(
        story, placed(2, BELA, 50, rank=1), placed(3, ANNA, 6, "Annabel")
    )
    assert "the first has not rank 1" in shows(story, placed(1, BELA, 50, rank=2), NOW[1])


def test_an_as_of_in_the_future_is_noticed(story: Story) -> None:
    assert "lies in the future" in shows(story, *NOW, as_of=12.3)


def test_a_page_without_what_its_token_stands_for_is_noticed(story: Story) -> None:
    call = story.calls["page with token"]
    call.answer = page(6.5, [placed(1, BELA, 40), NOW[1]])
    assert "bela shown with 40 XP" in found(story)

    call.request = GetLeaderboardRequest(consistency_token=story.token(6))
    assert found(story) == "0 broken promises"


def stands(story: Story, answer: GetStandingResponse) -> str:
    """What is found when the learner of the story stands so."""
    story.calls["place"].answer = answer
    return found(story)


def test_a_place_without_its_neighbours_is_noticed(story: Story) -> None:
    assert "half-built: 0 above and 0 below place 2 of 2" in stands(story, place(12.7, NOW[1]))


def test_neighbours_with_xp_they_did_not_have_are_noticed(story: Story) -> None:
    below = placed(1, BELA, 40)

    assert "bela shown with 40 XP" in stands(story, place(12.7, NOW[1], above=[below]))


def test_somebody_elses_place_is_noticed(story: Story) -> None:
    assert "the standing of bela" in stands(story, place(12.7, NOW[0], below=[NOW[1]]))


def test_a_learner_with_xp_and_without_a_place_is_noticed(story: Story) -> None:
    absent = LeaderboardEntry(user_id=ANNA, display_name="Annabel")
    assert "anna shown with 0 XP" in stands(story, place(12.7, absent))

    absent.xp = 6
    assert "not placed, yet with XP" in stands(story, place(12.7, absent))
