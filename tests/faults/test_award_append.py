"""Servers and backends that die between an award's progress and its entry in the ledger."""

import asyncio
import time
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager, suppress

import asyncpg
import grpc
import pytest

from tests.calls import attempt
from tests.e2e.process import Setting, serving, until
from tests.faults.checks import (
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    booked,
    calling,
    promised,
)
from tests.faults.ledger import backends_in_append, ledger_locked, unlock_ledger
from tests.faults.load import Answered, account
from tests.faults.matrix import Fault, breaking
from tests.sql import Sql

_NOTHING = (0, 0, 0, 0, 0)
_ALL = (1, 1, 1, 15, 1)
"""Progress, submissions, entries, total XP and versions, before and after one award."""


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


async def _backend_in_append(sql: Sql, *, but: set[int], within_s: float = 5.0) -> int:
    """The backend that waits for the ledger's lock and has written everything before it."""
    wrote = ("progress", "submissions")
    return (await backends_in_append(sql, wrote=wrote, but=but, within_s=within_s))[0]


async def _until_no_backend(sql: Sql) -> float:
    async def holds() -> bool:
        return not await sql.fetchval("""SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'laurels'""")

    return await until(holds, "the dead server's backends are gone", within_s=10)


async def test_a_backend_killed_between_progress_and_ledger_leaves_nothing(
    shared: dict[str, Setting], sql: Sql, database_url: str
) -> None:
    request = attempt("scout-001", "puk_u1_l1", "once")
    with breaking(Fault.TERMINATE_BACKENDS) as row:
        async with (
            serving("serve", pool_size=4, **shared) as server,
            calling(server.address) as calls,
            _watching(database_url) as seen,
        ):
            async with ledger_locked(database_url):
                call = asyncio.create_task(
                    calls.submit("scout-001", "puk_u1_l1", request_id="once")
                )
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
            await account(row, sql, [Answered(request, answer), Answered(request, again)])
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
    with breaking(Fault.TERMINATE_BACKENDS) as row:
        async with (
            serving("serve", pool_size=4, **shared) as server,
            calling(server.address) as calls,
            _watching(database_url) as seen,
        ):
            async with ledger_locked(database_url):
                started = time.monotonic()
                call = asyncio.create_task(
                    calls.submit("scout-001", "puk_u1_l1", request_id="once")
                )
                while not call.done():
                    with suppress(AssertionError):
                        pid = await _backend_in_append(sql, but=killed, within_s=0.3)
                        await sql.execute("SELECT pg_terminate_backend($1)", pid)
                        killed.add(pid)
                took = time.monotonic() - started
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await call
            assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
            row.saw["UNAVAILABLE"] += 1
            assert "terminat" not in (refused.value.details() or "")
            assert killed
            assert seen == {_NOTHING}

            answer, tries = await booked(calls, request)
            assert (answer.replayed, answer.total_xp, tries) == (False, 15, 1)
            await account(row, sql, [Answered(request, answer)])
            await assert_booked_once(sql, [request])
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
        assert seen <= {_NOTHING, _ALL}
        print(f"{len(killed)} backends killed in append, UNAVAILABLE after {took:.2f} s")


async def test_a_server_killed_between_progress_and_ledger_leaves_nothing(
    shared: dict[str, Setting], sql: Sql, database_url: str
) -> None:
    request = attempt("scout-001", "puk_u1_l1", "once")
    with breaking(Fault.KILL_BEFORE_COMMIT) as row:
        async with _watching(database_url) as seen:
            async with serving("serve", **shared) as server, calling(server.address) as calls:
                async with ledger_locked(database_url) as holder:
                    call = asyncio.create_task(
                        calls.submit("scout-001", "puk_u1_l1", request_id="once")
                    )
                    orphan = await _backend_in_append(sql, but=set())
                    assert await _progress_is_written_but_uncommitted(database_url)
                    server.kill()
                    # Its backend appends to the end, and finds nobody to tell it to commit.
                    await unlock_ledger(holder)
                    gone = await _until_no_backend(sql)
                with pytest.raises(grpc.aio.AioRpcError) as refused:
                    await call
                assert refused.value.code() is grpc.StatusCode.UNAVAILABLE
                row.saw["UNAVAILABLE"] += 1
            assert seen == {_NOTHING}, f"backend {orphan} left something"

            async with serving("serve", **shared) as server, calling(server.address) as calls:
                answer, _ = await booked(calls, request)
                assert (answer.replayed, answer.xp_earned, answer.total_xp) == (False, 15, 15)
                again, _ = await booked(calls, request)
                assert again.replayed
                assert promised(again) == promised(answer)
                await account(row, sql, [Answered(request, answer), Answered(request, again)])
                await assert_booked_once(sql, [request])
                await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
        assert seen <= {_NOTHING, _ALL}
        print(f"the dead server's backends were gone after {gone * 1000:.0f} ms")
