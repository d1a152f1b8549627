"""Sequences in which something certainly happens that chance may leave out of a short run."""

from collections.abc import Callable
from typing import Final

from tests.faults.state.deliveries import Delivery
from tests.faults.state.machine import Laurels

Steps = tuple[Callable[[Laurels], None], ...]

_three_on_the_board: Final[Steps] = (
    lambda it: it.award("a", "u0", 10, ""),
    lambda it: it.award("b", "u1", 10, ""),
    lambda it: it.award("a", "u2", 15, ""),
    lambda it: it.step("a", Delivery.ON_TIME, 2),
)

SEQUENCES: Final[dict[str, Steps]] = {
    "each refusal": (
        lambda it: it.submit("a", ("u7", "open", 4, "its own")),
        lambda it: it.submit("a", ("u0", "none", 4, "its own")),
        lambda it: it.submit("a", ("u0", "retired", 4, "its own")),
        lambda it: it.submit("a", ("u0", "after-open", 4, "its own")),
        lambda it: it.submit("b", ("u0", "after-retired", 4, "its own")),
        lambda it: it.submit("a", ("u0", "open", 4, "its own")),
        lambda it: it.repeat("b", 0, other=True, as_attempt=True),
        lambda it: it.award("a", "u0", 10, "fair"),
        lambda it: it.award("b", "u0", 15, "fair"),
        lambda it: it.adjust("a", "u0", "below zero"),
        lambda it: it.reverse("b", 0, of="u1", at_another_time=False),
        lambda it: it.reverse("a", 0, of=None, at_another_time=True),
        lambda it: it.reverse("b", 0, of=None, at_another_time=False),
        lambda it: it.reverse("a", 0, of=None, at_another_time=False),
        lambda it: it.reverse("a", 1, of=None, at_another_time=False),
        lambda it: it.page_that_includes("a", 0, at_another_time=True),
    ),
    "repeats, alone and within a batch": (
        lambda it: it.submit("a", ("u0", "best", 3, "its own")),
        lambda it: it.submit("a", ("u0", "best", 4, "its own")),
        lambda it: it.repeat("b", 1, other=False, as_attempt=False),
        lambda it: it.award("a", "u0", 10, "fair"),
        lambda it: it.award("b", "u0", 10, "fair"),
        lambda it: it.repeat("a", 0, other=True, as_attempt=True),
        lambda it: it.repeat("a", 1, other=False, as_attempt=False),
        lambda it: it.repeat("b", 2, other=True, as_attempt=True),
        lambda it: it.submit_batch(
            "a",
            [
                ("u1", "open", 4, "the batch's"),
                ("u1", "open", 4, "the batch's"),
                ("u1", "open", 3, "the batch's"),
                ("u1", "after-open", 4, "its own"),
            ],
        ),
    ),
    "corrections, up and down": (
        *_three_on_the_board,
        lambda it: it.adjust("a", "u2", "down"),
        lambda it: it.repeat("b", 0, other=False, as_attempt=False),
        lambda it: it.step("a", Delivery.ON_TIME, 1),
        lambda it: it.reverse("b", 1, of=None, at_another_time=False),
        lambda it: it.page("a", 0, 3),
        lambda it: it.step("a", Delivery.ON_TIME, 1),
        lambda it: it.page("a", 0, 3),
    ),
    "a culprit within a batch": tuple(
        lambda it, poison=poison: it.submit_poisoned_batch(
            "a",
            [("u0", "open", 4, "its own"), ("u1", "best", 3, ""), ("u0", "best", 4, "its own")],
            1,
            "u2",
            poison,
        )
        for poison in ("unreadable id", "impossible time")
    ),
    "a late delivery after all has moved on": (
        *_three_on_the_board,
        lambda it: it.award("a", "u0", 15, ""),
        lambda it: it.step("a", Delivery.LATE, 1),
        lambda it: it.adjust("b", "u0", "to zero"),
        lambda it: it.step("b", Delivery.ON_TIME, 1),
        lambda it: it.deliver_again_or_at_last(1),
        lambda it: it.deliver_again_or_at_last(0),
        lambda it: it.step("b", Delivery.ANSWER_LOST, 1),
        lambda it: it.deliver_again_or_at_last(0),
    ),
    "a late delivery that finds all as it was": (
        *_three_on_the_board,
        lambda it: it.adjust("a", "u0", "to zero"),
        lambda it: it.step("a", Delivery.LATE, 1),
        lambda it: it.award("b", "u1", 5, ""),
        lambda it: it.deliver_again_or_at_last(0),
    ),
    "a late delivery of what was no news": (
        *_three_on_the_board,
        lambda it: it.step("a", Delivery.ON_TIME, 1),
        lambda it: it.step("a", Delivery.LATE, 1),
        lambda it: it.step("b", Delivery.ON_TIME, 1),
        lambda it: it.deliver_again_or_at_last(1),
    ),
    "a relay that lags": (
        *(lambda it, user=user: it.award("a", user, 10, "") for user in ("u0", "u1", "u2", "u3")),
        lambda it: it.step("b", Delivery.ON_TIME, 1),
        lambda it: it.page("b", 0, 3),
        lambda it: it.standing("b", "u0", 1),
        lambda it: it.standing("b", "u3", 1),
        lambda it: it.page_that_includes("b", 0, at_another_time=False),
    ),
    "members lost": (
        *_three_on_the_board,
        lambda it: it.lose("a member", 1),
        lambda it: it.award("a", "u3", 10, ""),
        lambda it: it.page("a", 0, 3),
        lambda it: it.step("a", Delivery.ANSWER_LOST, 1),
        lambda it: it.step("a", Delivery.ON_TIME, 2),
        lambda it: it.page("a", 0, 3),
        lambda it: it.lose("the board", 0),
        lambda it: it.standing("b", "u1", 2),
    ),
    "a tie": (
        *(lambda it, user=user: it.award("a", user, 10, "") for user in ("u0", "u3", "u1", "u2")),
        lambda it: it.step("a", Delivery.ON_TIME, 2),
        lambda it: it.page("a", 1, 1),
        lambda it: it.walk_on("a", 2, 1),
        lambda it: it.award("a", "u2", 15, ""),
        lambda it: it.step("a", Delivery.ON_TIME, 1),
        lambda it: it.walk_on("a", 2, 1),
        lambda it: it.adjust("a", "u2", "to zero"),
        lambda it: it.lose("everything", 0),
        lambda it: it.page("b", 0, 1),
        lambda it: it.walk_on("b", 1, 1),
        lambda it: it.award("a", "u3", 15, ""),
        lambda it: it.walk_on("b", 1, 1),
    ),
    "another name": (
        *_three_on_the_board,
        lambda it: it.page("a", 0, 3),
        lambda it: it.page("b", 0, 3),
        lambda it: it.register_or_rename("a", "u1", "Ada"),
        lambda it: it.page("a", 0, 3),
        lambda it: it.page("b", 0, 3),
        lambda it: it.register_or_rename("b", "u7", "Ben"),
        lambda it: it.award("a", "u7", 10, ""),
        lambda it: it.step("b", Delivery.ON_TIME, 1),
        lambda it: it.page("b", 0, 1),
    ),
    "a walk while others move": (
        *_three_on_the_board,
        lambda it: it.award("a", "u3", 5, ""),
        lambda it: it.step("a", Delivery.ON_TIME, 1),
        lambda it: it.walk_on("a", 1, 2),
        lambda it: it.award("a", "u1", 15, ""),
        lambda it: it.adjust("a", "u3", "up"),
        lambda it: it.step("a", Delivery.ON_TIME, 1),
        lambda it: it.walk_on("a", 1, 2),
        lambda it: it.lose("everything", 0),
        lambda it: it.walk_on("b", 1, 2),
    ),
    "a build while learners move": (
        *_three_on_the_board,
        lambda it: it.build("a", "two parts"),
        lambda it: it.adjust("a", "u0", "to zero"),
        lambda it: it.award("b", "u3", 15, ""),
        lambda it: it.award("b", "u1", 15, ""),
        lambda it: it.build("a", "to its end"),
        lambda it: it.page("a", 0, 3),
    ),
    "a part of a build that comes late": (
        *_three_on_the_board,
        lambda it: it.build("a", "two parts"),
        lambda it: it.deliver_part_again_or_at_last(1),
        lambda it: it.adjust("a", "u0", "to zero"),
        lambda it: it.build("a", "a part"),
        lambda it: it.deliver_part_again_or_at_last(1),
        lambda it: it.build("a", "to its end"),
        lambda it: it.deliver_part_again_or_at_last(0),
    ),
    "of two builds the slower one is of no use": (
        *_three_on_the_board,
        lambda it: it.build("a", "two parts"),
        lambda it: it.build("a", "a part"),
        lambda it: it.award("a", "u3", 10, ""),
        lambda it: it.build("b", "to its end"),
        lambda it: it.build("a", "to its end"),
    ),
    "builds that come to nothing": (
        *_three_on_the_board,
        lambda it: it.build("a", "a part"),
        lambda it: it.build("a", "no further"),
        lambda it: it.build("b", "two parts"),
        lambda it: it.lose_of_build("b", "a member", 0),
        lambda it: it.build("b", "to its end"),
        lambda it: it.award_several("a", [("u3", 10), ("u4", 10)]),
        lambda it: it.build("b", "two parts"),
        lambda it: it.lose_of_build("b", "the board", 0),
        lambda it: it.build("b", "to its end"),
        lambda it: it.build("a", "two parts"),
        lambda it: it.build("a", "two parts", Delivery.LATE),
        lambda it: it.build("a", "a part"),
        lambda it: it.lose("everything", 0),
        lambda it: it.build("a", "to its end"),
    ),
}
"""By what each is about."""

