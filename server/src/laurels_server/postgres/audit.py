"""What an audit reads: the ledger in order, accounts beside their entries, and places."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import asyncpg

from laurels_server.domain.audit import AccountFacts, Finding, FindingKind, LevelFacts, spelled
from laurels_server.domain.ledger import LEDGER_START, LedgerPoint
from laurels_server.postgres.connection import Connection
from laurels_server.postgres.queries import query

_ENTRIES_MOST = 100_000
"""Of the learners of one chunk, the last one's aside; bounds memory."""

_LAST_KEY = 2**63 - 1
"""Of learners, and of entries, whoever wrote them."""


@dataclass(frozen=True, slots=True)
class Run:
    """Consecutive ledger entries: how many, the last one, where the ledger ends, and the breaks."""

    entries: int
    last: LedgerPoint
    tip: int
    breaks: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Chunk:
    """All learners of a range of keys.

    `placed` are those with a place, as (learner_key, rank_key); the facts are of those whose
    account or level does not add up; `strays` are learner keys that nobody has, each with its
    first entry.
    """

    learners: int
    placed: Sequence[tuple[int, int]]
    accounts: Sequence[AccountFacts]
    levels: Sequence[LevelFacts]
    strays: Sequence[tuple[int, int]]

    def followed_by(self, other: "Chunk") -> "Chunk":
        """The two as one, where `other` begins at the key that this one ends at."""
        return Chunk(
            self.learners + other.learners,
            [*self.placed, *other.placed],
            [*self.accounts, *other.accounts],
            [*self.levels, *other.levels],
            [*self.strays, *other.strays],
        )


@dataclass(frozen=True, slots=True)
class Place:
    """Where a learner stands: no user_id is nobody, no rank key is no place."""

    user_id: str | None
    rank_key: int | None
    version: int | None


async def read_run(connection: Connection, after: LedgerPoint, most: int) -> Run:
    """The next `most` entries after `after`, LEDGER_START for the first ones."""
    result = await connection.execute(
        query("audit_ledger"),
        {"after": after.seq, "after_recorded_at": after.recorded_at, "most": most},
    )
    row = result.one()
    last = after if row.last_seq is None else LedgerPoint(row.last_seq, row.last_recorded_at)
    breaks: list[Finding] = []
    for seq, recorded_at, previous, previous_recorded_at in row.broken or ():
        if seq != previous + 1:
            breaks.append(
                Finding(FindingKind.LEDGER_GAP, "", str(seq), str(previous + 1), str(seq))
            )
        if recorded_at < previous_recorded_at:
            expected = f"{spelled(previous_recorded_at)} or later"
            breaks.append(
                Finding(FindingKind.LEDGER_ORDER, "", str(seq), expected, spelled(recorded_at))
            )
    return Run(row.entries, last, row.tip_seq or LEDGER_START.seq, breaks)


async def read_bound(connection: Connection, after: int, most: int) -> int | None:
    """The last key of the next chunk: of `most` learners, or fewer who have many entries.

    None where no more than that is left: the next chunk is the last one.
    """
    bound = await connection.execute(
        query("audit_bound"), {"after": after, "most": most, "entries_most": _ENTRIES_MOST}
    )
    return bound.scalar_one()


async def read_chunk(connection: Connection, after: int, upto: int | None) -> Chunk | None:
    """The learners with a key beyond `after` and up to `upto`, None for all that are left.

    None where that takes longer than a statement may.
    """
    try:
        result = await connection.execute(
            query("audit_accounts"), {"after": after, "upto": _LAST_KEY if upto is None else upto}
        )
    except asyncpg.QueryCanceledError:
        return None
    row = result.one()
    accounts: list[AccountFacts] = []
    strays: list[tuple[int, int]] = []
    for key, user_id, total, version, reached, booked, entries, moved, *wrong, first_seq in (
        row.wrong_accounts or ()
    ):
        if user_id is None:
            strays.append((key, first_seq))
            continue
        seq, running, total_after = wrong
        accounts.append(
            AccountFacts(
                user_id,
                total,
                version,
                reached,
                booked,
                entries,
                moved,
                None if seq is None else (seq, running, total_after),
            )
        )
    return Chunk(
        learners=row.learners,
        placed=list(zip(row.placed_keys or (), row.places or (), strict=True)),
        accounts=accounts,
        levels=[LevelFacts(*facts) for _, *facts in row.wrong_levels or ()],
        strays=strays,
    )


async def read_middle(connection: Connection, after: int, upto: int | None) -> int | None:
    """The key of the learner in the middle of the same; None where there is none before the end."""
    middle = await connection.execute(
        query("audit_middle"), {"after": after, "upto": _LAST_KEY if upto is None else upto}
    )
    key = middle.scalar_one()
    return None if key == upto else key


async def read_places(
    connection: Connection, learner_keys: Iterable[int]
) -> tuple[dict[int, Place], int]:
    """Where learners stand, and the ledger's last seq, in one snapshot."""
    result = await connection.execute(query("audit_places"), {"learner_keys": list(learner_keys)})
    rows = result.all()
    places = {row.learner_key: Place(row.user_id, row.place, row.version) for row in rows}
    return places, rows[0].tip_seq if rows else 0


async def read_strangers(connection: Connection, learner_keys: Iterable[int]) -> list[int]:
    """Those of the learner keys that hold no place."""
    rows = await connection.execute(query("audit_strangers"), {"learner_keys": list(learner_keys)})
    return list(rows.scalars())
