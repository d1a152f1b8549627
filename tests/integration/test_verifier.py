"""The verifier stepped by hand beside a server that has none running."""

import asyncio
import random
from collections.abc import AsyncGenerator
from dataclasses import dataclass, replace

import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.domain.audit import FindingKind
from laurels_server.domain.errors import StoreUnavailable
from laurels_server.metrics import REGISTRY
from laurels_server.redis.connection import connect
from laurels_server.redis.inspection import Inspection
from laurels_server.redis.projection import Projection
from laurels_server.usecases import rebuild as rebuild_module
from laurels_server.usecases import verifier as verifier_module
from laurels_server.usecases.fallback import Breaker
from laurels_server.usecases.verifier import Verifier
from tests.calls import Calls
from tests.contract import breakages
from tests.contract.audits import Board, gate_before, stop_relay
from tests.contract.conftest import NOWHERE
from tests.contract.scene import Scene, populate
from tests.contract.wire import until
from tests.sql import Sql

KINDS = [kind.value for kind in FindingKind]


@dataclass(frozen=True)
class Stand:
    """A verifier, and what it watches over."""

    app: App
    scene: Scene
    inspection: Inspection
    breaker: Breaker

    def verifier(self, learners: int = 200) -> Verifier:
        return Verifier(
            self.app.database,
            self.inspection,
            self.app.relay,
            self.breaker,
            learners=learners,
        )


@pytest.fixture
def settings(settings: Settings) -> Settings:
    return settings.model_copy(update={"verify_per_s": 0})


@pytest.fixture
async def stand(app: App, calls: Calls, sql: Sql, settings: Settings) -> AsyncGenerator[Stand]:
    await populate(calls)
    client = connect(settings.redis_url, timeout_ms=2000, connections=4)
    async with Redis.from_url(settings.redis_url) as redis:
        scene = Scene(calls, sql, Board(redis, settings.redis_prefix))
        yield Stand(app, scene, Inspection(client, settings.redis_prefix), Breaker())
    await client.aclose()


def counted(kind: str) -> float:
    return REGISTRY.get_sample_value("laurels_findings_total", {"kind": kind}) or 0.0


def verified() -> float:
    return REGISTRY.get_sample_value("laurels_verified_learners_total") or 0.0


async def kinds(verifier: Verifier, rounds: int = 2) -> list[str]:
    """What is found in so many rounds, which are two laps of 50 learners or more."""
    found = [await verifier.step() for _ in range(rounds)]
    return [finding.kind.value for part in found for finding in part]


async def test_it_says_nothing_where_everything_adds_up(stand: Stand) -> None:
    before = await stand.scene.board.generation()
    counts = {kind: counted(kind) for kind in KINDS}
    verifier = stand.verifier()

    with capture_logs() as logs:
        for number in range(5):
            assert await verifier.step() == []
            await stand.scene.calls.submit("scout-020", f"puk_u1_l{number + 1}")

    assert [line for line in logs if "verifier" in line["event"]] == []
    assert {kind: counted(kind) for kind in KINDS} == counts
    assert await stand.scene.board.generation() == before


async def test_a_wrong_score_is_counted_logged_and_mended(stand: Stand) -> None:
    before, count = await stand.scene.board.generation(), counted("BOARD_SCORE")
    ((kind, user_id, subject, expected, found),) = await breakages.a_score_is_a_minute_off(
        stand.scene
    )
    verifier = stand.verifier()

    with capture_logs() as logs:
        assert await kinds(verifier) == ["BOARD_SCORE"]

    assert counted("BOARD_SCORE") == count + 1
    assert [line for line in logs if line["event"] == "verifier_finding"] == [
        {
            "event": "verifier_finding",
            "log_level": "error",
            "kind": kind,
            "user_id": user_id,
            "subject": subject,
            "expected": expected,
            "found": found,
        }
    ]
    assert await stand.scene.board.generation() != before
    assert await stand.scene.board.score(subject) == float(expected)
    assert await kinds(verifier) == []


async def test_a_member_that_is_missing_is_put_back(stand: Stand) -> None:
    ((_, _, member, expected, _),) = await breakages.a_member_is_missing(stand.scene)

    assert await kinds(stand.verifier()) == ["BOARD_MISSING"]

    assert await stand.scene.board.score(member) == float(expected)


@pytest.mark.parametrize(
    "breakage",
    [
        breakages.a_member_is_nobody,
        breakages.somebody_is_hidden_by_hand,
        breakages.a_member_has_no_xp,
        breakages.members_are_no_keys_of_learners,
    ],
    ids=lambda breakage: breakage.__name__,
)
async def test_whoever_is_on_the_board_without_a_place_is_counted_and_taken_off(
    stand: Stand, breakage: breakages.Breakage
) -> None:
    count, before = counted("BOARD_EXTRA"), await stand.scene.board.generation()
    expected = await breakage(stand.scene)
    verifier = stand.verifier()

    found = await verifier.step()

    assert sorted((f.kind, f.user_id, f.subject, f.expected, f.found) for f in found) == sorted(
        expected
    )
    assert counted("BOARD_EXTRA") == count + len(expected)
    assert await stand.scene.board.generation() != before
    assert [await stand.scene.board.score(told[2]) for told in expected] == [None] * len(expected)
    assert await kinds(verifier) == []