OFTEN_ENOUGH: Final = frozenset(
    {
        "a read from Redis",
        "a read from PostgreSQL",
        "a superseded delivery",
        "a late delivery in time",
        "an empty Redis built anew",
        "damage noticed",
        "a build finished",
        "a late part of a build",
        "a build overtaken",
        "a build failed",
        "a build left half-way",
        "a culprit alone, the others booked",
        "a tie",
        "a place given up",
        "a walk while others moved",
        "replayed",
        *(
            f"refused: {reason}"
            for reason in (
                "LEARNER_NOT_FOUND",
                "LEVEL_NOT_FOUND",
                "LEVEL_RETIRED",
                "LEVEL_LOCKED",
                "XP_OUT_OF_RANGE",
                "REQUEST_ID_REUSED",
                "REFERENCE_ALREADY_AWARDED",
                "ENTRY_NOT_FOUND",
                "ENTRY_NOT_REVERSIBLE",
                "INVALID_CONSISTENCY_TOKEN",
                "INTERNAL",
            )
        ),
    }
)
"""What must have happened at least once, or the run proves nothing."""


def play(machine: Laurels, steps: Steps) -> None:
    """Takes the steps as Hypothesis would."""
    try:
        machine.every_promise_holds()
        for step in steps:
            step(machine)
            machine.every_promise_holds()
    finally:
        machine.teardown()
