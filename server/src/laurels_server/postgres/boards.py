"""The all-time board answered by PostgreSQL, always fresh."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row
from sqlalchemy.ext.asyncio import AsyncConnection

from laurels_server.domain import ranking
from laurels_server.domain.standings import (
    Entry,
    Name,
    Page,
    Place,
    Source,
    Standing,
    number,
    percentile,
)
from laurels_server.postgres.queries import query

_StoredEntry = tuple[int, str, str, int]
"""learner_key, user_id, display_name, rank_key."""


@dataclass(frozen=True, slots=True)
class FreshPage:
    """A page and the ledger's end in the same snapshot, to hold against a consistency token."""

    page: Page
    tip_seq: int


@dataclass(frozen=True, slots=True)
class FreshStanding:
    """A standing and the ledger's end in the same snapshot."""

    standing: Standing
    tip_seq: int


async def page_from(connection: AsyncConnection, skipped: int, size: int) -> FreshPage:
    """The page that begins after the first `skipped` places."""
    parameters = {"skipped": skipped, "most": size + 1}
    result = await connection.execute(query("board_page_from"), parameters)
    return _page(result.one(), size)


async def page_after(connection: AsyncConnection, place: Place, size: int) -> FreshPage:
    """The page right after `place`, whether or not someone still stands there."""
    parameters = {
        "rank_key": place.rank_key,
        "learner_key": place.learner_key,
        "most": size + 1,
    }
    result = await connection.execute(query("board_page_after"), parameters)
    return _page(result.one(), size)


async def standing(
    connection: AsyncConnection, user_id: str, neighbors: int
) -> FreshStanding | None:
    """One learner's place; None when the learner is unknown."""
    result = await connection.execute(
        query("board_standing"), {"user_id": user_id, "neighbors": neighbors}
    )
    row = result.one_or_none()
    if row is None:
        return None
    name = Name(row.user_id, row.display_name)
    if row.placed:
        above: Sequence[_StoredEntry] = row.above or ()
        below: Sequence[_StoredEntry] = row.below or ()
        rows = [
            *_numbered(above),
            (row.rank_key, name),
            *_numbered(below),
        ]
        entries = number(rows, skipped=row.ahead - len(above), better_than_first=row.better)
        place = len(above)
        found = Standing(
            entry=entries[place],
            placed=True,
            percentile=percentile(row.lesser, row.total),
            total_entries=row.total,
            above=entries[:place],
            below=entries[place + 1 :],
            source=Source.POSTGRES,
            as_of=row.as_of,
        )
    else:
        reached_at = None if row.reached_at is None else ranking.reached_at_of(row.rank_key)
        found = Standing(
            entry=Entry(0, 0, name, row.total_xp, reached_at),
            placed=False,
            percentile=0.0,
            total_entries=row.total,
            above=(),
            below=(),
            source=Source.POSTGRES,
            as_of=row.as_of,
        )
    return FreshStanding(found, row.tip_seq or 0)


def _page(row: Row[Any], size: int) -> FreshPage:
    stored: Sequence[_StoredEntry] = row.entries or ()
    shown = list(stored[:size])
    more = len(stored) > size
    page = Page(
        entries=number(_numbered(shown), skipped=row.skipped, better_than_first=row.better),
        next_after=Place(shown[-1][3], shown[-1][0]) if more else None,
        total_entries=row.total,
        source=Source.POSTGRES,
        as_of=row.as_of,
    )
    return FreshPage(page, row.tip_seq or 0)


def _numbered(stored: Sequence[_StoredEntry]) -> list[tuple[int, Name]]:
    return [(rank_key, Name(user_id, display)) for _, user_id, display, rank_key in stored]
