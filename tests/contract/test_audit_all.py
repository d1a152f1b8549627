"""AuditAll and AuditUser find whatever is broken on purpose, and nothing else."""

from collections.abc import AsyncGenerator, Iterable

import grpc
import pytest
from redis.asyncio import Redis
from structlog.testing import capture_logs

from laurels.v1.audit_service_pb2 import (
    AUDIT_PHASE_BOARD,
    AUDIT_PHASE_LEARNERS,
    AUDIT_PHASE_LEDGER,
    AUDIT_PHASE_REPAIR,
)
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.postgres import audit as store
from laurels_server.postgres.database import Connection
from laurels_server.redis import inspection
from laurels_server.usecases import audit
from tests.calls import Calls
from tests.contract import breakages
from tests.contract.audits import (
    ABOUT_BOARD,
    Audited,
    Board,
    Found,
    audit_all,
    audit_user,
    until_in_step,
)
from tests.contract.breakages import BREAKAGES, Breakage
from tests.contract.scene import LEARNERS, Scene, award, populate
from tests.faults.crowd import crowd
from tests.sql import Sql


@pytest.fixture
def settings(settings: Settings) -> Settings:
    """Without the verifier, which would find it first."""
    return settings.model_copy(update={"verify_per_s": 0})


@pytest.fixture
async def board(settings: Settings) -> AsyncGenerator[Board]:
    async with Redis.from_url(settings.redis_url) as redis:
        yield Board(redis, settings.redis_prefix)


@pytest.fixture
async def scene(calls: Calls, sql: Sql, board: Board) -> Scene:
    await populate(calls)
    return Scene(calls, sql, board)


def counted(audited: Audited) -> tuple[int, int, int]:
    """Entries, learners and members that were looked at."""
    return audited.summary.entries, audited.summary.learners, audited.summary.members


async def found_one_by_one(scene: Scene) -> list[Found]:
    """What AuditUser says of each learner."""
    rows = await scene.sql.fetch("SELECT user_id FROM users WHERE user_id = ANY($1)", LEARNERS)
    return [found for row in rows for found in await audit_user(scene.calls, row["user_id"])]


@pytest.mark.parametrize("breakage", BREAKAGES, ids=lambda breakage: breakage.__name__)
async def test_what_is_broken_is_found_and_only_the_board_is_repaired(
    scene: Scene, breakage: Breakage
) -> None:
    expected = sorted(await breakage(scene))
    about_board = [finding for finding in expected if finding[0] in ABOUT_BOARD]
    about_truth = [finding for finding in expected if finding[0] not in ABOUT_BOARD]

    one_by_one = await found_one_by_one(scene)
    looked = await audit_all(scene.calls)
    repaired = await audit_all(scene.calls, repair=True)
    left = await audit_all(scene.calls)

    assert sorted(one_by_one) == [finding for finding in expected if finding[1]]
    assert looked.findings == expected
    assert (looked.summary.findings, looked.summary.mended) == (len(expected), 0)
    assert repaired.findings == expected
    assert (repaired.summary.findings, repaired.summary.mended) == (
        len(expected),
        len(about_board),
    )
    repairs = [event for event in repaired.progress if event.phase == AUDIT_PHASE_REPAIR]
    assert bool(repairs) == bool(about_board)
    assert left.findings == about_truth


async def test_findings_are_in_the_log_of_the_server_too(scene: Scene) -> None:
    expected = await breakages.a_total_is_raised(scene)

    with capture_logs() as logs:
        await audit_all(scene.calls)

    facts = ("kind", "user_id", "subject", "expected", "found")
    told = [line for line in logs if line["event"] == "audit_finding"]
    assert sorted(tuple(line[fact] for fact in facts) for line in told) == sorted(expected)
    assert {line["log_level"] for line in told} == {"error"}


async def test_an_empty_database_is_in_order(settings: Settings) -> None:
    async with App(settings) as app, grpc.aio.insecure_channel(app.address) as channel:
        audited = await audit_all(Calls(channel), repair=True)

    assert audited.findings == []
    assert counted(audited) == (0, 0, 0)
    assert {event.share for event in audited.progress} == {1.0}


async def test_learners_without_xp_are_in_order(calls: Calls) -> None:
    audited = await audit_all(calls)

    assert audited.findings == []
    assert counted(audited) == (0, 50, 0)


async def test_whatever_the_service_itself_does_is_in_order(scene: Scene) -> None:
    before = await scene.board.generation()
    audited = await audit_all(scene.calls, repair=True)

    assert audited.findings == []
    assert counted(audited) == (9, 50, 3)
    assert await scene.board.generation() == before, "nothing to mend, and yet a rebuild"


