"""PostgreSQL killed, frozen, restarted or set back: what was acknowledged counts, and once."""

import asyncio
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import asyncpg
import grpc
import pytest

from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetLeaderboardResponse
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels_server.app import App, migrate
from laurels_server.config import Settings
from laurels_server.embedded.postgres import EmbeddedPostgres
from laurels_server.redis.keys import ShardKeys
from laurels_server.rpc.operator import is_serving
from laurels_server.usecases import names
from tests.calls import Calls, attempt, refusal
from tests.faults.checks import assert_consistent, assert_no_idle_transactions
from tests.faults.elsewhere import Elsewhere
from tests.faults.load import Answered, account, answered
from tests.faults.matrix import FULL, Fault, Row, breaking
from tests.faults.tally import tally
from tests.faults.test_store_watch import (
    INDEFINITE,
    Watch,
    quantiles,
    register,
    source_of,
    until,
    watched,
)
from tests.sql import Sql

TEMPLATE = "laurels"
DATABASE = "of_one_test"

_KILLS: Final = 8 if FULL else 3
_PAUSE_S: Final = 0.02 if FULL else 0.005
"""Between a writer's attempts: there are enough levels for all the kills."""
_FREEZES: Final = 3 if FULL else 1
_FROZEN: Final = (*INDEFINITE, grpc.StatusCode.RESOURCE_EXHAUSTED)
"""A frozen PostgreSQL keeps every connection busy, for certain."""


@pytest.fixture(scope="module")
def postgres_folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="laurels-faults-") as place:
        yield Path(place)


@pytest.fixture(scope="module")
def lasting_postgres(postgres_folder: Path) -> Generator[EmbeddedPostgres]:
    with Elsewhere(ctx=multiprocessing.get_context("spawn")) as elsewhere:
        server = elsewhere.postgres(postgres_folder)
        try:
            server.start()
            asyncio.run(migrate(Settings(database_url=server.url(TEMPLATE))))
            yield server
        finally:
            server.delete()


@pytest.fixture
async def database_url(lasting_postgres: EmbeddedPostgres) -> AsyncGenerator[str]:
    """A database in a PostgreSQL that this test may do anything to."""
    await asyncio.to_thread(lasting_postgres.start)
    await administer(lasting_postgres, f"CREATE DATABASE {DATABASE} TEMPLATE {TEMPLATE}")
    yield lasting_postgres.url(DATABASE)
    await asyncio.to_thread(lasting_postgres.start)
    lasting_postgres.resume()
    await administer(lasting_postgres, f"DROP DATABASE {DATABASE} WITH (FORCE)")


