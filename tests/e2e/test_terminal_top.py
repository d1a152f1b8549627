"""`laurels top` in a pipe: one line a look."""

import itertools
import signal
from dataclasses import replace
from typing import Any

import orjson
import pytest

from laurels_server.app import App
from laurels_server.cli.look import Change, Look, changes, look
from laurels_server.rpc.operator import connected
from tests.calls import Calls
from tests.e2e.process import Laurels, ended, started, until

QUICK = ("--interval", "0.1")


def looks(top: Laurels) -> list[dict[str, Any]]:
    """The JSON lines that have been printed so far."""
    return [orjson.loads(line) for line in top.log.splitlines(keepends=True) if line[-1] == "\n"]


async def until_look(top: Laurels, key: str, more_than: int = 0) -> list[dict[str, Any]]:
    """Waits until there are looks with this key; all looks."""

    async def holds() -> bool:
        return sum(key in look for look in looks(top)) > more_than

    await until(holds, f"{key} more than {more_than} times")
    return looks(top)


async def test_a_look_is_one_line_of_words(app: App, calls: Calls) -> None:
    answer = await calls.submit("scout-001", "puk_u1_l1")
    await calls.board(consistency_token=answer.consistency_token)
    code, output = await ended("top", "--once", *QUICK, listen=app.address)
    assert code == 0
    moment, told = output.split("  ", 1)
    assert moment.endswith("Z")
    assert told == (
        "0.0 entries/s  0 behind  1 on the board  from Redis  first scout-001 with 15 XP\n"
    )


async def test_the_rate_is_what_the_ledger_grew_by(app: App, calls: Calls) -> None:
    async with started("top", "--json", *QUICK, listen=app.address) as top:
        seen = await until_look(top, "leaderboard")
        assert seen[0]["entries_per_second"] is None
        for number in range(20):
            await calls.submit(f"scout-{number + 1:03d}", "puk_u1_l1")

        async def all_seen() -> bool:
            return looks(top)[-1]["sync_status"]["ledger_seq"] == 20

        await until(all_seen, "20 entries in the ledger")
        top.send(signal.SIGINT)
        assert await top.exit_code() == 0
        seen = looks(top)
    booked = [
        now["sync_status"]["ledger_seq"] - before["sync_status"]["ledger_seq"]
        for before, now in itertools.pairwise(seen)
    ]
    assert sum(booked) == 20
    rates = [look["entries_per_second"] for look in seen[1:]]
    assert [rate > 0 for rate in rates] == [count > 0 for count in booked]


async def test_the_rate_is_of_the_time_between_two_looks(app: App, calls: Calls) -> None:
    async with connected(app.address) as server:
        first = await look(server, 10, None)
        assert isinstance(first, Look)
        for number in range(3):
            await calls.submit(f"scout-{number + 1:03d}", "puk_u1_l1")
        second = await look(server, 10, first)
        assert isinstance(second, Look)
        # A database that was restored has a shorter ledger: that is no rate.
        third = await look(
            server, 10, replace(second, sync_status=second.sync_status | {"ledger_seq": 99})
        )
        assert isinstance(third, Look)
    assert first.rate is None
    assert second.rate == pytest.approx(3 / (second.at_s - first.at_s))  # pyright: ignore[reportUnknownMemberType]
    assert third.rate is None


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ([("a", 30), ("b", 15)], [("b", 45), ("a", 30)], [Change(30, 1), Change(0, -1)]),
        ([("a", 30)], [("a", 30), ("b", 15)], [Change(), Change(is_new=True)]),
        ([("a", 30)], [("a", 15)], [Change(-15)]),
        ([("a", 30), ("b", 15)], [("a", 30)], [Change()]),
    ],
)
def test_a_learner_is_compared_with_the_look_before(
    before: list[tuple[str, int]], now: list[tuple[str, int]], expected: list[Change]
) -> None:
    def seen(entries: list[tuple[str, int]]) -> Look:
        board = [
            {"position": position, "user_id": user_id, "xp": xp}
            for position, (user_id, xp) in enumerate(entries, start=1)
        ]
        return Look(0.0, {"entries": board}, {})

    assert changes(seen(now), seen(before)) == expected
    assert changes(seen(now), None) == [Change()] * len(now)
