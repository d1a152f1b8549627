"""The relay stepped by hand, on keys of its own beside those of the running server."""

from collections.abc import AsyncGenerator
from contextlib import nullcontext
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from redis.asyncio import Redis

from laurels.v1.progress_service_pb2 import BatchSubmitProgressRequest
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.domain.ledger import LEDGER_START, LedgerPoint
from laurels_server.postgres.database import Database
from laurels_server.redis import keys
from laurels_server.redis.boards import Boards
from laurels_server.redis.connection import ProjectionAway, connect
from laurels_server.redis.projection import Applied, Flipped, Generation, Projection
from laurels_server.usecases import passes
from laurels_server.usecases import rebuild as rebuild_module
from laurels_server.usecases.fallback import Breaker
from laurels_server.usecases.relay import Relay
from tests.calls import Calls, attempt
from tests.sql import Sql

LONG_AGO = datetime(2025, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Bench:
    """A relay and both sides of its projection."""

    relay: Relay
    projection: Projection
    boards: Boards
    redis: Redis
    keys: keys.ShardKeys
    database: Database

    async def settle(self) -> Generation:
        """Steps until nothing is left; the generation then in use."""
        while await self.relay.step():
            pass
        current = await self.projection.current()
        assert current is not None
        return current

    async def board(self) -> dict[str, int]:
        """Members and scores as they are in Redis."""
        current = await self.projection.current_name()
        rows = await self.redis.zrange(self.keys.board(current), 0, -1, withscores=True)
        return {str(member): int(score) for member, score in rows}


@pytest.fixture
async def bench(app: App, settings: Settings) -> AsyncGenerator[Bench]:
    client = connect(settings.redis_url, timeout_ms=5000, connections=4)
    prefix = f"{settings.redis_prefix}-by-hand"
    projection = Projection(client, prefix)
    yield Bench(
        Relay(app.database, projection, Breaker()),
        projection,
        Boards(client, prefix),
        client,
        keys.ShardKeys(prefix),
        app.database,
    )
    await client.aclose()


async def placed(sql: Sql) -> dict[str, int]:
    rows = await sql.fetch(
        "SELECT learner_key, rank_key FROM users WHERE visibility = 'VISIBLE' AND total_xp > 0"
    )
    return {keys.member(row["learner_key"]): row["rank_key"] for row in rows}


async def test_an_empty_redis_is_filled_from_what_is_there(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    for number in range(1, 6):
        await calls.submit(f"scout-00{number}", "puk_u1_l1")

    settled = await bench.settle()

    assert settled.watermark.seq == 5
    assert await bench.board() == await placed(sql)


async def test_each_pass_moves_the_watermark_by_a_bounded_step(
    bench: Bench,
    calls: Calls,
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    await bench.settle()
    monkeypatch.setattr(passes, "APPLY_MOST", 2)
    for number in range(1, 6):
        await calls.submit(f"scout-00{number}", "puk_u1_l1")

    watermarks: list[int] = []
    more = True
    while more:
        more = await bench.relay.step()
        current = await bench.projection.current()
        assert current is not None
        watermarks.append(current.watermark.seq)

    assert watermarks == [2, 4, 5]
    assert await bench.board() == await placed(sql)


async def test_a_page_is_complete_to_its_as_of_even_while_the_relay_lags(
    bench: Bench, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.settle()
    monkeypatch.setattr(passes, "APPLY_MOST", 1)
    for number in range(1, 4):
        await calls.submit(f"scout-00{number}", "puk_u1_l1")

    await bench.relay.step()
    run = await bench.boards.page_from(0, 10)
    lagging = run.moment.as_of
    await bench.settle()

    assert len(run.places) == 1
    current = await bench.projection.current()
    assert current is not None
    # The later two were committed after this moment, by the database's own clock.
    assert lagging < current.watermark.recorded_at


async def test_late_and_repeated_deliveries_change_nothing(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    before = await bench.settle()
    await calls.submit("scout-001", "puk_u1_l1")
    after = await bench.settle()
    board = await bench.board()
    wrong = [(key, 1) for key in range(1, 4)]

    repeated = await bench.projection.apply(before, after.watermark, wrong, LONG_AGO, in_use=True)
    far = LedgerPoint(99, after.watermark.recorded_at)
    early = await bench.projection.apply(
        Generation(after.name, far), far, wrong, LONG_AGO, in_use=True
    )

    assert (repeated, early) == (Applied.SUPERSEDED, Applied.SUPERSEDED)
    assert await bench.board() == board == await placed(sql)
    assert await bench.projection.current() == after


async def test_two_relays_that_compete_reach_the_same_state(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    rival = Relay(bench.database, bench.projection, Breaker())
    for number in range(1, 10):
        await calls.submit(f"scout-00{number}", "puk_u1_l1")
        await bench.relay.step()
        await rival.step()

    await bench.settle()

    assert await bench.board() == await placed(sql)


async def test_as_of_is_what_the_last_pass_can_vouch_for_even_if_the_clock_was_set_back(
    bench: Bench,
) -> None:
    settled = await bench.settle()

    await bench.projection.apply(settled, settled.watermark, [], LONG_AGO, in_use=True)

    assert (await bench.boards.page_from(0, 1)).moment.as_of == LONG_AGO


async def test_someone_who_loses_their_place_leaves_the_board(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await calls.submit("scout-002", "puk_u1_l1")
    await bench.settle()
    await sql.execute("UPDATE users SET visibility = 'HIDDEN' WHERE user_id = 'scout-001'")
    await calls.submit("scout-001", "puk_u1_l2")

    await bench.settle()

    assert len(await bench.board()) == 1
    assert await bench.board() == await placed(sql)


async def test_lost_members_are_noticed_by_the_next_read_and_mended_by_the_next_step(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    for number in range(1, 4):
        await calls.submit(f"scout-00{number}", "puk_u1_l1")
    settled = await bench.settle()
    await bench.redis.delete(bench.keys.board(settled.name))

    with pytest.raises(ProjectionAway, match="lost members"):
        await bench.boards.page_from(0, 10)
    mended = await bench.settle()

    assert mended.name != settled.name
    assert await bench.board() == await placed(sql)


async def test_a_lost_member_is_not_papered_over_by_a_later_award(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    settled = await bench.settle()
    await bench.redis.delete(bench.keys.board(settled.name))
    await calls.submit("scout-002", "puk_u1_l1")

    await bench.settle()

    assert await bench.board() == await placed(sql)


async def test_a_projection_of_another_history_is_taken_from_readers_and_built_anew(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await calls.submit("scout-002", "puk_u1_l1")
    settled = await bench.settle()
    # As after a restore: the ledger ends earlier, then other things happen under the same numbers.
    await sql.execute("DELETE FROM xp_entries WHERE seq = 2")
    await sql.execute("UPDATE users SET total_xp = 0 WHERE user_id = 'scout-002'")
    await calls.submit("scout-003", "puk_u1_l1")

    await bench.relay.step()
    with pytest.raises(ProjectionAway):
        await bench.boards.page_from(0, 10)
    mended = await bench.settle()

    assert mended.name != settled.name
    assert await bench.board() == await placed(sql)


async def test_a_projection_beyond_the_end_of_the_ledger_is_built_anew(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    await bench.settle()
    await sql.execute("TRUNCATE xp_entries, progress")
    await sql.execute("UPDATE users SET total_xp = 0")

    settled = await bench.settle()

    assert settled.watermark.seq == 0
    assert await bench.board() == {}


async def test_other_definitions_are_never_read_and_are_replaced(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    settled = await bench.settle()
    await bench.redis.hset(bench.keys.meta(settled.name), "definitions", "of another version")

    with pytest.raises(ProjectionAway, match="definitions"):
        await bench.boards.page_from(0, 10)
    mended = await bench.settle()

    assert mended.name != settled.name
    assert await bench.redis.exists(bench.keys.meta(settled.name)) == 0
    assert await bench.board() == await placed(sql)


async def test_what_moves_while_a_projection_is_built_is_in_it(
    bench: Bench,
    calls: Calls,
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(rebuild_module, "_SCAN_MOST", 2)
    for number in range(1, 10):
        await calls.submit(f"scout-00{number}", "puk_u1_l1")
    fill = bench.projection.fill

    async def fill_while_someone_submits(
        name: str, part: int, standings: list[tuple[int, int]]
    ) -> int:
        members = await fill(name, part, standings)
        await calls.submit("scout-001", "puk_u1_l2")
        await calls.submit("scout-020", "puk_u1_l1")
        return members

    monkeypatch.setattr(bench.projection, "fill", fill_while_someone_submits)
    await bench.relay.rebuild("for the test")

    await bench.settle()

    assert await bench.board() == await placed(sql)


async def test_a_part_of_a_build_that_comes_again_late_changes_nothing(
    bench: Bench, calls: Calls, sql: Sql
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    settled = await bench.settle()
    late = [(keys.learner_key(name), score) for name, score in (await bench.board()).items()]
    await bench.relay.rebuild("for the test")
    current = await bench.settle()
    await calls.submit("scout-001", "puk_u1_l2")
    await bench.settle()

    members = await bench.projection.fill(current.name, 1, late)

    assert (settled.name != current.name, members) == (True, 1)
    assert await bench.board() == await placed(sql)
    assert await bench.redis.ttl(bench.keys.meta(current.name)) == -1


async def test_a_build_behind_the_generation_in_use_is_not_put_in_place(
    bench: Bench, calls: Calls
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    settled = await bench.settle()
    start = LedgerPoint(0, datetime.fromtimestamp(0, UTC))
    await bench.projection.begin("behind", start)

    assert await bench.projection.flip("behind", replaces=settled.name) is Flipped.BEHIND

    assert (await bench.settle()).name == settled.name
    await bench.projection.discard("behind")


@pytest.mark.parametrize(("failures", "built"), [(2, True), (4, False)])
async def test_a_part_that_redis_does_not_take_is_sent_again_or_the_build_is_given_up(
    bench: Bench,
    calls: Calls,
    sql: Sql,
    monkeypatch: pytest.MonkeyPatch,
    *,
    failures: int,
    built: bool,
) -> None:
    monkeypatch.setattr(rebuild_module, "_FILL_PAUSES_S", (0, 0, 0))
    await calls.submit("scout-001", "puk_u1_l1")
    settled = await bench.settle()
    fill = bench.projection.fill
    left = failures

    async def failing_fill(name: str, part: int, standings: list[tuple[int, int]]) -> int:
        nonlocal left
        left -= 1
        if left >= 0:
            raise ProjectionAway("not now")
        return await fill(name, part, standings)

    monkeypatch.setattr(bench.projection, "fill", failing_fill)
    with nullcontext() if built else pytest.raises(ProjectionAway):
        await bench.relay.rebuild("for the test")

    current = await bench.settle()
    assert (current.name != settled.name) == built
    assert await bench.board() == await placed(sql)


async def test_a_relay_that_is_to_stop_leaves_its_build_and_frees_it(
    bench: Bench, calls: Calls, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rebuild_module, "APPLY_MOST", 1)
    for number in range(1, 6):
        await calls.submit(f"scout-00{number}", "puk_u1_l1")
    settled = await bench.settle()
    fill = bench.projection.fill
    builds: list[str] = []

    async def fill_and_stop(name: str, part: int, standings: list[tuple[int, int]]) -> int:
        builds.append(name)
        bench.relay.stop()
        return await fill(name, part, standings)

    monkeypatch.setattr(bench.projection, "fill", fill_and_stop)
    await bench.relay.rebuild("for the test")

    assert len(builds) == 1, "of five parts"
    assert await bench.projection.current_name() == settled.name
    assert await bench.redis.exists(bench.keys.meta(builds[0])) == 0


async def test_of_two_builds_at_once_one_wins_and_the_other_leaves_nothing_behind(
    bench: Bench, calls: Calls
) -> None:
    await calls.submit("scout-001", "puk_u1_l1")
    start = LedgerPoint(0, datetime.fromtimestamp(0, UTC))
    await bench.projection.begin("first", start)
    await bench.projection.begin("second", start)

    assert await bench.projection.flip("first", replaces="") is Flipped.IN_USE
    assert await bench.projection.flip("second", replaces="") is Flipped.SUPERSEDED

    assert await bench.projection.current_name() == "first"
    assert await bench.redis.exists(bench.keys.meta("second")) == 0
    assert await bench.redis.ttl(bench.keys.meta("first")) == -1


async def test_an_abandoned_build_disappears_by_itself(bench: Bench) -> None:
    await bench.projection.begin("abandoned", LedgerPoint(0, datetime.fromtimestamp(0, UTC)))
    await bench.projection.fill("abandoned", 1, [(1, 1)])

    assert 0 < await bench.redis.ttl(bench.keys.meta("abandoned")) <= 600
    assert 0 < await bench.redis.ttl(bench.keys.board("abandoned")) <= 600


async def test_an_abandoned_build_whose_board_was_made_by_a_pass_disappears_too(
    bench: Bench, calls: Calls
) -> None:
    # As where nobody had a place when the build began.
    building = await bench.projection.begin("abandoned", LEDGER_START)
    await calls.submit("scout-001", "puk_u1_l1")
    upto = (await bench.settle()).watermark

    applied = await bench.projection.apply(building, upto, [(1, 1)], LONG_AGO, in_use=False)

    assert applied is Applied.APPLIED
    assert 0 < await bench.redis.ttl(bench.keys.board("abandoned")) <= 600


async def test_a_list_of_generations_of_another_type_is_mended_by_the_next_build(
    bench: Bench,
) -> None:
    settled = await bench.settle()
    await bench.redis.set(bench.keys.generations, "mine")

    await bench.relay.rebuild("for the test")

    current = await bench.settle()
    assert current.name != settled.name
    assert await bench.redis.smembers(bench.keys.generations) == {current.name}
    assert await bench.redis.exists(bench.keys.meta(settled.name)) == 0


async def test_a_list_of_generations_that_is_replaced_during_a_build_does_not_stop_it(
    bench: Bench,
) -> None:
    settled = await bench.settle()
    await bench.projection.begin("next", settled.watermark)
    await bench.redis.set(bench.keys.generations, "mine")

    assert await bench.projection.flip("next", replaces=settled.name) is Flipped.IN_USE

    assert await bench.redis.smembers(bench.keys.generations) == {"next"}
    assert await bench.redis.exists(bench.keys.meta(settled.name)) == 0
    assert await bench.redis.ttl(bench.keys.meta("next")) == -1


async def test_only_what_changed_is_sent_again(bench: Bench, calls: Calls) -> None:
    await calls.progress.BatchSubmitProgress(_batch(20))
    await bench.settle()
    await calls.submit("scout-001", "puk_u1_l2")
    before = await _commands(bench.redis, "zadd")

    await bench.settle()

    assert await _commands(bench.redis, "zadd") - before <= 2  # ours, and the running server's


async def _commands(client: Redis, name: str) -> int:
    stats = await client.info("commandstats")
    return int(stats.get(f"cmdstat_{name}", {"calls": 0})["calls"])


def _batch(learners: int) -> BatchSubmitProgressRequest:
    return BatchSubmitProgressRequest(
        requests=[attempt(f"scout-{n:03d}", "puk_u1_l1") for n in range(1, learners + 1)]
    )
