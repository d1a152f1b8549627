"""The all-time board answered by PostgreSQL, always fresh."""

from collections.abc import Sequence

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
from laurels_server.postgres.connection import Connection, Row
from laurels_server.postgres.queries import query

_StoredEntry = tuple[int, str, str, int]
"""learner_key, user_id, display_name, rank_key."""


async def page_from(connection: Connection, skipped: int, size: int) -> Page:
    """The page that begins after the first `skipped` places."""
    parameters = {"skipped": skipped, "most": size + 1}
    result = await connection.execute(query("board_page_from"), parameters)
    return _page(result.one(), size)


async def page_after(connection: Connection, place: Place, size: int) -> Page:
    """The page right after `place`, whether or not someone still stands there."""
    parameters = {
        "rank_key": place.rank_key,
        "learner_key": place.learner_key,
        "most": size + 1,
    }
    result = await connection.execute(query("board_page_after"), parameters)
    return _page(result.one(), size)


async def standing(connection: Connection, user_id: str, neighbors: int) -> Standing | None:
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
        found = Standing(
            entry=_entry_without_place(row),
            placed=False,
            percentile=0.0,
            total_entries=row.total,
            above=(),
            below=(),
            source=Source.POSTGRES,
            as_of=row.as_of,
        )
    return found


async def absent(connection: Connection, learner_key: int) -> Entry | None:
    """The entry of a learner without a place; None when it has one, or is unknown."""
    result = await connection.execute(query("board_absence"), {"learner_key": learner_key})
    row = result.one_or_none()
    return None if row is None or row.placed else _entry_without_place(row)


def _entry_without_place(row: Row) -> Entry:
    reached_at = None if row.reached_at is None else ranking.reached_at_of(row.rank_key)
    return Entry(0, 0, Name(row.user_id, row.display_name), row.total_xp, reached_at)


def _page(row: Row, size: int) -> Page:
    stored: Sequence[_StoredEntry] = row.entries or ()
    shown = list(stored[:size])
    more = len(stored) > size
    return Page(
        entries=number(_numbered(shown), skipped=row.skipped, better_than_first=row.better),
        next_after=Place(shown[-1][3], shown[-1][0]) if more else None,
        total_entries=row.total,
        source=Source.POSTGRES,
        as_of=row.as_of,
    )


def _numbered(stored: Sequence[_StoredEntry]) -> list[tuple[int, Name]]:
    return [(rank_key, Name(user_id, display)) for _, user_id, display, rank_key in stored]
