"""One look at a server for `laurels top`, and what two of them tell about the time between."""

import asyncio
import time
from collections.abc import Sequence
from dataclasses import dataclass

from laurels_server.rpc.operator import Json, Operator, OperatorError


@dataclass(frozen=True, slots=True)
class Look:
    """What a server answered at one moment, by time.monotonic()."""

    at_s: float
    leaderboard: Json
    """A GetLeaderboardResponse."""
    sync_status: Json
    """A GetSyncStatusResponse."""
    rate: float | None = None
    """Entries booked a second since the look before; None where that cannot be told."""


@dataclass(frozen=True, slots=True)
class NoAnswer:
    """Why a look saw nothing."""

    reason: str
    message: str


@dataclass(frozen=True, slots=True)
class Change:
    """What became of a learner since the look before."""

    xp: int = 0
    places: int = 0
    """Climbed; negative where others went by."""
    is_new: bool = False


async def look(server: Operator, limit: int, before: Look | None) -> Look | NoAnswer:
    """Asks for the board and for how far Redis is."""
    task = asyncio.current_task()
    try:
        # One after the other: of two at once, an error may hide that somebody ended the command.
        board = await server.board(page_size=limit)
        status = await server.sync_status()
    except OperatorError as error:
        if task is not None and task.cancelling():
            raise asyncio.CancelledError from None
        return NoAnswer(error.reason, str(error))
    now = time.monotonic()
    rate = None
    if before is not None:
        booked = status["ledger_seq"] - before.sync_status["ledger_seq"]
        # A ledger that became shorter is another one: its database was restored.
        rate = booked / (now - before.at_s) if booked >= 0 else None
    return Look(now, board, status, rate)


def changes(now: Look, before: Look | None) -> Sequence[Change]:
    """What became of each entry's learner, in the order of the board."""
    if before is None:
        return [Change() for _ in now.leaderboard["entries"]]
    known = {entry["user_id"]: entry for entry in before.leaderboard["entries"]}
    found: list[Change] = []
    for entry in now.leaderboard["entries"]:
        earlier = known.get(entry["user_id"])
        if earlier is None:
            found.append(Change(is_new=True))
        else:
            places = earlier["position"] - entry["position"]
            found.append(Change(entry["xp"] - earlier["xp"], places))
    return found
