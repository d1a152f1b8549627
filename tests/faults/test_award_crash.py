"""Servers and backends that die in the middle of an award: all of it is there, or nothing."""

import asyncio
import random
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import asyncpg
import grpc
import pytest

from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from tests.calls import Calls, attempt
from tests.e2e.process import Laurels, Setting, serving, until
from tests.faults.checks import (
    BEST,
    FIRST,
    LEARNERS,
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    booked,
    calling,
    promised,
)
from tests.sql import Sql

_LEDGER_LOCK = "x'6c617572656c73'::bigint"
"""What `append_entries` waits for."""

_NOTHING = (0, 0, 0, 0, 0)
_ALL = (1, 1, 1, 15, 1)
"""Progress, submissions, entries, total XP and versions, before and after one award."""


class _Load:
    """Callers that send one attempt after the other, and keep what they were answered."""

    def __init__(self, calls: Calls, seed: int) -> None:
        self._calls = calls
        self._chance = random.Random(seed)
        self._stopping = False
        self.sent: list[SubmitProgressRequest] = []
        self.answers: list[tuple[SubmitProgressRequest, SubmitProgressResponse]] = []
        self.retried = 0

    async def run(self, callers: int) -> None:
        """Sends until `stop`; each attempt is tried until it is answered."""
        await asyncio.gather(*(self._caller() for _ in range(callers)))

    def stop(self) -> None:
        self._stopping = True

    async def _caller(self) -> None:
        while not self._stopping:
            request = attempt(
                self._chance.choice(LEARNERS),
                self._chance.choice([*FIRST, *BEST]),
                f"request-{len(self.sent)}",
                self._chance.randint(2, 5),
            )
            self.sent.append(request)
            answer, tries = await booked(self._calls, request)
            self.answers.append((request, answer))
            self.retried += tries > 1


async def _answered_again(calls: Calls, load: _Load) -> None:
    """Everything ever answered is answered the same again, as a replay."""
    for start in range(0, len(load.answers), 500):
        some = load.answers[start : start + 500]
        again = await calls.progress.BatchSubmitProgress(
            BatchSubmitProgressRequest(requests=[request for request, _ in some])
        )
        for result, (request, answer) in zip(again.results, some, strict=True):
            assert result.HasField("response"), f"{request.request_id}: {result.error}"
            assert result.response.replayed, f"{request.request_id} was lost: {answer}"
            assert promised(result.response) == promised(answer)


async def test_kill_9_of_the_server_at_any_moment_loses_and_doubles_nothing(
    shared: dict[str, Setting], sql: Sql, seed: int
) -> None:
    chance = random.Random(seed)
    async with serving("serve", **shared) as first, calling(first.address) as calls:
        load = _Load(calls, seed)
        running = asyncio.create_task(load.run(24))
        await asyncio.sleep(chance.uniform(0.2, 0.5))
        first.kill()
        away: list[float] = []
        settings = {**shared, "listen": first.address}
        for _ in range(2):
            killed = time.monotonic()
            async with serving("serve", **settings) as next_one:
                away.append(time.monotonic() - killed)
                await asyncio.sleep(chance.uniform(0.1, 0.5))
                next_one.kill()
        async with serving("serve", **settings) as last:
            await asyncio.sleep(0.2)
            load.stop()
            await running
            await _answered_again(calls, load)
            await assert_booked_once(sql, load.sent)
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
            await assert_no_idle_transactions(sql)
            await last.stop()

    after_retry = sum(answer.replayed for _, answer in load.answers)
    print(
        f"3 kills, {len(load.sent)} attempts, {load.retried} retried, of which {after_retry} were "
        f"booked before the kill; serving again after {max(away):.2f} s"
    )
    assert load.retried, "no kill met anything under way"


@asynccontextmanager
async def _ledger_locked(database_url: str) -> AsyncGenerator[Sql]:
    """Nobody can append; the connection given may unlock by itself."""
    holder = await asyncpg.connect(database_url)
    await holder.execute(f"SELECT pg_advisory_lock({_LEDGER_LOCK})")
    try:
        yield holder
    finally:
        await holder.close()


