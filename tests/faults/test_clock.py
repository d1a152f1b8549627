"""PostgreSQL's clock, the only one that rules read, jumps an hour ahead and back under load."""

import shutil
import subprocess
import time
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Final

import asyncpg
import grpc
import pytest

from laurels.v1.leaderboard_service_pb2 import GetLeaderboardResponse, LeaderboardEntry
from laurels_server.app import App
from laurels_server.config import Settings
from tests.calls import Calls, attempt
from tests.e2e.process import Laurels, Setting, free_address, serving
from tests.faults.checks import assert_booked_once, assert_consistent, calling
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.test_rolling_restart import Booked, assert_replayed, calling_at, lost
from tests.faults.test_store_watch import source_of, until
from tests.sql import Sql

HOURS: Final = (0, 1, 0, -1, 1, 0) if FULL else (0, 1, 0)
"""How far the clock is ahead, one after the other."""

FAKETIME: Final = shutil.which("faketime")
FAKETIME_VARIABLES: Final = ("LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC")

SHIFTS: Final = {"": 0, "+1h": 3600, "-1h": -3600} if FAKETIME else {"": 0}
"""Clocks of the server itself, and how many seconds they are ahead."""

SHADOWS: Final = """
CREATE SCHEMA jumped;
CREATE TABLE jumped.clock (ahead interval NOT NULL);
INSERT INTO jumped.clock VALUES ('0');
CREATE FUNCTION jumped.clock_timestamp() RETURNS timestamptz LANGUAGE sql VOLATILE
    AS 'SELECT pg_catalog.clock_timestamp() + ahead FROM jumped.clock';
CREATE FUNCTION jumped.transaction_timestamp() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.transaction_timestamp() + ahead FROM jumped.clock';
CREATE FUNCTION jumped.now() RETURNS timestamptz LANGUAGE sql STABLE
    AS 'SELECT pg_catalog.now() + ahead FROM jumped.clock';
DO $$ BEGIN
    EXECUTE format('ALTER DATABASE %I SET search_path = jumped, pg_catalog, public',
                   current_database());
END $$;
"""

BOARD: Final = """
SELECT user_id, total_xp FROM users WHERE visibility = 'VISIBLE' AND total_xp > 0
 ORDER BY total_xp DESC, date_trunc('minute', reached_at), learner_key DESC
"""

RECORDED: Final = """
SELECT user_id, reached_at, recorded_at,
       CAST(extract(epoch FROM recorded_at - pg_catalog.clock_timestamp()) AS float8) AS ahead_s
  FROM xp_entries JOIN users USING (learner_key)
 WHERE request_id = 'tied'
"""


@pytest.fixture
async def database_url(database_url: str) -> str:
    """A database whose clock can jump: whoever connects from now on reads ours."""
    connection = await asyncpg.connect(database_url)
    await connection.execute(SHADOWS)
    await connection.close()
    return database_url


async def jump(sql: Sql, hours: int) -> None:
    """Sets how far the clock is ahead of the real one."""
    await sql.execute("UPDATE jumped.clock SET ahead = make_interval(hours => $1)", hours)
    told = await sql.fetchval("SELECT clock_timestamp() - pg_catalog.clock_timestamp()")
    assert round(told / timedelta(hours=1), 3) == hours


