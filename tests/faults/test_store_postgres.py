"""PostgreSQL killed, frozen, restarted or set back: what was acknowledged counts, and once."""

import asyncio
import multiprocessing
import shutil
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from datetime import UTC, datetime
from multiprocessing.managers import BaseManager
from pathlib import Path
from typing import cast

import asyncpg
import grpc
import pytest

from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetLeaderboardResponse
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels_server.app import App, migrate
from laurels_server.config import Settings
from laurels_server.embedded.postgres import EmbeddedPostgres
from laurels_server.postgres.queries import query
from laurels_server.redis.keys import ShardKeys
from laurels_server.rpc.server import is_serving
from laurels_server.usecases import names
from tests.calls import Calls, attempt, refusal
from tests.faults.checks import assert_consistent, assert_no_idle_transactions
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


@pytest.fixture(scope="module")
def postgres_folder() -> Generator[Path]:
    with tempfile.TemporaryDirectory(prefix="laurels-faults-") as place:
        yield Path(place)


class Elsewhere(BaseManager):
    """A process that starts and stops PostgreSQL for us.

    For root a start takes a real fork (the account changes), and in this process, where gRPC runs,
    gRPC's own fork handlers now and then crash the child before it becomes PostgreSQL.
    """

    def postgres(self, folder: Path) -> EmbeddedPostgres:
        """A proxy with the methods below."""
        return cast(EmbeddedPostgres, self._make(folder))

    def _make(self, folder: Path) -> object: ...


_METHODS = ("start", "stop", "kill", "pause", "resume", "url", "delete")
Elsewhere.register("_make", EmbeddedPostgres, exposed=_METHODS)


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


async def assert_all_there(watch: Watch, settings: Settings) -> None:
    """PostgreSQL holds what was acknowledged, once each, and Redis shows it."""
    sql = await asyncpg.connect(settings.database_url)
    try:
        stored = await sql.fetch(
            "SELECT user_id, total_xp FROM users WHERE user_id LIKE 'runner-%' AND total_xp > 0"
        )
        assert watch.history.totals == {row["user_id"]: row["total_xp"] for row in stored}
        assert not await sql.fetch(
            "SELECT learner_key, reference FROM xp_entries GROUP BY 1, 2 HAVING count(*) > 1"
        )
        await assert_no_idle_transactions(sql)
        await assert_consistent(sql, settings.redis_url, settings.redis_prefix)
    finally:
        await sql.close()


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
            if error.code() not in INDEFINITE:
                raise
            return False
        return True

    return await until(booked, "a submission succeeds")


async def test_postgresql_killed_under_load(
    app: App, calls: Calls, settings: Settings, lasting_postgres: EmbeddedPostgres
) -> None:
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
        f"NOT_SERVING after {noticed:.0f} ms; PostgreSQL took {ready:.0f} ms to start, submissions "
        f"{submitting:.0f} ms after that, health {healthy:.0f} ms after them"
    )
    assert watch.submit_errors, "nobody noticed"
    await assert_all_there(watch, settings)


async def test_postgresql_killed_again_and_again_under_load(
    app: App, calls: Calls, settings: Settings, lasting_postgres: EmbeddedPostgres
) -> None:
    serving: list[float] = []
    async with watched("killed thrice", calls, indefinite=INDEFINITE, pause_s=0.005) as watch:
        for _ in range(3):
            await watch.went_on(60)
            await asyncio.to_thread(lasting_postgres.kill)
            await asyncio.to_thread(lasting_postgres.start)
            serving.append(await submitted_again(calls) / 1000)

    print(f"submissions after each start: {quantiles(serving)}")
    await assert_all_there(watch, settings)


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
    settings: Settings,
    lasting_postgres: EmbeddedPostgres,
) -> None:
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
        f"\nbeyond the deadline of 700 ms: {quantiles(late)}; NOT_SERVING {noticed:.0f} ms later; "
        f"all 32 retries answered {usable:.0f} ms after it went on, "
        f"{sum(answer.replayed for answer in answers)} of them replayed; SERVING {healthy:.0f} ms "
        "after that"
    )
    assert source_of(page) == "REDIS"
    assert [answer.total_xp for answer in answers] == [15] * 32
    await assert_booked_once(settings, 33)


async def assert_booked_once(settings: Settings, entries: int) -> None:
    sql = await asyncpg.connect(settings.database_url)
    try:
        assert await sql.fetchval("SELECT count(*) FROM xp_entries") == entries
        await assert_no_idle_transactions(sql)
        await assert_consistent(sql, settings.redis_url, settings.redis_prefix)
    finally:
        await sql.close()


async def test_postgresql_frozen_for_longer_than_anyone_has_patience_under_load(
    app: App, calls: Calls, settings: Settings, lasting_postgres: EmbeddedPostgres
) -> None:
    async with watched("frozen", calls, indefinite=INDEFINITE, pause_s=0.01) as watch:
        await watch.went_on(100)
        lasting_postgres.pause()
        await asyncio.sleep(4.5)  # patience is 4 s
        lasting_postgres.resume()
        usable = await submitted_again(calls)
        await watch.went_on(100)

    print(f"a submission succeeded {usable:.0f} ms after it went on")
    await assert_all_there(watch, settings)


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
    await register(calls)
    for number in range(1, 6):
        await calls.submit(f"scout-{number:03d}", "puk_u1_l1")
    cluster = (postgres_folder / "postgres").resolve()
    copy = postgres_folder / "copy"
    await asyncio.to_thread(lasting_postgres.stop)
    await asyncio.to_thread(shutil.copytree, cluster, copy)
    await asyncio.to_thread(lasting_postgres.start)
    await submitted_again(calls)
    user = User(user_id="of-the-lost-future", display_name="Nobody")
    await calls.users.UpsertUsers(UpsertUsersRequest(users=[user]))
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

    codes: set[str] = set()
    stale = 0

    async def shows_the_past() -> bool:
        nonlocal stale
        try:
            page = await calls.leaderboard.GetLeaderboard(GetLeaderboardRequest(), timeout=2)
        except grpc.aio.AioRpcError as error:
            codes.add(error.code().name)
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
        f"\nrebuilt {rebuilt:.0f} ms after PostgreSQL was there; {stale} pages of the lost future "
        f"until then, errors {codes or 'none'}"
    )

    assert codes <= {"UNAVAILABLE", "DEADLINE_EXCEEDED"}
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


@pytest.mark.parametrize("name", ["board_page_from", "read_feed"])
async def test_the_time_a_read_gives_itself_is_not_after_its_snapshot(
    name: str, calls: Calls, sql: Sql, database_url: str
) -> None:
    """A query sees what was committed when its parameters were bound and runs a moment later.

    Between the two, which are far apart here, others commit: a time taken then promises too much.
    """
    arguments = {"skipped": "0", "most": "50", "watermark": "0"}
    text = str(query(name))
    for argument, value in arguments.items():
        text = text.replace(f":{argument}", value)
    async with sql.transaction():
        cursor = await sql.cursor(text)
        await calls.submit("scout-001", "puk_u1_l1")
        other = await asyncpg.connect(database_url)
        committed: datetime = await other.fetchval("SELECT clock_timestamp()")
        await other.close()
        row = await cursor.fetchrow()

    assert row is not None
    assert row[0] < committed
