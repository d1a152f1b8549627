"""What goes wrong around COMMIT: a caller that cannot know tries again, and it counts once."""

import asyncio
import time
from collections import Counter
from collections.abc import AsyncGenerator
from typing import Final

import grpc
import pytest

from laurels.v1.xp_service_pb2 import AwardXpRequest
from tests.calls import Calls, attempt, refusal
from tests.e2e.process import Laurels, Setting, serving
from tests.faults.checks import (
    FIRST,
    INDEFINITE,
    LEARNERS,
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    calling,
)
from tests.faults.ledger import backends_in_append, ledger_locked, unlock_ledger
from tests.faults.load import Answered, Load, account, answered, assert_answered_again
from tests.faults.matrix import FULL, Fault, Row, breaking
from tests.faults.postgres_proxy import Point, PostgresProxy, Then, drop, hold
from tests.sql import Sql

_ROUNDS = 4 if FULL else 1
_CALLERS = 16 if FULL else 8

_OURS = "scout-050"
"""A learner for whom nobody else submits."""


@pytest.fixture
async def proxy(shared: dict[str, Setting]) -> AsyncGenerator[PostgresProxy]:
    """Stands before the test's database."""
    async with PostgresProxy(str(shared["database_url"])) as running:
        yield running


_KILLS: Final = {
    Fault.KILL_BEFORE_COMMIT: (Point.COMMIT_SENT, False),
    Fault.KILL_AFTER_COMMIT: (Point.COMMIT_ANSWERED, True),
}
"""Where a server is killed, and whether the attempt is there by then."""


@pytest.mark.parametrize("fault", _KILLS)
async def test_an_attempt_whose_server_is_killed_at_commit_counts_once(
    fault: Fault, shared: dict[str, Setting], proxy: PostgresProxy, sql: Sql, seed: int
) -> None:
    point, is_there = _KILLS[fault]
    settings = {**shared, "database_url": proxy.url}
    answers: list[Answered] = []
    with breaking(fault) as row:
        for number in range(_ROUNDS):
            ours = attempt(_OURS, FIRST[number], f"ours-{number}")
            async with serving("serve", **settings) as doomed, calling(doomed.address) as calls:

                async def kill(doomed: Laurels = doomed) -> Then:
                    doomed.kill()
                    return Then.DROP

                load = Load(calls, seed + number, f"beside-{number}")
                load.start(_CALLERS)
                await load.went_on()
                reached = proxy.arm(point, kill, text=ours.request_id)
                with pytest.raises(grpc.aio.AioRpcError) as failed:
                    await calls.progress.SubmitProgress(ours)
                killed = time.monotonic()
                assert reached.is_set()
                assert failed.value.code() is grpc.StatusCode.UNAVAILABLE
                row.saw["UNAVAILABLE"] += 1
                async with serving("serve", **{**settings, "listen": doomed.address}) as successor:
                    again = await answered(calls, ours)
                    row.recovered(time.monotonic() - killed)
                    assert again.answer.replayed == is_there
                    await load.went_on()
                    await load.finish()
                    answers += [again, *load.answers]
                    await assert_answered_again(calls, answers)
                    await _assert_whole(sql, shared, answers)
                    await successor.stop()
        await account(row, sql, answers)
    print(f"{_ROUNDS} kills: {_told(row)}")
    assert row.lost == 0


async def test_an_attempt_whose_reply_to_commit_is_lost_is_told_so_and_then_what_was_booked(
    shared: dict[str, Setting], proxy: PostgresProxy, sql: Sql, seed: int
) -> None:
    answers: list[Answered] = []
    settings = {**shared, "database_url": proxy.url}
    with breaking(Fault.REPLY_LOST) as row:
        async with serving("serve", **settings) as server, calling(server.address) as calls:
            load = Load(calls, seed, "beside")
            load.start(_CALLERS)
            for number in range(_ROUNDS):
                await load.went_on()
                ours = attempt(_OURS, FIRST[number], f"ours-{number}")
                reached = proxy.arm(Point.COMMIT_ANSWERED, drop, text=ours.request_id)
                told = await refusal(calls.progress.SubmitProgress(ours))
                lost = time.monotonic()
                assert reached.is_set()
                assert (told.code.name, told.reason) == ("UNAVAILABLE", "STORE_UNAVAILABLE")
                row.saw[told.code.name] += 1
                again = await answered(calls, ours)
                row.recovered(time.monotonic() - lost)
                # Not a second try: the connection that was lost is nowhere in the pool.
                assert (again.tries, again.answer.replayed) == (1, True)
                answers.append(again)
            await load.finish()
            answers += load.answers
            await assert_answered_again(calls, answers)
            await _assert_whole(sql, shared, answers)
            await account(row, sql, answers)
            await server.stop()
    print(f"{_ROUNDS} replies lost: {_told(row)}")
    assert row.lost == 0


