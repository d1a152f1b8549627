"""What goes wrong inside stays inside: callers get a code, an incident and no text of ours."""

import asyncio
import re
from collections.abc import AsyncGenerator, Generator

import grpc
import pytest
from google.protobuf.message import Message
from structlog.testing import capture_logs

from laurels.v1.audit_service_pb2 import (
    AuditAllRequest,
    AuditUserRequest,
    GetSyncStatusRequest,
    RebuildProjectionRequest,
)
from laurels.v1.catalog_service_pb2 import (
    GetLevelRequest,
    Level,
    ListLevelsRequest,
    RetireLevelRequest,
    UpsertLevelsRequest,
)
from laurels.v1.error_reason_pb2 import ERROR_REASON_INTERNAL
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    GetSubmissionRequest,
    ListProgressRequest,
)
from laurels.v1.user_service_pb2 import GetUserRequest, UpsertUsersRequest, User
from laurels.v1.xp_service_pb2 import (
    AdjustXpRequest,
    AwardXpRequest,
    GetXpAccountRequest,
    ListXpEntriesRequest,
    ReverseXpEntryRequest,
)
from laurels_server.app import App
from laurels_server.domain.audit import Checked, Phase, Progress
from laurels_server.domain.ledger import LEDGER_START
from laurels_server.rpc import guard
from laurels_server.usecases.rebuild import Building
from tests.calls import Calls, Refusal, attempt, refusal
from tests.contract.conftest import Steady
from tests.contract.wire import RPCS, contents, send
from tests.sql import Sql

BUILDING = Building(0, 0.5, LEDGER_START)
SECRET = "postgresql://laurels:hunter2@db/prod SELECT secret FROM users"

ATTEMPT = attempt("scout-001", "puk_u1_l1", "r")
AWARD = AwardXpRequest(request_id="x", user_id="scout-001", amount=5, source="cyber")
BATCH = BatchSubmitProgressRequest(requests=[ATTEMPT])

WORK: dict[str, Message] = {
    "lanes.submit": ATTEMPT,
    "lanes.submit_all": BATCH,
    "history.submission": GetSubmissionRequest(user_id="scout-001", request_id="r"),
    "history.progress": ListProgressRequest(user_id="scout-001"),
    "levels.upsert": UpsertLevelsRequest(levels=[Level(level_id="new")]),
    "levels.get": GetLevelRequest(level_id="puk_u1_l1"),
    "levels.read": ListLevelsRequest(),
    "levels.retire": RetireLevelRequest(level_id="puk_u1_l1"),
    "learners.upsert": UpsertUsersRequest(users=[User(user_id="new")]),
    "learners.get": GetUserRequest(user_id="scout-001"),
    "leaderboard.page": GetLeaderboardRequest(),
    "leaderboard.standing": GetStandingRequest(user_id="scout-001"),
    "accounts.change by an award": AWARD,
    "accounts.change by a correction": AdjustXpRequest(
        request_id="x", user_id="scout-001", amount=-5, reason="typo", actor="ada"
    ),
    "accounts.change by a reversal": ReverseXpEntryRequest(
        request_id="x", user_id="scout-001", entry_id="e", reason="typo", actor="ada"
    ),
    "accounts.account": GetXpAccountRequest(user_id="scout-001"),
    "accounts.entries": ListXpEntriesRequest(user_id="scout-001"),
    "operations.audit_user": AuditUserRequest(user_id="scout-001"),
    "operations.audit_all": AuditAllRequest(),
    "operations.rebuild": RebuildProjectionRequest(),
    "operations.sync_status": GetSyncStatusRequest(),
}
"""The use case behind each RPC."""

STREAMS = {rpc.request for rpc in RPCS if rpc.streams}

each_work = pytest.mark.parametrize("work", WORK)
each_unary = pytest.mark.parametrize("work", [w for w in WORK if type(WORK[w]) not in STREAMS])
each_stream = pytest.mark.parametrize("work", [w for w in WORK if type(WORK[w]) in STREAMS])