async def test_progress_leads_through_three_phases_to_their_ends(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "_ENTRIES_MOST", 2)
    monkeypatch.setattr(audit, "_LEARNERS_MOST", 7)

    audited = await audit_all(scene.calls)

    phases = [event.phase for event in audited.progress]
    assert phases == [AUDIT_PHASE_LEDGER] * 5 + [AUDIT_PHASE_LEARNERS] * 8 + [AUDIT_PHASE_BOARD]
    for phase in set(phases):
        shares = [event.share for event in audited.progress if event.phase == phase]
        assert shares == sorted(shares)
        assert 0 <= shares[0] <= shares[-1] == 1
    counts = [(event.entries, event.learners, event.members) for event in audited.progress]
    assert counts == sorted(counts)
    assert counts[-1] == counted(audited) == (9, 50, 3)


@pytest.mark.parametrize(
    ("moves", "stays_wrong", "told"),
    [(0, True, True), (1, False, False), (1, True, True), (3, True, True), (99, True, False)],
)
async def test_a_learner_who_moves_while_looked_at_is_looked_at_again(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, moves: int, stays_wrong: bool, told: bool
) -> None:
    read_places = store.read_places
    moved = 0

    async def while_it_moves(
        connection: Connection, keys: Iterable[int]
    ) -> tuple[dict[int, store.Place], int]:
        nonlocal moved
        answer = await read_places(connection, keys)
        if moved < moves:
            moved += 1
            await award(scene.calls, "scout-001", moved)
            await until_in_step(scene.calls)
            if stays_wrong:
                await breakages.a_score_is_a_minute_off(scene)
        return answer

    monkeypatch.setattr(store, "read_places", while_it_moves)
    await breakages.a_score_is_a_minute_off(scene)

    findings = (await audit_all(scene.calls)).findings

    # Whoever never stands still is left to the next audit.
    assert [finding[:2] for finding in findings] == [("BOARD_SCORE", "scout-001")] * told


async def several(scene: Scene) -> list[Found]:
    """Something wrong of every kind that lies at the end or the beginning of a part."""
    return sorted(
        [
            *await breakages.a_member_is_missing(scene),
            *await breakages.a_member_has_no_xp(scene),
            *await breakages.a_score_is_a_minute_off(scene),
            *await breakages.a_level_has_paid_less(scene),
            *await breakages.a_count_of_entries_is_changed(scene),
            *await breakages.an_entry_was_recorded_before_the_one_ahead(scene),
            *await breakages.entries_belong_to_nobody_with_the_oddest_keys(scene),
        ]
    )


@pytest.mark.parametrize("order", [1, -1])
async def test_findings_do_not_depend_on_where_one_part_ends_and_the_next_begins(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, order: int
) -> None:
    expected = await several(scene)

    # 12 entries and 50 learners: short last parts, empty ones, and parts larger than all.
    for entries in (1, 2, 3, 4, 5, 6, 11, 12, 13)[::order]:
        for learners in (1, 2, 3, 5, 10, 25, 49, 50, 51)[entries % 3 :: 3]:
            monkeypatch.setattr(audit, "_ENTRIES_MOST", entries)
            monkeypatch.setattr(audit, "_LEARNERS_MOST", learners)
            monkeypatch.setattr(audit, "SCORES_MOST", entries)
            audited = await audit_all(scene.calls)

            assert audited.findings == expected, (entries, learners)
            assert counted(audited) == (12, 50, 3)


@pytest.mark.parametrize("most", [1, 2, 5])
async def test_learners_with_many_entries_are_looked_at_a_few_at_a_time(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    expected = await several(scene)
    monkeypatch.setattr(store, "_ENTRIES_MOST", most)

    audited = await audit_all(scene.calls)

    assert audited.findings == expected
    assert counted(audited) == (12, 50, 3)
    assert len([p for p in audited.progress if p.phase == AUDIT_PHASE_LEARNERS]) > 1


@pytest.mark.parametrize("most", [1, 2, 3, 4, 5])
async def test_gaps_are_told_once_wherever_a_part_ends(
    scene: Scene, monkeypatch: pytest.MonkeyPatch, most: int
) -> None:
    monkeypatch.setattr(audit, "_ENTRIES_MOST", most)
    expected = await breakages.two_entries_are_missing_one_after_the_other(scene)
    expected += await breakages.an_entry_was_recorded_before_the_one_ahead_of_a_gap(scene)

    assert (await audit_all(scene.calls)).findings == sorted(expected)


async def test_a_board_too_large_for_one_look_is_looked_at_in_parts(
    app: App, calls: Calls, sql: Sql, board: Board, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(inspection, "_SCAN_COUNT", 20)
    monkeypatch.setattr(audit, "SCORES_MOST", 100)
    await crowd(sql, 1000)
    await until_in_step(calls)
    clean = await audit_all(calls)
    scene = Scene(calls, sql, board)
    expected = sorted(
        [
            *await breakages.a_member_has_no_xp(scene),
            *await breakages.members_are_no_keys_of_learners(scene),
        ]
    )
    broken = await audit_all(calls)

    assert clean.findings == []
    assert counted(clean) == (1000, 1050, 1000)
    parts = [event for event in clean.progress if event.phase == AUDIT_PHASE_BOARD]
    assert len(parts) > 10
    assert broken.findings == expected
