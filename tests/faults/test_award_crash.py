"""Servers and backends that die in the middle of an award: all of it is there, or nothing."""

import asyncio
import random
import time

from tests.calls import attempt
from tests.e2e.process import Laurels, Setting, serving
from tests.faults.checks import (
    FIRST,
    LEARNERS,
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    calling,
)
from tests.faults.load import Load, account, answered, assert_answered_again
from tests.faults.matrix import FULL, Fault, breaking
from tests.sql import Sql

_KILLS = 8 if FULL else 3
_STORM_S = 15.0 if FULL else 3.0


async def test_kill_9_of_the_server_at_any_moment_loses_and_doubles_nothing(
    shared: dict[str, Setting], sql: Sql, seed: int
) -> None:
    chance = random.Random(seed)
    with breaking(Fault.KILL_BEFORE_COMMIT) as before, breaking(Fault.KILL_AFTER_COMMIT) as after:
        async with serving("serve", **shared) as first, calling(first.address) as calls:
            load = Load(calls, seed, within_s=60)
            load.start(24)
            await asyncio.sleep(chance.uniform(0.2, 0.5))
            first.kill()
            away: list[float] = []
            settings = {**shared, "listen": first.address}
            for _ in range(_KILLS - 1):
                killed = time.monotonic()
                async with serving("serve", **settings) as next_one:
                    away.append(time.monotonic() - killed)
                    await asyncio.sleep(chance.uniform(0.1, 0.5))
                    next_one.kill()
            async with serving("serve", **settings) as last:
                await asyncio.sleep(0.2)
                await load.finish()
                await assert_answered_again(calls, load.answers)
                await assert_booked_once(sql, load.sent)
                await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
                await assert_no_idle_transactions(sql)
                await last.stop()
        before.recovered(max(away))
        replayed = [one for one in load.answers if one.answer.replayed]
        await account(after, sql, replayed)
        await account(before, sql, [one for one in load.answers if not one.answer.replayed])

    print(
        f"{_KILLS} kills, {len(load.sent)} attempts, {load.retried} retried, of which "
        f"{len(replayed)} were booked before the kill; serving again after {max(away):.2f} s"
    )
    assert load.retried, "no kill met anything under way"


async def test_backends_killed_in_a_loop_poison_no_connection_of_a_small_pool(
    shared: dict[str, Setting], sql: Sql, seed: int
) -> None:
    chance = random.Random(seed)
    with breaking(Fault.TERMINATE_BACKENDS) as row:
        # Two of them are for awards.
        async with (
            serving("serve", pool_size=4, **shared) as server,
            calling(server.address) as calls,
        ):
            load = Load(calls, seed)
            load.start(24)
            killed = in_transaction = 0
            until_then = time.monotonic() + _STORM_S
            while time.monotonic() < until_then:
                await asyncio.sleep(chance.uniform(0.01, 0.12))
                ended = await sql.fetch("""
                    SELECT xact, pg_terminate_backend(pid) FROM (
                        SELECT pid, backend_xid IS NOT NULL AS xact FROM pg_stat_activity
                         WHERE datname = current_database() AND application_name = 'laurels') b""")
                killed += len(ended)
                in_transaction += sum(backend["xact"] for backend in ended)
            over = time.monotonic()
            await load.finish()
            # At once, without a retry of the caller's: nothing dead is handed out.
            for user_id in LEARNERS:
                last = attempt(user_id, FIRST[0], "after-the-storm")
                load.sent.append(last)
                load.answers.append(await answered(calls, last))
                assert load.answers[-1].tries == 1
            row.recovered(time.monotonic() - over)
            await assert_answered_again(calls, load.answers)
            await assert_booked_once(sql, load.sent)
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
            await assert_no_idle_transactions(sql)
            connections = await sql.fetchval("""SELECT count(*) FROM pg_stat_activity
                WHERE datname = current_database() AND application_name = 'laurels'""")
            assert connections <= 4
            await account(row, sql, load.answers)
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