async def test_replies_to_commit_that_never_come_cost_patience_and_no_place_in_the_pool(
    shared: dict[str, Setting], proxy: PostgresProxy, sql: Sql
) -> None:
    ours = attempt(_OURS, FIRST[0], "ours")
    award = _award("scout-049", "award")
    settings = {**shared, "database_url": proxy.url}
    with breaking(Fault.REPLY_LOST) as row:
        # Two connections for awards, and both are held.
        async with (
            serving("serve", pool_size=4, **settings) as server,
            calling(server.address) as calls,
        ):
            for request_id in (ours.request_id, award.request_id):
                proxy.arm(Point.COMMIT_ANSWERED, hold, text=request_id)
            sent = time.monotonic()
            # No deadline of theirs: the server's patience has to end before its default of 5 s.
            for told in await asyncio.gather(
                refusal(calls.progress.SubmitProgress(ours)), refusal(calls.xp.AwardXp(award))
            ):
                assert (told.code.name, told.reason) == ("UNAVAILABLE", "STORE_UNAVAILABLE")
                row.saw[told.code.name] += 1
            given_up = time.monotonic()

            awards = [_award(user_id, "burst") for user_id in LEARNERS]
            errors = await asyncio.gather(*(_awarded(calls, request) for request in awards))
            whole = time.monotonic() - given_up
            # Its connections are dropped 4 s after patience ended, and a call waits 2 s for one.
            row.recovered(whole, within_s=6.0)
            row.saw.update(code for codes in errors for code in codes)
            async with ledger_locked(str(shared["database_url"])) as holder:
                more = [_award(user_id, "more") for user_id in LEARNERS]
                burst = asyncio.gather(*(_awarded(calls, request) for request in more))
                await backends_in_append(sql, 2)
                await unlock_ledger(holder)
            assert not any(await burst), "a connection of the pool was dead"

            again = await answered(calls, ours)
            assert (again.tries, again.answer.replayed) == (1, True)
            assert (await calls.xp.AwardXp(award)).replayed
            expected = [ours, award, *awards, *more]
            assert await _entries(sql) == Counter((one.user_id, one.request_id) for one in expected)
            await assert_no_idle_transactions(sql)
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
            await account(row, sql, [again])
            await server.stop()
    print(
        f"told UNAVAILABLE {given_up - sent:.2f} s after it was sent; a burst of {len(awards)} "
        f"over 2 connections was answered {whole:.2f} s later, {sum(map(len, errors))} errors first"
    )
    assert row.lost == 0


def _award(user_id: str, request_id: str) -> AwardXpRequest:
    return AwardXpRequest(request_id=request_id, user_id=user_id, amount=7, source="quiz")


async def _awarded(calls: Calls, request: AwardXpRequest) -> list[str]:
    """The errors before an award is answered."""
    started = time.monotonic()
    errors: list[str] = []
    while True:
        try:
            await calls.xp.AwardXp(request)
        except grpc.aio.AioRpcError as error:
            failure = error
        else:
            return errors
        assert failure.code() in INDEFINITE, f"{failure.code()}: {failure.details()}"
        errors.append(failure.code().name)
        assert time.monotonic() - started < 15, f"never answered: {failure.details()}"
        await asyncio.sleep(0.03)


async def _entries(sql: Sql) -> Counter[tuple[str, str]]:
    """How often each request stands in the ledger."""
    rows = await sql.fetch(
        """SELECT user_id, request_id, count(*) AS times
             FROM xp_entries JOIN users USING (learner_key) GROUP BY user_id, request_id"""
    )
    return Counter({(row["user_id"], row["request_id"]): row["times"] for row in rows})


async def _assert_whole(sql: Sql, shared: dict[str, Setting], answers: list[Answered]) -> None:
    """All that was answered, and nothing else, is booked once; each of ours in one entry."""
    await assert_no_idle_transactions(sql)
    await assert_booked_once(sql, [one.request for one in answers])
    await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
    ours = [one.request.request_id for one in answers if one.request.user_id == _OURS]
    entries = await _entries(sql)
    assert {name: times for (user, name), times in entries.items() if user == _OURS} == (
        dict.fromkeys(ours, 1)
    )


def _told(row: Row) -> str:
    """What its callers were told, how often."""
    return ", ".join(f"{times} {what}" for what, times in row.saw.most_common())