async def test_a_quarter_of_its_looks_are_at_members_of_the_board(stand: Stand) -> None:
    for number in range(100):
        await stand.scene.board.put(f"intruder-{number}", 251658240)
    before = verified()

    found = await stand.verifier(learners=40).step()

    # Ten members, of whom three have a place.
    assert 7 <= len({finding.subject for finding in found}) == len(found) <= 10
    assert verified() - before <= 30


async def test_a_wrong_total_is_counted_each_time_and_never_mended(stand: Stand) -> None:
    count = counted("ENTRY_COUNT")
    await breakages.a_count_of_entries_is_changed(stand.scene)
    before = await stand.scene.board.generation()
    verifier = stand.verifier()
    # Wherever the first lap began, the others are whole.
    await verifier.step()

    assert await kinds(verifier, rounds=3) == ["ENTRY_COUNT"] * 3

    assert counted("ENTRY_COUNT") >= count + 3
    assert await stand.scene.board.generation() == before, "nothing to mend, and yet a rebuild"


async def test_a_wrong_total_on_the_board_too_is_mended_there(stand: Stand) -> None:
    expected = await breakages.a_total_is_raised(stand.scene)
    verifier = stand.verifier()

    found = await kinds(verifier)
    again = await kinds(verifier)

    assert sorted(set(found)) == sorted(finding[0] for finding in expected)
    assert set(again) == {"TOTAL"}


async def test_the_ledger_is_followed_from_where_it_ended_at_the_start(stand: Stand) -> None:
    verifier = stand.verifier()
    await stand.scene.sql.execute("DELETE FROM xp_entries WHERE seq = 8")
    assert "LEDGER_GAP" not in await kinds(verifier)
    await stand.scene.calls.submit("scout-020", "puk_u1_l1")
    await stand.scene.calls.submit("scout-020", "puk_u1_l2")
    await stand.scene.sql.execute(
        "UPDATE xp_entries SET recorded_at = recorded_at - interval '1 day' WHERE seq = 11"
    )

    found = await kinds(verifier, rounds=3)

    assert found.count("LEDGER_ORDER") == 1, "told once, when it was new"
    assert "LEDGER_GAP" not in found


async def test_a_ledger_that_was_restored_to_the_past_is_followed_from_its_new_end(
    stand: Stand,
) -> None:
    verifier = stand.verifier()
    assert await verifier.step() == []
    await stand.scene.sql.execute("DELETE FROM xp_entries WHERE seq > 5")
    await verifier.step()
    await stand.scene.calls.submit("scout-020", "puk_u1_l1")
    await stand.scene.calls.submit("scout-020", "puk_u1_l2")
    await stand.scene.sql.execute(
        "UPDATE xp_entries SET recorded_at = recorded_at - interval '1 day' WHERE seq = 7"
    )

    found = await verifier.step()

    # Both are numbered below where the ledger ended at the start.
    assert [f.subject for f in found if f.kind is FindingKind.LEDGER_ORDER] == ["7"]