@asynccontextmanager
async def _watching(database_url: str) -> AsyncGenerator[set[tuple[int, ...]]]:
    """Every state that anyone could see of the one award of a test."""
    watcher = await asyncpg.connect(database_url)
    seen: set[tuple[int, ...]] = set()
    stopping = False

    async def watch() -> None:
        while not stopping:
            row = await watcher.fetchrow("""
                SELECT (SELECT count(*) FROM progress), (SELECT count(*) FROM submissions),
                       (SELECT count(*) FROM xp_entries), (SELECT sum(total_xp) FROM users),
                       (SELECT sum(version) FROM users)""")
            assert row is not None
            seen.add(tuple(row))
            await asyncio.sleep(0.002)

    watching = asyncio.create_task(watch())
    try:
        yield seen
    finally:
        stopping = True
        await watching
        await watcher.close()


async def _backend_in_append(sql: Sql, *, but: set[int], within_s: float = 5.0) -> int:
    """The backend that waits for the ledger's lock and has written everything before it."""
    pid: int | None = None

    async def holds() -> bool:
        nonlocal pid
        pid = await sql.fetchval(
            """
            SELECT a.pid FROM pg_stat_activity a
             WHERE a.datname = current_database() AND a.application_name = 'laurels'
               AND a.wait_event_type = 'Lock' AND a.wait_event = 'advisory'
               AND a.query LIKE '%append_entries%' AND a.backend_xid IS NOT NULL
               AND a.pid <> ALL(CAST($1 AS integer[]))
               AND 2 = (SELECT count(DISTINCT relation) FROM pg_locks l
                         WHERE l.pid = a.pid AND l.granted AND l.mode = 'RowExclusiveLock'
                           AND l.relation IN ('progress'::regclass, 'submissions'::regclass))""",
            list(but),
        )
        return pid is not None

    await until(holds, "a backend waits in append", within_s=within_s)
    assert pid is not None
    return pid


async def _progress_is_written_but_uncommitted(database_url: str) -> bool:
    """Whether a transaction under way holds the progress row that an insert would collide with."""
    prober = await asyncpg.connect(database_url)
    transaction = prober.transaction()
    await transaction.start()
    try:
        await prober.execute("SET LOCAL lock_timeout = '30ms'")
        await prober.execute("""
            INSERT INTO progress SELECT learner_key, 'puk_u1_l1', 0, 1, 0, 0, NULL, now()
              FROM users WHERE user_id = 'scout-001'""")
    except asyncpg.LockNotAvailableError:
        return True
    else:
        return False
    finally:
        await transaction.rollback()
        await prober.close()


async def _until_no_backend(sql: Sql) -> float:
    async def holds() -> bool:
        return not await sql.fetchval("""SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'laurels'""")

    return await until(holds, "the dead server's backends are gone", within_s=10)


async def test_a_backend_killed_between_progress_and_ledger_leaves_nothing(
    shared: dict[str, Setting], sql: Sql, database_url: str
) -> None:
    request = attempt("scout-001", "puk_u1_l1", "once")
    async with (
        serving("serve", lanes=1, **shared) as server,
        calling(server.address) as calls,
        _watching(database_url) as seen,
    ):
        async with _ledger_locked(database_url):
            call = asyncio.create_task(calls.submit("scout-001", "puk_u1_l1", request_id="once"))
            first = await _backend_in_append(sql, but=set())
            assert await _progress_is_written_but_uncommitted(database_url)
            assert await sql.fetchval("SELECT pg_terminate_backend($1)", first)
            # The server tries again by itself, on another backend.
            second = await _backend_in_append(sql, but={first})
            assert not call.done()
            assert seen == {_NOTHING}
        answer = await call

        assert (answer.replayed, answer.xp_earned, answer.total_xp) == (False, 15, 15)
        again, tries = await booked(calls, request)
        assert (again.replayed, tries) == (True, 1)
        assert promised(again) == promised(answer)
        await assert_booked_once(sql, [request])
        await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
        await assert_no_idle_transactions(sql)
    assert second != first
    assert seen <= {_NOTHING, _ALL}


