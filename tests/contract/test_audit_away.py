"""A board that does not answer, or does not move on: one finding, and the audit goes on without."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from pathlib import Path
from typing import Final

import grpc
import pytest
from redis.asyncio import Redis

from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.embedded.valkey import EmbeddedValkey
from laurels_server.redis.inspection import Inspection
from laurels_server.usecases import operations
from tests.calls import Calls, refusal
from tests.contract import breakages
from tests.contract.audits import (
    Board,
    Found,
    audit_all,
    audit_user,
    rebuild,
    stop_relay,
    sync_status,
)
from tests.contract.scene import Scene, populate
from tests.contract.wire import until
from tests.sql import Sql

PATIENCE_S: Final = 0.3


@pytest.fixture(scope="module")
def own_valkey() -> Generator[EmbeddedValkey]:
    with (
        tempfile.TemporaryDirectory(prefix="laurels-audit-") as place,
        EmbeddedValkey(Path(place)) as valkey,
    ):
        yield valkey


@pytest.fixture
def valkey(own_valkey: EmbeddedValkey) -> Generator[EmbeddedValkey]:
    """A Valkey that may be stopped; it runs again afterwards."""
    yield own_valkey
    own_valkey.start()


@pytest.fixture
def settings(settings: Settings, valkey: EmbeddedValkey) -> Settings:
    return settings.model_copy(update={"verify_per_s": 0, "redis_url": valkey.url})


@pytest.fixture
async def scene(calls: Calls, sql: Sql, settings: Settings) -> AsyncGenerator[Scene]:
    await populate(calls)
    async with Redis.from_url(settings.redis_url) as redis:
        yield Scene(calls, sql, Board(redis, settings.redis_prefix))


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """What stays away does so at once, not after seconds."""
    assert vars(operations)["BOARD_PATIENCE_S"] == 5
    assert vars(operations)["_USER_PATIENCE_S"] == 2
    monkeypatch.setattr(operations, "BOARD_PATIENCE_S", PATIENCE_S)
    monkeypatch.setattr(operations, "_USER_PATIENCE_S", PATIENCE_S)


def away(because: str) -> Found:
    return ("BOARD_AWAY", "", "", "a whole board, up to date", because)


async def without_pointer(scene: Scene) -> str:
    await scene.board.redis.delete(scene.board.keys.current)
    return "no projection is built"


async def of_other_definitions(scene: Scene) -> str:
    await scene.board.note("definitions", "of another version")
    return "the projection was built by other definitions"


async def without_a_member(scene: Scene) -> str:
    name = scene.board.keys.board(await scene.board.generation())
    await scene.board.redis.zrem(name, await scene.member("scout-002"))
    return "the projection lost members: 2 of 3"


async def behind(scene: Scene) -> str:
    await scene.board.note("watermark", 7)
    return "the board stands at 7, the ledger at 9"


async def beyond(scene: Scene) -> str:
    await scene.board.note("watermark", 99)
    return "the board stands at 99, the ledger at 9"


async def of_another_type(scene: Scene) -> str:
    name = scene.board.keys.board(await scene.board.generation())
    await scene.board.redis.set(name, "not a board")
    return "WRONGTYPE"


async def with_a_member_that_is_no_text(scene: Scene) -> str:
    await scene.board.put(b"\xff\xfe", 251658240)
    return "the board holds what is not ours: "


Loss = Callable[[Scene], Awaitable[str]]

LOSSES: tuple[Loss, ...] = (
    without_pointer,
    of_other_definitions,
    without_a_member,
    behind,
    beyond,
    of_another_type,
    with_a_member_that_is_no_text,
)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("loss", LOSSES, ids=lambda loss: loss.__name__)
async def test_a_board_that_stays_away_is_one_finding_and_a_rebuild_mends_it(
    scene: Scene, app: App, loss: Loss
) -> None:
    # Which would mend it.
    await stop_relay(app)
    because = await loss(scene)
    of_truth = await breakages.a_level_has_paid_less(scene)
    # Not looked for where the board is away.
    await scene.sql.execute("UPDATE users SET visibility = 'HIDDEN' WHERE user_id = 'scout-003'")

    repaired = await audit_all(scene.calls, repair=True)
    left = await audit_all(scene.calls)

    told = next(finding for finding in repaired.findings if finding[0] == "BOARD_AWAY")
    assert told[4].startswith(because)
    assert repaired.findings == sorted([away(told[4]), *of_truth])
    assert (repaired.summary.findings, repaired.summary.mended) == (2, 1)
    assert left.findings == of_truth
    assert (await sync_status(scene.calls)).members == 2


@pytest.mark.parametrize(
    "loss", [without_pointer, of_other_definitions, without_a_member, behind, beyond]
)
async def test_what_the_relay_mends_in_time_is_no_finding(scene: Scene, loss: Loss) -> None:
    for _ in range(5):
        await loss(scene)
        assert (await audit_all(scene.calls)).findings == []
        await loss(scene)
        assert await audit_user(scene.calls, "scout-002") == []


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("rebuilds", [1, 2, 10_000])
async def test_a_board_that_is_replaced_in_the_middle_is_looked_at_again_though_not_for_ever(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, rebuilds: int
) -> None:
    member = await scene.member("scout-006")
    scan = Inspection.members
    rebuilt = 0

    async def replaced(self: Inspection) -> AsyncGenerator[list[str]]:
        nonlocal rebuilt
        async for names in scan(self):
            yield names
            if rebuilt < rebuilds:
                rebuilt += 1
                await rebuild(scene.calls)
                await scene.board.put(member, 251658240)

    monkeypatch.setattr(Inspection, "members", replaced)
    await scene.board.put(member, 251658240)

    audited = await audit_all(scene.calls)

    # In every board that was looked at, and told once.
    expected = [("BOARD_EXTRA", "scout-006", member, "no place", "251658240")]
    if rebuilds > 2:
        expected.insert(0, away("another generation came into use while the board was scanned"))
    assert audited.findings == expected
    assert audited.summary.members == 4


@pytest.mark.usefixtures("impatient")
async def test_without_redis_the_ledger_and_the_accounts_are_audited_all_the_same(
    scene: Scene, valkey: EmbeddedValkey
) -> None:
    of_truth = await breakages.a_level_has_paid_less(scene)
    await asyncio.to_thread(valkey.stop)

    audited = await audit_all(scene.calls)
    alone = await audit_user(scene.calls, "scout-001")

    kinds = [finding[0] for finding in audited.findings]
    assert kinds == ["BOARD_AWAY", "LEVEL_PAID"]
    assert audited.findings[1:] == of_truth
    assert audited.findings[0][4]
    assert [finding[:4] for finding in alone] == [finding[:4] for finding in audited.findings]


@pytest.mark.usefixtures("impatient")
async def test_without_redis_a_repair_is_unavailable_and_the_findings_were_told_before(
    scene: Scene, valkey: EmbeddedValkey
) -> None:
    await asyncio.to_thread(valkey.stop)

    refused = await refusal(audit_all(scene.calls, repair=True))

    assert (refused.code, refused.reason) == (
        grpc.StatusCode.UNAVAILABLE,
        "PROJECTION_UNAVAILABLE",
    )
    assert (await audit_all(scene.calls)).findings != []


async def test_a_redis_that_hangs_is_told_of_before_the_deadline_of_a_call_without_one(
    scene: Scene, valkey: EmbeddedValkey
) -> None:
    valkey.pause()
    try:
        began = time.monotonic()
        findings = await audit_user(scene.calls, "scout-001")
        took = time.monotonic() - began
    finally:
        valkey.resume()

    print(f"told after {took:.2f} s")
    assert [finding[0] for finding in findings] == ["BOARD_AWAY"]
    assert took < 5


async def test_a_redis_that_comes_back_while_it_is_waited_for_is_no_finding(
    scene: Scene, valkey: EmbeddedValkey
) -> None:
    await asyncio.to_thread(valkey.stop)
    auditing = asyncio.ensure_future(audit_all(scene.calls))

    async def noticed() -> bool:
        return not (await sync_status(scene.calls)).serving

    await until(noticed)
    await asyncio.to_thread(valkey.start)

    assert (await auditing).findings == []
