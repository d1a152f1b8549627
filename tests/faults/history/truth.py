"""What PostgreSQL holds in the end, read behind the servers' back."""

import bisect
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final

import asyncpg
import orjson

from tests.faults.history.calls import Content, Key
from tests.sql import Sql


@dataclass(frozen=True, slots=True)
class Entry:
    """An entry of the ledger. `recorded_at` is in seconds, `name` the one a rename gave."""

    seq: int
    user_id: str
    amount: int
    total_after: int
    kind: str
    recorded_at: float
    request_id: str = ""
    source: str = ""
    reference: str = ""
    reason: str = ""
    actor: str = ""
    reverses: int = 0
    name: str = ""

    @property
    def content(self) -> Content:
        """What must have been asked for; of changes to an account only."""
        match self.kind:
            case "AWARD":
                return ("AWARD", self.amount, self.source, self.reference, self.reason)
            case "ADJUSTMENT":
                return ("ADJUSTMENT", self.amount, self.reason, self.actor)
            case _:
                return ("REVERSAL", self.reverses, self.reason, self.actor)

    def __str__(self) -> str:
        what = f"{self.kind} {self.amount:+} to {self.total_after}"
        return f"entry {self.seq} ({self.user_id} {self.request_id or 'without id'}: {what})"


@dataclass(frozen=True, slots=True)
class Row:
    """A row of `submissions`. Of changes to an account, the entry says what was asked."""

    user_id: str
    request_id: str
    kind: str
    inputs: Mapping[str, Any] = field(default_factory=dict[str, Any])
    answer: Mapping[str, Any] = field(default_factory=dict[str, Any])
    answered_by: int | None = None
    """The entry that answers an award whose reference was known: another call made it."""

    def __str__(self) -> str:
        asked, told = dict(self.inputs), dict(self.answer)
        return f"row ({self.user_id} {self.request_id}: {self.kind} {asked} {told})"


@dataclass(frozen=True, slots=True)
class Standing:
    """A learner's XP from an entry on, and the whole minute in which it was reached."""

    seq: int
    since: float
    xp: int
    minute: int | None


@dataclass(frozen=True, slots=True)
class Level:
    """A learner's row of `progress`."""

    attempts: int
    best_score: int
    xp_paid: int


class Truth:
    """The stored rows, and what follows from them."""

    def __init__(
        self,
        *,
        learner_keys: Mapping[str, int],
        entries: Sequence[Entry] = (),
        rows: Sequence[Row] = (),
        progress: Mapping[tuple[str, str], Level] | None = None,
        first_names: Mapping[str, str] | None = None,
    ) -> None:
        self.learner_keys = learner_keys
        self.entries = sorted(entries, key=lambda entry: entry.seq)
        self.by_seq: Final = {entry.seq: entry for entry in self.entries}
        self.rows: Final = {(row.user_id, row.request_id): row for row in rows}
        self.progress: Final = dict(progress or {})
        self.entries_of: Final[dict[Key, list[Entry]]] = {}
        self.names: Final[dict[str, dict[str, float]]] = {
            user_id: {name: float("-inf")} for user_id, name in (first_names or {}).items()
        }
        """Every name a learner ever had, and since when."""
        self.standings: Final[dict[str, list[Standing]]] = {
            user_id: [Standing(0, float("-inf"), 0, None)] for user_id in learner_keys
        }
        for entry in self.entries:
            if entry.request_id:
                self.entries_of.setdefault((entry.user_id, entry.request_id), []).append(entry)
            if entry.kind == "RENAME":
                self.names.setdefault(entry.user_id, {})[entry.name] = entry.recorded_at
            if entry.amount:
                minute = int(entry.recorded_at // 60)
                standing = Standing(entry.seq, entry.recorded_at, entry.total_after, minute)
                self.standings[entry.user_id].append(standing)

    def stood(self, user_id: str, since_seq: int, until: float) -> list[Standing]:
        """The learner's standings in force at that entry or later, recorded no later than that."""
        all_of = self.standings[user_id]
        first = bisect.bisect_right(all_of, since_seq, key=lambda standing: standing.seq) - 1
        found: list[Standing] = []
        for standing in all_of[first:]:
            if found and standing.since > until:
                break
            found.append(standing)
        return found

    def content_of(self, row: Row) -> Content | None:
        """What a row says was asked for; None where its entry is missing."""
        if row.kind == "PROGRESS":
            fields = ("level_id", "score", "total_questions", "correct_answers")
            return (
                "PROGRESS",
                *(row.inputs[name] for name in fields),
                row.inputs["time_spent_seconds"],
            )
        if row.answered_by is not None:
            entry = self.by_seq.get(row.answered_by)
            return entry.content if entry and entry.user_id == row.user_id else None
        entries = self.entries_of.get((row.user_id, row.request_id))
        return entries[0].content if entries else None


async def read_truth(database_url: str) -> Truth:
    """All of it, as one snapshot."""
    sql: Sql = await asyncpg.connect(database_url)
    try:
        async with sql.transaction(isolation="repeatable_read", readonly=True):
            return await _read(sql)
    finally:
        await sql.close()


async def _read(sql: Sql) -> Truth:
    users = await sql.fetch("SELECT learner_key, user_id, display_name FROM users")
    entries = await sql.fetch("""
        SELECT e.*, u.user_id, u.display_name, e.details ->> 'display_name' AS left_name
          FROM xp_entries e JOIN users u USING (learner_key) ORDER BY seq""")
    rows = await sql.fetch(
        "SELECT s.*, u.user_id FROM submissions s JOIN users u USING (learner_key)"
    )
    progress = await sql.fetch(
        "SELECT p.*, u.user_id FROM progress p JOIN users u USING (learner_key)"
    )
    # A rename says what it left: what it gave is what the next one left, or today's name.
    given: dict[int, str] = {}
    now = {str(row["user_id"]): str(row["display_name"]) for row in users}
    for row in reversed(entries):
        if row["kind"] == "RENAME":
            given[row["seq"]] = now[row["user_id"]]
            now[row["user_id"]] = row["left_name"]
    return Truth(
        learner_keys={row["user_id"]: row["learner_key"] for row in users},
        entries=[_entry(row, given.get(row["seq"], "")) for row in entries],
        rows=[
            Row(
                row["user_id"],
                row["request_id"],
                row["kind"],
                orjson.loads(row["inputs"] or "{}"),
                orjson.loads(row["answer"] or "{}"),
                row["answered_by"],
            )
            for row in rows
        ],
        progress={
            (row["user_id"], row["level_id"]): Level(
                row["attempts"], row["best_score"], row["xp_paid"]
            )
            for row in progress
        },
        first_names=now,
    )


def _entry(row: asyncpg.Record, name: str) -> Entry:
    recorded_at: datetime = row["recorded_at"]
    return Entry(
        seq=row["seq"],
        user_id=row["user_id"],
        amount=row["amount"],
        total_after=row["total_after"],
        kind=row["kind"],
        recorded_at=recorded_at.timestamp(),
        request_id=row["request_id"],
        source=row["source"],
        reference=row["reference"],
        reason=row["reason"],
        actor=row["actor"],
        reverses=row["reverses"] or 0,
        name=name,
    )
