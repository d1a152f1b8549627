"""Names and formats of what is kept in Redis. A change here needs a new FORMAT."""

import hashlib
from datetime import UTC, datetime, timedelta

from laurels_server.domain.standings import GLOBAL

FORMAT = 1
"""Rises when keys, members, scores or meta fields change; every server then builds anew."""

DEFINITIONS = hashlib.sha256(f"{FORMAT}:{GLOBAL}".encode()).hexdigest()[:16]
"""Stands for the format and the boards a projection holds."""

_EPOCH = datetime.fromtimestamp(0, UTC)
_MICROSECOND = timedelta(microseconds=1)


class ShardKeys:
    """Key names of one shard."""

    def __init__(self, prefix: str) -> None:
        self.root = f"{prefix}:{{s0}}"
        self.current = f"{self.root}:current"
        self.generations = f"{self.root}:generations"

    def meta(self, generation: str) -> str:
        """Where a generation keeps what it is complete up to."""
        return f"{self.root}:{generation}:meta"

    def board(self, generation: str) -> str:
        """Where a generation keeps the all-time board."""
        return f"{self.root}:{generation}:{GLOBAL}"


def member(learner_key: int) -> str:
    """A learner's member: padded so that the order of texts is the order of keys."""
    return f"{learner_key:019d}"


def learner_key(member: str) -> int:
    """The learner behind a member."""
    return int(member)


def to_micros(moment: datetime) -> int:
    """A moment as whole microseconds, exact in both directions."""
    return (moment - _EPOCH) // _MICROSECOND


def from_micros(micros: int) -> datetime:
    """The moment behind whole microseconds."""
    return _EPOCH + micros * _MICROSECOND