class Clock:
    """Stands in for a module's time."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


async def test_a_board_that_is_wrong_again_is_built_anew_once_a_minute_at_most(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = Clock()
    monkeypatch.setattr(verifier_module, "time", clock)
    verifier = stand.verifier()
    generations: list[str] = []
    for _ in range(3):
        await breakages.a_score_is_a_minute_off(stand.scene)
        assert set(await kinds(verifier)) == {"BOARD_SCORE"}
        generations.append(await stand.scene.board.generation())
    clock.now += 59
    assert set(await kinds(verifier)) == {"BOARD_SCORE"}
    generations.append(await stand.scene.board.generation())
    assert len(set(generations)) == 1

    clock.now += 1
    assert set(await kinds(verifier)) == {"BOARD_SCORE"}
    assert await stand.scene.board.generation() not in generations
    assert await kinds(verifier) == []


@pytest.mark.parametrize(
    ("looks", "learners"), [(1, 1), (2, 1), (9, 7), (33, 25), (65, 49), (66, 50), (67, 51)]
)
async def test_it_goes_round_all_learners(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, looks: int, learners: int
) -> None:
    began: list[tuple[int, int]] = []

    def at_the_first(low: int, high: int) -> int:
        began.append((low, high))
        return low

    monkeypatch.setattr(random, "randint", at_the_first)
    await stand.scene.sql.execute("UPDATE users SET version = version + 1")
    verifier = stand.verifier(looks)
    before = verified()
    # A lap ends with a part that is short, which may be an empty one.
    rounds = 50 // learners + 1

    laps = [[found.user_id for _ in range(rounds) for found in await verifier.step()] for _ in "ab"]

    everybody = [f"scout-{number:03d}" for number in range(1, 51)]
    assert laps == [everybody, everybody]
    assert verified() - before == 100
    assert began == [(0, await stand.scene.key("scout-050"))]


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    assert vars(verifier_module)["BOARD_PATIENCE_S"] == 5
    monkeypatch.setattr(verifier_module, "BOARD_PATIENCE_S", 0.2)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("noticed", [True, False])
async def test_it_says_nothing_of_a_redis_that_is_away(stand: Stand, noticed: bool) -> None:
    counts = {kind: counted(kind) for kind in KINDS}
    client = connect(NOWHERE, timeout_ms=2000, connections=4)
    away = replace(stand, inspection=Inspection(client, "any"))
    if noticed:
        away.breaker.open()

    with capture_logs() as logs:
        assert await kinds(away.verifier()) == []

    assert [line for line in logs if "verifier" in line["event"]] == []
    assert {kind: counted(kind) for kind in KINDS} == counts
    await client.aclose()


@pytest.mark.usefixtures("impatient")
async def test_it_leaves_an_empty_redis_to_the_relay(stand: Stand) -> None:
    await stop_relay(stand.app)
    await stand.scene.board.lose()

    assert await kinds(stand.verifier()) == []

    assert await stand.scene.board.names() == set()


@pytest.mark.usefixtures("impatient")
async def test_the_accounts_are_verified_while_redis_is_away(stand: Stand) -> None:
    await stop_relay(stand.app)
    await stand.scene.board.lose()
    await breakages.a_level_has_paid_less(stand.scene)

    assert set(await kinds(stand.verifier())) == {"LEVEL_PAID"}


@pytest.mark.usefixtures("impatient")
async def test_a_board_that_does_not_move_on_is_built_anew(stand: Stand) -> None:
    await stop_relay(stand.app)
    await stand.scene.calls.submit("scout-020", "puk_u1_l1")
    count, before = counted("BOARD_AWAY"), await stand.scene.board.generation()
    verifier = stand.verifier()

    # The first round may have begun beyond this learner.
    (finding,) = await verifier.step() or await verifier.step()

    assert finding.kind is FindingKind.BOARD_AWAY
    assert finding.found == "the board stands at 9, the ledger at 10"
    assert counted("BOARD_AWAY") == count + 1
    assert await stand.scene.board.generation() != before
    assert await kinds(verifier) == []


async def test_without_postgresql_a_round_fails_and_is_left_at_that(stand: Stand) -> None:
    verifier = stand.verifier()
    async with stand.scene.sql.transaction():
        await stand.scene.sql.execute("LOCK users")
        with pytest.raises(StoreUnavailable):
            await verifier.step()

    assert await verifier.step() == []


async def test_it_goes_on_after_a_failure_and_after_a_defect_until_it_is_stopped(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier_module, "_EVERY_S", 0.01)
    verifier = stand.verifier()
    step = verifier.step
    ends: list[Exception | None] = [RuntimeError("a defect"), StoreUnavailable("away"), None]
    rounds = 0

    async def with_troubles() -> object:
        nonlocal rounds
        rounds += 1
        if ends and (end := ends.pop(0)) is not None:
            raise end
        return await step()

    monkeypatch.setattr(verifier, "step", with_troubles)
    with capture_logs() as logs:
        running = asyncio.create_task(verifier.run())

        async def often() -> bool:
            return rounds > 5

        await until(often)
        verifier.stop()
        await asyncio.wait_for(running, 5)

    told = [line["event"] for line in logs if line["event"].startswith("verifier")]
    assert told == ["verifier_defect", "verifier_waits"]


async def test_stopping_does_not_wait_for_a_rebuild(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(verifier_module, "_EVERY_S", 0.01)
    monkeypatch.setattr(rebuild_module, "APPLY_MOST", 1)
    await breakages.a_score_is_a_minute_off(stand.scene)
    before = await stand.scene.board.generation()
    gate = gate_before(monkeypatch, Projection, "fill")
    verifier = stand.verifier()
    running = asyncio.create_task(verifier.run())
    await gate.reached.wait()

    verifier.stop()
    gate.opened.set()
    await asyncio.wait_for(running, 5)

    assert await stand.scene.board.generation() == before
    assert await stand.scene.board.only_in_use()


async def test_none_of_it_happens_where_it_is_turned_off(app: App) -> None:
    before = verified()

    # Else it would go on until it is stopped.
    await asyncio.wait_for(app.verifier.run(), 5)

    assert verified() == before