@pytest.fixture(autouse=True)
def quiet_log() -> Generator[None]:
    """Tracebacks are told by the hundred here; drawing them takes most of the time."""
    with capture_logs():
        yield


def replace_work(
    app: App, monkeypatch: pytest.MonkeyPatch, work: str, defect: Exception | None
) -> None:
    """Makes a use case raise `defect`; None makes it hang."""
    part, method = work.split(" ", maxsplit=1)[0].split(".")

    async def broken(*_: object, **__: object) -> None:
        if defect is not None:
            raise defect
        await asyncio.sleep(60)

    async def broken_later(*_: object, **__: object) -> AsyncGenerator[object]:
        yield Progress(Phase.LEDGER, 0.5, Checked()) if method == "audit_all" else BUILDING
        await broken()

    stand_in = broken_later if type(WORK[work]) in STREAMS else broken
    monkeypatch.setattr(getattr(app.services, part), method, stand_in)


def tells_only_the_incident(refused: Refusal) -> None:
    incident = refused.metadata["incident"]
    assert re.fullmatch(r"[0-9a-f]{8}", incident)
    assert (refused.code, refused.reason) == (grpc.StatusCode.INTERNAL, "INTERNAL")
    assert refused.message == f"internal error; the server's log has it as incident {incident}"
    assert set(refused.metadata) == {"incident"}
    assert refused.fields == {}


def test_no_rpc_is_left_out() -> None:
    assert {type(message) for message in WORK.values()} == {rpc.request for rpc in RPCS}


@each_work
@pytest.mark.parametrize("kind", [RuntimeError, KeyError, TimeoutError, OSError, AssertionError])
async def test_a_defect_answers_an_incident_and_keeps_the_rest_to_the_log(
    steady: Steady, monkeypatch: pytest.MonkeyPatch, work: str, kind: type[Exception]
) -> None:
    replace_work(steady.app, monkeypatch, work, kind(SECRET))

    with capture_logs() as logs:
        refused = await refusal(send(steady.calls.channel, WORK[work]))

    tells_only_the_incident(refused)
    logged = [entry for entry in logs if entry.get("incident") == refused.metadata["incident"]]
    assert [SECRET in repr(entry["exc_info"]) for entry in logged] == [True]


@each_unary
async def test_work_that_hangs_ends_with_the_deadline_of_the_server(
    steady: Steady, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    replace_work(steady.app, monkeypatch, work, None)
    assert vars(guard)["_DEFAULT_DEADLINE_S"] == 5
    monkeypatch.setattr(guard, "_DEFAULT_DEADLINE_S", 0.05)

    refused = await refusal(send(steady.calls.channel, WORK[work]))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.DEADLINE_EXCEEDED,
        "DEADLINE_EXCEEDED",
    )
    assert (refused.metadata, refused.fields) == ({}, {})


@each_stream
async def test_a_stream_has_no_deadline_of_the_server_and_keeps_that_of_its_caller(
    steady: Steady, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    replace_work(steady.app, monkeypatch, work, None)
    monkeypatch.setattr(guard, "_DEFAULT_DEADLINE_S", 0.05)
    without = asyncio.ensure_future(send(steady.calls.channel, WORK[work]))

    with pytest.raises(grpc.aio.AioRpcError) as ended:
        await send(steady.calls.channel, WORK[work], timeout=0.5)

    assert not without.done()
    without.cancel()

    assert ended.value.code() is grpc.StatusCode.DEADLINE_EXCEEDED


@each_stream
async def test_a_stream_that_outlasts_its_deadline_is_told_so_by_the_server_too(
    steady: Steady, monkeypatch: pytest.MonkeyPatch, work: str
) -> None:
    replace_work(steady.app, monkeypatch, work, None)

    def hurried(_: object) -> float:
        return 0.1

    monkeypatch.setattr(guard, "_time_left", hurried)

    refused = await refusal(send(steady.calls.channel, WORK[work], timeout=10))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.DEADLINE_EXCEEDED,
        "DEADLINE_EXCEEDED",
    )
    assert (refused.metadata, refused.fields) == ({}, {})


