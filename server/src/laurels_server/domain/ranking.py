"""The order of every leaderboard, as one integer.

More XP first; among equals, who reached it in the earlier whole UTC minute; then who registered
later. `rank_key` packs the first two into an integer below 2**53, exact in the doubles that Redis
keeps as scores; the learner key breaks the remaining ties. The column `users.rank_key` computes
the same in SQL, and a test holds the two together.
"""

from datetime import UTC, datetime, timedelta

from laurels_server.domain.xp import XP_MAX

EPOCH = datetime(2025, 1, 1, tzinfo=UTC)
"""Minute 0 of the tie-breaker."""

_MINUTE_BITS = 24
_MINUTE_MAX = 2**_MINUTE_BITS - 1
"""The last minute that fits, in the year 2056; later ones all count as this one."""


def rank_key(xp: int, reached_at: datetime) -> int:
    """Place of `xp` (0..XP_MAX), reached at `reached_at`, in descending order."""
    if not 0 <= xp <= XP_MAX:
        raise ValueError(f"xp {xp} is outside 0..{XP_MAX}")
    minute = (reached_at - EPOCH) // timedelta(minutes=1)
    return (xp << _MINUTE_BITS) | (_MINUTE_MAX - min(max(minute, 0), _MINUTE_MAX))


def xp_of(key: int) -> int:
    """The XP that a rank key stands for."""
    return key >> _MINUTE_BITS


def reached_at_of(key: int) -> datetime:
    """The whole minute that a rank key stands for."""
    return EPOCH + timedelta(minutes=_MINUTE_MAX - (key & _MINUTE_MAX))
