"""A server frozen between its append and its COMMIT holds the ledger's lock, but not for long."""

import asyncio
import signal
import time

import grpc
import psutil
import pytest

from laurels.v1.progress_service_pb2 import SubmitProgressRequest
from tests.calls import Calls, attempt
from tests.e2e.process import Laurels, Setting, serving, until
from tests.faults.checks import (
    FIRST,
    LEARNERS,
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    calling,
)
from tests.faults.load import Answered, account, answered
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.postgres_proxy import Point, PostgresProxy, Then
from tests.sql import Sql

_ROUNDS = 5 if FULL else 1
_DEADLINE_S = 3.5


async def test_a_server_frozen_inside_its_transaction_holds_others_up_no_longer_than_it_may_idle(
    shared: dict[str, Setting], sql: Sql
) -> None:
    answers: list[Answered] = []
    held_up: list[float] = []
    late: list[float] = []
    with breaking(Fault.STOP_IN_TRANSACTION) as row:
        async with (
            PostgresProxy(str(shared["database_url"])) as proxy,
            serving("serve", **{**shared, "database_url": proxy.url}) as frozen,
            serving("serve", **shared) as other,
            calling(frozen.address) as to_frozen,
            calling(other.address) as to_other,
        ):
            for number in range(_ROUNDS):
                ours = attempt("scout-050", FIRST[number], f"ours-{number}")
                theirs = [attempt(user, FIRST[number], f"theirs-{number}") for user in LEARNERS]

                async def stop() -> Then:
                    await _stopped(frozen)
                    return Then.PASS_ON

                reached = proxy.arm(Point.APPENDED, stop, text=ours.request_id)
                call = asyncio.create_task(_unanswered(to_frozen, ours))
                await reached.wait()
                since = time.monotonic()
                answers += await asyncio.gather(*(answered(to_other, one) for one in theirs))
                held_up.append(time.monotonic() - since)
                row.recovered(held_up[-1], within_s=3.0)
                late.append(await call)
                row.saw["DEADLINE_EXCEEDED"] += 1

                frozen.send(signal.SIGCONT)
                again = await answered(to_frozen, ours)
                assert not again.answer.replayed, "its transaction outlived the freeze"
                answers.append(again)
            await assert_booked_once(sql, [one.request for one in answers])
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
            await assert_no_idle_transactions(sql)
            await account(row, sql, answers)
            await frozen.stop()
            await other.stop()
    print(
        f"frozen {_ROUNDS} times: {len(LEARNERS)} attempts of the other server's were held up for "
        f"{max(held_up) * 1000:.0f} ms at most; the frozen one's caller was told "
        f"{max(late) * 1000:.0f} ms after its deadline"
    )
    assert row.lost == 0
    assert min(held_up) > 1.0, "nobody was held up: the lock was not held"


async def _stopped(server: Laurels) -> None:
    """Freezes a server; not one of its threads runs on."""
    server.send(signal.SIGSTOP)
    process = psutil.Process(server.pid)

    async def stands_still() -> bool:
        return process.status() == psutil.STATUS_STOPPED

    await until(stands_still, "it is stopped")


async def _unanswered(calls: Calls, request: SubmitProgressRequest) -> float:
    """How long after its deadline a call ends that nobody answers, in seconds."""
    started = time.monotonic()
    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await calls.progress.SubmitProgress(request, timeout=_DEADLINE_S)
    assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED
    return time.monotonic() - started - _DEADLINE_S
