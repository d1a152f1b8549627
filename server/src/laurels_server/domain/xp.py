"""What an attempt is worth."""

from enum import StrEnum

from laurels_server.domain.errors import XpOutOfRange

XP_MAX = 2**29 - 1
"""Largest total a learner can hold, so that a rank key stays below 2**53 (see ranking.py)."""


def total_after(total: int, amount: int) -> int:
    """The total once `amount` counts; raises XpOutOfRange, never clamps."""
    if not 0 <= total + amount <= XP_MAX:
        raise XpOutOfRange(total, amount, XP_MAX)
    return total + amount


class XpPolicy(StrEnum):
    """How a level pays."""

    FIRST_PASS = "FIRST_PASS"
    BEST_SCORE = "BEST_SCORE"


def passes(correct: int, total: int, pass_ratio: float) -> bool:
    """Whether `correct` of `total` answers reach the level's pass ratio."""
    return correct / total >= pass_ratio


def earned(
    policy: XpPolicy, *, reward: int, correct: int, total: int, already_passed: bool, paid: int
) -> int:
    """XP that a passing attempt earns, given what the level has paid this learner before.

    FIRST_PASS pays the whole reward once. BEST_SCORE pays the improvement of the reward's share
    of correct answers, rounded half up, over what was paid. Neither ever takes XP away.
    """
    match policy:
        case XpPolicy.FIRST_PASS:
            return 0 if already_passed else reward
        case XpPolicy.BEST_SCORE:
            worth = (2 * reward * correct + total) // (2 * total)
            return max(0, worth - paid)
