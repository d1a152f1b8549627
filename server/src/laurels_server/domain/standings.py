"""Pages and places of a leaderboard, whoever answers them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from laurels_server.domain import ranking

GLOBAL = "global"
"""The all-time leaderboard of every learner."""


class Source(StrEnum):
    """Who answered."""

    REDIS = "REDIS"
    POSTGRES = "POSTGRES"


@dataclass(frozen=True, slots=True)
class Place:
    """A learner's spot in board order: what a page continues after."""

    rank_key: int
    learner_key: int


@dataclass(frozen=True, slots=True)
class Name:
    """Who a learner is, to show."""

    user_id: str
    display_name: str


@dataclass(frozen=True, slots=True)
class Entry:
    """A learner's row on a leaderboard. Without a place, position and rank are 0."""

    position: int
    rank: int
    name: Name
    xp: int
    reached_at: datetime | None


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
class Page:
    """A run of entries, best first. `next_after` is set where more follow.

    Each is like no other, so that what was made of it can be kept as long as it is.
    """

    entries: Sequence[Entry]
    next_after: Place | None
    total_entries: int
    source: Source
    as_of: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """One learner's place and its neighbours. `percentile` is 0..100."""

    entry: Entry
    placed: bool
    percentile: float
    total_entries: int
    above: Sequence[Entry]
    below: Sequence[Entry]
    source: Source
    as_of: datetime


def number(
    rows: Iterable[tuple[int, Name]], *, skipped: int, better_than_first: int
) -> list[Entry]:
    """Turns consecutive `(rank_key, name)` rows into entries with position and rank.

    `skipped` learners stand before the first row; `better_than_first` of them have strictly more
    XP than it. From the first change of XP on, everyone before has more, so rank is position.
    """
    entries: list[Entry] = []
    rank = better_than_first + 1
    for position, (rank_key, name) in enumerate(rows, start=skipped + 1):
        xp = ranking.xp_of(rank_key)
        if entries and xp != entries[-1].xp:
            rank = position
        entries.append(Entry(position, rank, name, xp, ranking.reached_at_of(rank_key)))
    return entries


def percentile(lesser: int, total: int) -> float:
    """The share, 0..100, of `total` placed learners that are `lesser`: strictly less XP."""
    return 100.0 * lesser / total