async def test_a_caller_told_unavailable_by_killed_backends_books_all_with_the_same_id(
    shared: dict[str, Setting], sql: Sql, database_url: str
) -> None:
    request = attempt("scout-001", "puk_u1_l1", "once")
    killed: set[int] = set()
    async with (
        serving("serve", lanes=1, **shared) as server,
        calling(server.address) as calls,
        _watching(database_url) as seen,
    ):
        async with _ledger_locked(database_url):
            started = time.monotonic()
            call = asyncio.create_task(calls.submit("scout-001", "puk_u1_l1", request_id="once"))
            while not call.done():
                with suppress(AssertionError):
                    pid = await _backend_in_append(sql, but=killed, within_s=0.3)
                    await sql.execute("SELECT pg_terminate_backend($1)", pid)
                    killed.add(pid)
            took = time.monotonic() - started
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call
        assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert "terminat" not in (refused.value.details() or "")
        assert killed
        assert seen == {_NOTHING}

        answer, tries = await booked(calls, request)
        assert (answer.replayed, answer.total_xp, tries) == (False, 15, 1)
        await assert_booked_once(sql, [request])
        await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
    assert seen <= {_NOTHING, _ALL}
    print(f"{len(killed)} backends killed in append, UNAVAILABLE after {took:.2f} s")


async def test_a_server_killed_between_progress_and_ledger_leaves_nothing(
    shared: dict[str, Setting], sql: Sql, database_url: str
) -> None:
    request = attempt("scout-001", "puk_u1_l1", "once")
    async with _watching(database_url) as seen:
        async with serving("serve", lanes=1, **shared) as server, calling(server.address) as calls:
            async with _ledger_locked(database_url) as holder:
                call = asyncio.create_task(
                    calls.submit("scout-001", "puk_u1_l1", request_id="once")
                )
                orphan = await _backend_in_append(sql, but=set())
                assert await _progress_is_written_but_uncommitted(database_url)
                server.kill()
                # Its backend appends to the end, and finds nobody to tell it to commit.
                await holder.execute(f"SELECT pg_advisory_unlock({_LEDGER_LOCK})")
                gone = await _until_no_backend(sql)
            with pytest.raises(grpc.aio.AioRpcError) as refused:
                await call
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
        assert seen == {_NOTHING}, f"backend {orphan} left something"

        async with serving("serve", **shared) as server, calling(server.address) as calls:
            answer, _ = await booked(calls, request)
            assert (answer.replayed, answer.xp_earned, answer.total_xp) == (False, 15, 15)
            again, _ = await booked(calls, request)
            assert again.replayed
            assert promised(again) == promised(answer)
            await assert_booked_once(sql, [request])
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
    assert seen <= {_NOTHING, _ALL}
    print(f"the dead server's backends were gone after {gone * 1000:.0f} ms")


async def test_backends_killed_in_a_loop_poison_no_connection_of_a_small_pool(
    shared: dict[str, Setting], sql: Sql, seed: int
) -> None:
    chance = random.Random(seed)
    async with (
        serving("serve", pool_size=4, **shared) as server,
        calling(server.address) as calls,
    ):
        load = _Load(calls, seed)
        running = asyncio.create_task(load.run(24))
        killed = in_transaction = 0
        until_then = time.monotonic() + 3.0
        while time.monotonic() < until_then:
            await asyncio.sleep(chance.uniform(0.01, 0.12))
            rows = await sql.fetch("""
                SELECT xact, pg_terminate_backend(pid) FROM (
                    SELECT pid, backend_xid IS NOT NULL AS xact FROM pg_stat_activity
                     WHERE datname = current_database() AND application_name = 'laurels') b""")
            killed += len(rows)
            in_transaction += sum(row["xact"] for row in rows)
        load.stop()
        await running
        # At once, without a retry of the caller's: nothing dead is handed out.
        for user_id in LEARNERS:
            last = attempt(user_id, FIRST[0], "after-the-storm")
            load.sent.append(last)
            _, tries = await booked(calls, last)
            assert tries == 1
        await _answered_again(calls, load)
        await assert_booked_once(sql, load.sent)
        await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
        await assert_no_idle_transactions(sql)
        connections = await sql.fetchval("""SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'laurels'""")
        assert connections <= 2
        await _stopped(server)
    print(
        f"{killed} backends killed, {in_transaction} of them inside a transaction; "
        f"{len(load.sent)} attempts, {load.retried} retried by their callers"
    )
    assert in_transaction, "no backend was killed inside a transaction"


async def _stopped(server: Laurels) -> None:
    """Ends the server as an operator does, and finds no defect in its log."""
    await server.stop()
    assert not server.events("booking_defect")
    assert not server.events("relay_defect")
    assert not server.events("rpc_defect")