async def test_a_rule_of_the_database_that_is_broken_is_an_incident(calls: Calls, sql: Sql) -> None:
    for table in ("progress", "levels", "group_members", "xp_entries"):
        await sql.execute(f"ALTER TABLE {table} ADD CONSTRAINT secret_rule CHECK (false) NOT VALID")
    before = await contents(sql)

    for message in (
        ATTEMPT,
        UpsertLevelsRequest(levels=[Level(level_id="new")]),
        RetireLevelRequest(level_id="puk_u1_l1"),
        UpsertUsersRequest(users=[User(user_id="new", group_ids=["fox"])]),
        AWARD,
    ):
        tells_only_the_incident(await refusal(send(calls.channel, message)))
    error = (await calls.progress.BatchSubmitProgress(BATCH)).results[0].error
    assert error.message.startswith("internal error; the server's log has it as incident ")
    assert await contents(sql) == before


async def test_one_item_that_breaks_the_database_does_not_take_its_batch_along(
    calls: Calls, sql: Sql
) -> None:
    await sql.execute(
        "ALTER TABLE progress ADD CONSTRAINT secret_rule CHECK (best_score <> 60) NOT VALID"
    )
    requests = [attempt(f"scout-{n:03d}", "puk_u1_l1", "r") for n in range(1, 51)]
    requests[30] = attempt("scout-031", "puk_u1_l1", "r", correct=3)

    answer = await calls.progress.BatchSubmitProgress(BatchSubmitProgressRequest(requests=requests))

    failed = [n for n, result in enumerate(answer.results) if result.HasField("error")]
    assert failed == [30]
    assert answer.results[30].error.reason == ERROR_REASON_INTERNAL
    assert "secret" not in str(answer)
    assert await sql.fetchval("SELECT count(*) FROM xp_entries") == 49


@each_work
async def test_a_table_that_is_gone_is_an_incident(calls: Calls, sql: Sql, work: str) -> None:
    await sql.execute("ALTER TABLE users RENAME TO secret_users")
    await sql.execute("ALTER TABLE levels RENAME TO secret_levels")
    await sql.execute("ALTER TABLE catalog RENAME TO secret_catalog")

    if WORK[work] is BATCH:
        answer = await calls.progress.BatchSubmitProgress(BATCH)
        assert answer.results[0].error.reason == ERROR_REASON_INTERNAL
        assert "relation" not in str(answer)
    elif work in ("leaderboard.page", "operations.sync_status"):
        # Redis answers an empty board without asking; the ledger is still there.
        await send(calls.channel, WORK[work])
    else:
        tells_only_the_incident(await refusal(send(calls.channel, WORK[work])))


async def test_a_database_that_does_not_answer_is_unavailable_and_its_words_are_not_passed_on(
    calls: Calls, without_redis: Calls, sql: Sql
) -> None:
    before = await contents(sql)
    async with sql.transaction():
        await sql.execute("LOCK users, catalog, levels, xp_entries")
        refusals = await asyncio.gather(
            *(
                # A board cannot be built without Redis, and a page cannot be read with it.
                refusal(send((calls if "operations" in work else without_redis).channel, message))
                for work, message in WORK.items()
                if message is not BATCH
            )
        )

    for refused in refusals:
        assert (refused.code, refused.reason) == (
            grpc.StatusCode.UNAVAILABLE,
            "STORE_UNAVAILABLE",
        )
        assert re.fullmatch(
            r"PostgreSQL is not available; retry( with the same request_id)?", refused.message
        )
        assert (refused.metadata, refused.fields) == ({}, {})
    assert await contents(sql) == before
