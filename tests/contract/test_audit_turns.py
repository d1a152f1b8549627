"""One audit at a time: whoever has finished, gone away or been cut off leaves room for another."""

import asyncio
import time
from collections.abc import AsyncIterable

import grpc
import pytest

from laurels.v1.audit_service_pb2 import AuditAllRequest, AuditAllResponse
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.redis.inspection import Inspection
from tests.calls import Calls, read_refusal, refusal
from tests.contract.audits import (
    MUCH,
    SMALL_WINDOW,
    Gate,
    audit_all,
    audit_user,
    gate_before,
    much_is_wrong,
    rebuild,
    sent_by,
    stand_still,
)
from tests.contract.wire import until
from tests.sql import Sql


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"verify_per_s": 0, "drain_timeout_s": 0.5})


@pytest.fixture
def gate(monkeypatch: pytest.MonkeyPatch) -> Gate:
    """Stands in the middle of an audit, between the ledger and the learners."""
    return gate_before(monkeypatch, Inspection, "scores")


async def is_free(calls: Calls) -> None:
    """Waits until an audit may run, and runs it."""

    async def ran() -> bool:
        (end,) = await asyncio.gather(audit_all(calls), return_exceptions=True)
        if isinstance(end, grpc.aio.AioRpcError):
            assert read_refusal(end).reason == "OVERLOADED"
            return False
        assert not isinstance(end, BaseException)
        assert end.findings == []
        return True

    await until(ran)


async def code_of(call: AsyncIterable[AuditAllResponse]) -> grpc.StatusCode:
    """How a stream ends."""
    try:
        async for _ in call:
            pass
    except grpc.aio.AioRpcError as error:
        return error.code()
    return grpc.StatusCode.OK


async def test_a_second_audit_is_turned_away_until_the_first_one_has_ended(
    calls: Calls, gate: Gate
) -> None:
    first = asyncio.ensure_future(audit_all(calls))
    await gate.reached.wait()

    refused = await refusal(audit_all(calls))
    # Neither of these is an audit of everything.
    assert (await rebuild(calls))[-1].in_use
    gate.opened.set()
    one = await audit_user(calls, "scout-001")

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        "OVERLOADED",
    )
    assert refused.message == "an audit is under way in this server; wait for its end"
    assert one == (await first).findings == (await audit_all(calls)).findings == []


async def test_whoever_hangs_up_in_the_middle_leaves_room_for_another(
    calls: Calls, gate: Gate
) -> None:
    first = calls.audit.AuditAll(AuditAllRequest())
    await gate.reached.wait()
    first.cancel()
    gate.opened.set()

    await is_free(calls)


async def test_whoever_does_not_read_is_waited_for_and_may_hang_up(
    app: App, calls: Calls, sql: Sql, monkeypatch: pytest.MonkeyPatch
) -> None:
    await much_is_wrong(sql)
    sent = sent_by(app, monkeypatch, "audit_all")
    async with grpc.aio.insecure_channel(app.address, options=SMALL_WINDOW) as channel:
        first = Calls(channel).audit.AuditAll(AuditAllRequest())
        assert isinstance(await first.read(), AuditAllResponse)
        await stand_still(sent)

        assert 0 < len(sent) < MUCH
        assert (await refusal(audit_all(calls))).reason == "OVERLOADED"
        first.cancel()
    await sql.execute("DELETE FROM users WHERE version = 1")
    await is_free(calls)


async def test_a_deadline_in_the_middle_ends_it_and_leaves_room_for_another(
    calls: Calls, gate: Gate
) -> None:
    code = await code_of(calls.audit.AuditAll(AuditAllRequest(), timeout=0.3))
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert gate.reached.is_set()
    gate.opened.set()

    await is_free(calls)


async def test_a_postgresql_that_goes_away_in_the_middle_ends_it(
    calls: Calls, sql: Sql, gate: Gate
) -> None:
    auditing = asyncio.ensure_future(refusal(audit_all(calls)))
    await gate.reached.wait()
    async with sql.transaction():
        await sql.execute("LOCK users")
        gate.opened.set()
        refused = await auditing

    assert (refused.code, refused.reason) == (grpc.StatusCode.UNAVAILABLE, "STORE_UNAVAILABLE")
    await is_free(calls)


async def test_a_server_that_stops_does_not_wait_for_an_audit(app: App, gate: Gate) -> None:
    async with grpc.aio.insecure_channel(app.address) as channel:
        auditing = asyncio.ensure_future(code_of(Calls(channel).audit.AuditAll(AuditAllRequest())))
        await gate.reached.wait()
        began = time.monotonic()
        await app.stop()
        took = time.monotonic() - began
        code = await auditing

    assert code is grpc.StatusCode.UNAVAILABLE
    print(f"stopped after {took:.2f} s")
    assert took < 2