async def administer(server: EmbeddedPostgres, statement: str) -> None:
    connection = await asyncpg.connect(server.url("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


async def health_becomes(app: App, serving: bool) -> float:
    """Waits for health to say so; milliseconds."""

    async def says_so() -> bool:
        return await is_serving(app.address, 1.0) is serving

    return await until(says_so, f"serving is {serving}")


@asynccontextmanager
async def connected(settings: Settings) -> AsyncGenerator[Sql]:
    """A connection of after the fault; those from before may have died of it."""
    connection = await asyncpg.connect(settings.database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def assert_all_there(watch: Watch, settings: Settings, row: Row | None = None) -> None:
    """PostgreSQL holds what was acknowledged, once each, and Redis shows it."""
    async with connected(settings) as sql:
        if row is not None:
            await tally(row, watch, sql)
        stored = await sql.fetch(
            "SELECT user_id, total_xp FROM users WHERE user_id LIKE 'runner-%' AND total_xp > 0"
        )
        assert watch.history.totals == {row["user_id"]: row["total_xp"] for row in stored}
        assert not await sql.fetch(
            "SELECT learner_key, reference FROM xp_entries GROUP BY 1, 2 HAVING count(*) > 1"
        )
        await assert_no_idle_transactions(sql)
        await assert_consistent(sql, settings.redis_url, settings.redis_prefix)


async def shown_from_redis(calls: Calls, learners: int) -> GetLeaderboardResponse:
    """Waits for a page of so many from Redis, which makes their names known."""
    while True:
        page = await calls.board()
        if (source_of(page), len(page.entries)) == ("REDIS", learners):
            return page
        await asyncio.sleep(0.01)


async def submitted_again(calls: Calls) -> float:
    """Waits until a submission succeeds; milliseconds."""

    async def booked() -> bool:
        try:
            await calls.progress.SubmitProgress(
                attempt("scout-001", "puk_u1_l1", "again"), timeout=1
            )
        except grpc.aio.AioRpcError as error:
            if error.code() not in _FROZEN:
                raise
            return False
        return True

    return await until(booked, "a submission succeeds")


async def test_postgresql_killed_under_load(
    app: App, calls: Calls, settings: Settings, lasting_postgres: EmbeddedPostgres
) -> None:
    with breaking(Fault.KILL_POSTGRES) as row:
        async with watched("killed", calls, indefinite=INDEFINITE) as watch:
            await watch.went_on(150)
            await watch.seen("REDIS")

            await asyncio.to_thread(lasting_postgres.kill)
            killed = datetime.now(UTC)
            noticed = await health_becomes(app, serving=False)
            await watch.seen("REDIS")
            page = await calls.board(page_size=1000)
            assert source_of(page) == "REDIS"
            assert page.as_of.ToDatetime(tzinfo=UTC) <= killed
            assert (await refusal(calls.submit("scout-001", "puk_u1_l1"))).code in INDEFINITE

            started = time.monotonic()
            await asyncio.to_thread(lasting_postgres.start)
            ready = (time.monotonic() - started) * 1000
            submitting = await submitted_again(calls)
            healthy = await health_becomes(app, serving=True)
            await watch.went_on(150)

        print(
            f"NOT_SERVING after {noticed:.0f} ms; PostgreSQL took {ready:.0f} ms to start, "
            f"submissions {submitting:.0f} ms after that, health {healthy:.0f} ms after them"
        )
        row.recovered(submitting / 1000, within_s=2.0)
        assert watch.submit_errors, "nobody noticed"
        await assert_all_there(watch, settings, row)


async def test_postgresql_killed_again_and_again_under_load(
    app: App, calls: Calls, settings: Settings, lasting_postgres: EmbeddedPostgres
) -> None:
    with breaking(Fault.KILL_POSTGRES) as row:
        serving: list[float] = []
        async with watched(
            "killed thrice", calls, indefinite=INDEFINITE, pause_s=_PAUSE_S
        ) as watch:
            for _ in range(_KILLS):
                await watch.went_on(60)
                await asyncio.to_thread(lasting_postgres.kill)
                await asyncio.to_thread(lasting_postgres.start)
                serving.append(await submitted_again(calls) / 1000)

        print(f"submissions after each start: {quantiles(serving)}")
        row.recovered(max(serving), within_s=2.0)
        await assert_all_there(watch, settings, row)


async def test_postgresql_restarted_cleanly_under_load(
    app: App, calls: Calls, settings: Settings, lasting_postgres: EmbeddedPostgres
) -> None:
    async with watched("restarted", calls, indefinite=INDEFINITE) as watch:
        await watch.went_on(100)
        started = time.monotonic()
        await asyncio.to_thread(lasting_postgres.stop)
        stopped = (time.monotonic() - started) * 1000
        await asyncio.to_thread(lasting_postgres.start)
        submitting = await submitted_again(calls)
        await watch.went_on(100)

    print(f"stopped within {stopped:.0f} ms; submissions {submitting:.0f} ms after it was started")
    await assert_all_there(watch, settings)


async def test_calls_on_a_frozen_postgresql_end_at_their_deadline_and_the_pool_survives(
    app: App,
    calls: Calls,
    sql: Sql,
    settings: Settings,
    lasting_postgres: EmbeddedPostgres,
) -> None:
    with breaking(Fault.STOP_POSTGRES) as row:
        await calls.submit("scout-050", "puk_u1_l1")
        await shown_from_redis(calls, 1)
        frozen = [attempt(f"scout-{n:03d}", "puk_u1_l1", f"frozen-{n}") for n in range(1, 33)]

        async def ends_after(request: object, timeout_s: float) -> float:
            started = time.monotonic()
            with pytest.raises(grpc.aio.AioRpcError) as ended:
                await calls.progress.SubmitProgress(request, timeout=timeout_s)  # pyright: ignore[reportArgumentType]
            assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
            return time.monotonic() - started - timeout_s

        lasting_postgres.pause()
        late = await asyncio.gather(*(ends_after(request, 0.7) for request in frozen))
        page = await calls.leaderboard.GetLeaderboard(GetLeaderboardRequest(), timeout=0.5)
        noticed = await health_becomes(app, serving=False)
        lasting_postgres.resume()
        started = time.monotonic()
        answers = await asyncio.gather(
            *(calls.progress.SubmitProgress(request, timeout=5) for request in frozen)
        )
        usable = (time.monotonic() - started) * 1000
        healthy = await health_becomes(app, serving=True)

        print(
            f"\nbeyond the deadline of 700 ms: {quantiles(late)}; NOT_SERVING {noticed:.0f} ms "
            f"later; all 32 retries answered {usable:.0f} ms after it went on, "
            f"{sum(answer.replayed for answer in answers)} of them replayed; SERVING "
            f"{healthy:.0f} ms after that"
        )
        row.saw["DEADLINE_EXCEEDED"] += len(late)
        row.recovered(usable / 1000, within_s=1.0)
        await account(row, sql, map(Answered, frozen, answers))
        assert source_of(page) == "REDIS"
        assert [answer.total_xp for answer in answers] == [15] * 32
        await assert_booked_once(settings, 33)


async def assert_booked_once(settings: Settings, entries: int) -> None:
    async with connected(settings) as sql:
        assert await sql.fetchval("SELECT count(*) FROM xp_entries") == entries
        await assert_no_idle_transactions(sql)
        await assert_consistent(sql, settings.redis_url, settings.redis_prefix)


async def test_postgresql_frozen_for_longer_than_anyone_has_patience_under_load(
    app: App, calls: Calls, settings: Settings, lasting_postgres: EmbeddedPostgres
) -> None:
    with breaking(Fault.STOP_POSTGRES) as row:
        async with watched("frozen", calls, indefinite=_FROZEN, pause_s=0.01) as watch:
            for _ in range(_FREEZES):
                await watch.went_on(100)
                lasting_postgres.pause()
                await asyncio.sleep(4.5)  # patience is 4 s
                lasting_postgres.resume()
                usable = await submitted_again(calls)
                print(f"a submission succeeded {usable:.0f} ms after it went on")
                row.recovered(usable / 1000, within_s=1.0)
            await watch.went_on(100)

        await assert_all_there(watch, settings, row)


async def test_pages_go_on_from_redis_while_postgresql_is_frozen_and_names_grow_old(
    calls: Calls, lasting_postgres: EmbeddedPostgres, monkeypatch: pytest.MonkeyPatch
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await calls.submit("scout-002", "puk_u1_l1")
    before = await shown_from_redis(calls, 2)
    monkeypatch.setattr(names, "_FRESH_S", 0.0)
    lasting_postgres.pause()
    try:
        started = time.monotonic()
        page = await calls.leaderboard.GetLeaderboard(GetLeaderboardRequest(), timeout=6)
        took = (time.monotonic() - started) * 1000
    finally:
        lasting_postgres.resume()

    print(f"\na page whose names were due for a look took {took:.0f} ms")
    assert source_of(page) == "REDIS"
    assert list(page.entries) == list(before.entries)


async def test_a_database_set_back_to_an_earlier_time_is_what_counts(
    app: App,
    calls: Calls,
    settings: Settings,
    lasting_postgres: EmbeddedPostgres,
    postgres_folder: Path,
) -> None:
    with breaking(Fault.POSTGRES_SET_BACK) as row:
        await register(calls)
        past = [attempt(f"scout-{n:03d}", "puk_u1_l1", "of-the-past") for n in range(1, 6)]
        answers = [await answered(calls, request) for request in past]
        cluster = (postgres_folder / "postgres").resolve()
        copy = postgres_folder / "copy"
        await asyncio.to_thread(lasting_postgres.stop)
        await asyncio.to_thread(shutil.copytree, cluster, copy)
        await asyncio.to_thread(lasting_postgres.start)
        await submitted_again(calls)
        await calls.users.UpsertUsers(
            UpsertUsersRequest(users=[User(user_id="of-the-lost-future", display_name="Nobody")])
        )
        await calls.submit("of-the-lost-future", "puk_u1_l1")
        for number in range(6, 11):
            await calls.submit(f"scout-{number:03d}", "puk_u1_l1")
        lost = await calls.submit("scout-001", "puk_u1_l2")
        await shown_from_redis(calls, 11)
        keys = ShardKeys(settings.redis_prefix)
        withdrawn = await app.projection.current_name()

        def put_back() -> None:
            lasting_postgres.stop()
            shutil.rmtree(cluster)
            shutil.copytree(copy, cluster)
            shutil.rmtree(copy)
            lasting_postgres.start()

        stale = 0

        async def shows_the_past() -> bool:
            nonlocal stale
            try:
                page = await calls.leaderboard.GetLeaderboard(GetLeaderboardRequest(), timeout=2)
            except grpc.aio.AioRpcError as error:
                row.saw[error.code().name] += 1
                return False
            stale += len(page.entries) == 11
            return source_of(page) == "REDIS" and len(page.entries) == 5

        task = asyncio.create_task(asyncio.to_thread(put_back))
        while not task.done():
            await shows_the_past()
            await asyncio.sleep(0.01)
        await task
        rebuilt = await until(shows_the_past, "the board of the past from REDIS")
        print(
            f"\nrebuilt {rebuilt:.0f} ms after PostgreSQL was there; {stale} pages of the lost "
            f"future until then, errors {dict(row.saw) or 'none'}"
        )
        row.recovered(rebuilt / 1000)

        assert row.saw.keys() <= {"UNAVAILABLE", "DEADLINE_EXCEEDED"}
        assert await app.projection.current_name() not in ("", withdrawn), keys.current
        refused = await refusal(calls.board(consistency_token=lost.consistency_token))
        assert (refused.code, refused.reason) == (
            grpc.StatusCode.INVALID_ARGUMENT,
            "INVALID_CONSISTENCY_TOKEN",
        )
        await submitted_again(calls)
        again = await calls.submit("scout-006", "puk_u1_l1")
        page = await calls.board(consistency_token=again.consistency_token)
        assert "scout-006" in {entry.user_id for entry in page.entries}
        await assert_booked_once(settings, 6)
        async with connected(settings) as sql:
            await account(row, sql, answers)