@pytest.fixture(params=SHIFTS)
def server_ahead_s(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> int:
    """Shifts the clock of processes that the test starts; by how many seconds."""
    shift: str = request.param
    if FAKETIME and shift:
        words = [FAKETIME, "--exclude-monotonic", "-f", shift, "env"]
        shown = subprocess.run(words, check=True, capture_output=True, text=True).stdout
        for line in shown.splitlines():
            name, _, value = line.partition("=")
            if name in FAKETIME_VARIABLES:
                monkeypatch.setenv(name, value)
    return SHIFTS[shift]


@pytest.mark.timeout(300)
async def test_the_clock_jumps_and_only_the_order_of_ties_sees_it(
    server_ahead_s: int, shared: dict[str, Setting], settings: Settings, sql: Sql, seed: int
) -> None:
    tied: list[Booked] = []
    with breaking(Fault.CLOCK) as row:
        async with serving("serve", **shared) as server, calling(server.address) as calls:
            assert abs(seconds_ahead(server) - server_ahead_s) < 300
            async with calling_at([calls], seed) as callers:
                for hours in HOURS:
                    await jump(sql, hours)
                    tied.append(await reaches_15_xp(calls, f"scout-{30 + len(tied):03d}"))
                    await callers.went_on(100)
                    await assert_included(calls, tied)
                    await assert_no_newer_than_now(calls, sql)
                    await assert_replayed(calls, [*tied, *callers.booked[::20]])
            booked = [*tied, *callers.booked]
            await assert_consistent(sql, settings.redis_url, settings.redis_prefix)
            await assert_replayed(calls, booked[::4])
            board = await board_from_redis(calls)
        row.saw.update(callers.saw)
        row.saw["OK"] += len(tied)
        row.acknowledged += len(booked)
        row.lost += await lost(sql, booked)
        row.recovered(max(each.took_s for each in tied))
        row.note = f"servers' clocks too: {'yes' if FAKETIME else 'no, faketime is missing'}"

        print(f"\n{len(booked)} booked, {dict(callers.saw)}; {row.note}")
        assert set(callers.saw) == {"OK"}
        await assert_booked_once(sql, (each.request for each in booked))
        await assert_time_only_goes_on(sql, tied)
        stored = await sql.fetch(BOARD)
        assert shown(board) == [(each["user_id"], each["total_xp"]) for each in stored]
        assert await entries_from_postgresql(settings) == list(board.entries)


def seconds_ahead(server: Laurels) -> float:
    """How far a server's own clock is ahead, by the lines of its log."""
    told = datetime.fromisoformat(server.events("serving")[0]["timestamp"])
    return (told - datetime.now(UTC)).total_seconds()


async def reaches_15_xp(calls: Calls, user_id: str) -> Booked:
    """An attempt at a level that nobody else tries: who passes it is tied with the others."""
    started = time.monotonic()
    request = attempt(user_id, "puk_u1_l1", "tied")
    answer = await calls.progress.SubmitProgress(request, timeout=5)
    assert answer.total_xp == 15
    return Booked(request, answer, time.monotonic() - started, 1)


def shown(page: GetLeaderboardResponse) -> list[tuple[str, int]]:
    return [(entry.user_id, entry.xp) for entry in page.entries]


async def assert_included(calls: Calls, tied: Sequence[Booked]) -> None:
    """Each token so far, of whatever time, stands for a page with its learner."""
    for each in tied:
        page = await calls.board(page_size=1000, consistency_token=each.answer.consistency_token)
        assert (each.request.user_id, 15) in shown(page)


async def assert_no_newer_than_now(calls: Calls, sql: Sql) -> None:
    """A page does not claim to include what will be committed later, by a clock set back."""
    page = await board_from_redis(calls)
    assert page.as_of.ToDatetime(UTC) <= await sql.fetchval("SELECT clock_timestamp()")


async def assert_time_only_goes_on(sql: Sql, tied: Sequence[Booked]) -> None:
    """The ledger goes ahead with the clock, and stays there when the clock goes back."""
    rows = await sql.fetch(RECORDED)
    recorded = {row["user_id"]: row for row in rows}
    for nth, each in enumerate(tied):
        row = recorded[each.request.user_id]
        hours = max(HOURS[: nth + 1])
        assert hours * 3600 - 300 < row["ahead_s"] < hours * 3600 + 1, row
        assert row["reached_at"] == row["recorded_at"]
    order = [each.request.user_id for each in tied]
    assert sorted(order, key=lambda user_id: recorded[user_id]["recorded_at"]) == order


async def board_from_redis(calls: Calls) -> GetLeaderboardResponse:
    board = GetLeaderboardResponse()

    async def there() -> bool:
        nonlocal board
        board = await calls.board(page_size=1000)
        return source_of(board) == "REDIS"

    await until(there, "a board from REDIS")
    return board


async def entries_from_postgresql(settings: Settings) -> list[LeaderboardEntry]:
    """The whole board as a server without Redis shows it."""
    alone = settings.model_copy(update={"redis_url": f"redis://{free_address()}/0"})
    async with App(alone) as app, grpc.aio.insecure_channel(app.address) as channel:
        page = await Calls(channel).board(page_size=1000)
    assert source_of(page) == "POSTGRES"
    return list(page.entries)
