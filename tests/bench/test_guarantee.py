"""The bench of the guarantee works from end to end. Whether a bar is met is not for tests."""

import asyncio
import sys

import asyncpg
import pytest

from bench import bars, commands, freshness, guarantee, memory, targets
from bench.bars import Line
from bench.guarantee import Measured, Plan
from bench.steady import Answers, Job
from bench.stores import Store
from bench.watermark import Seen
from laurels_server.embedded.servers import EmbeddedServers
from tests.conftest import TEMPLATE

PLAN = Plan(learners=20_000, warm_up_s=0.1, measured_s=0.5)
DATABASE = "bench_guarantee"

_INDEXES = "SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' ORDER BY indexdef"
_APART = """
    SELECT min(seq - previous)
      FROM (SELECT seq, lag(seq) OVER (PARTITION BY learner_key ORDER BY seq) AS previous
              FROM xp_entries WHERE seq <= $1) AS steps
"""


@pytest.fixture(scope="module")
async def measured(servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory) -> Measured:
    return await guarantee.run(PLAN, servers, tmp_path_factory.mktemp("bench"), print)


def test_it_ends_with_a_clean_audit_and_all_is_booked_once(measured: Measured) -> None:
    assert measured.problems == []


def test_every_bar_is_measured(measured: Measured) -> None:
    lines = {line.name: line.bar for line in measured.lines}
    assert len(lines) == len(measured.lines)
    assert lines["`laurels audit`: learners"] == 50_000
    assert lines["`laurels rebuild`: learners"] == 100_000
    assert [bar for name, bar in lines.items() if name.endswith("memory")] == [300, 300, 300]
    assert lines["batches of 20: from answer to visible, p50"] == 10
    assert lines["batches of 20: from answer to visible, p99"] == 50
    assert all(line.value > 0 for line in measured.lines)


def test_the_table_and_the_file_hold_every_number(measured: Measured) -> None:
    text = guarantee.section(PLAN, measured, [])
    for line, entry in zip(measured.lines, bars.entries(measured.lines), strict=True):
        assert f"| {line.name} " in text
        assert set(entry) == {"name", "value", "unit", "ratio", "bar", "met"}
        assert (entry["bar"] is None) == (entry["met"] is None)


async def test_the_crowds_entries_lie_far_apart_under_the_indexes_of_the_schema(
    servers: EmbeddedServers, measured: Measured
) -> None:
    assert measured.problems == []
    connection = await asyncpg.connect(servers.postgres.url(DATABASE))
    plain = await asyncpg.connect(servers.postgres.url(TEMPLATE))
    try:
        assert await connection.fetch(_INDEXES) == await plain.fetch(_INDEXES)
        assert await connection.fetchval(_APART, 2 * PLAN.learners) == PLAN.learners
    finally:
        await connection.close()
        await plain.close()


async def test_an_audit_that_finds_something_is_a_problem(
    servers: EmbeddedServers, measured: Measured, tmp_path_factory: pytest.TempPathFactory
) -> None:
    assert measured.problems == []
    store = Store(servers.postgres.url(DATABASE), servers.redis_url.removesuffix("0") + "3")
    connection = await asyncpg.connect(store.database_url)
    try:
        await connection.execute("DELETE FROM xp_entries WHERE seq = 7")
    finally:
        await connection.close()
    ours = targets.laurels(store, tmp_path_factory.mktemp("audit"))
    async with ours.running() as running:
        problems = (await commands.audit(running.address)).problems()
    assert any("LEDGER_GAP" in problem for problem in problems)
    assert any("FINDING_KIND_TOTAL" in problem for problem in problems)


async def test_a_command_that_fails_is_not_measured() -> None:
    with pytest.raises(commands.CommandFailed, match="no Laurels answers"):
        await commands.rebuild("127.0.0.1:1")


JOB = Job(address="", per_second=2, batch=1, seconds=11.0, unit=1, learners=1)


def test_visible_is_when_the_watermark_reaches_the_seq() -> None:
    # Due, answered (ms), seq, recorded; the first is not measured yet.
    samples = [(0, 900, 4, 0), (1900, 2000, 5, 1990), (2900, 3000, 6, 2990), (3000, 3100, 9, 3095)]
    answers = Answers(
        4, [(due * 10**6, at * 10**6, seq, us * 1000) for due, at, seq, us in samples]
    )
    seen = Seen([(1_000 * 10**6, 4), (2_008 * 10**6, 6), (3_150 * 10**6, 9)], [10**6] * 100)
    fresh = freshness.outcome(JOB, answers, seen, warm_up_s=1.0, real_ns=0)
    assert fresh.problems == []
    assert fresh.per_second == 0.3
    # 8 ms, none because an earlier look had shown it, and 50 ms.
    assert (fresh.from_answer.p50_ms, fresh.from_answer.most_ms) == (8.0, 50.0)
    assert (fresh.from_recorded.p50_ms, fresh.from_recorded.most_ms) == (18.0, 55.0)
    assert fresh.answer.most_ms == 100.0


def test_a_submission_that_never_becomes_visible_is_a_problem() -> None:
    answers = Answers(2, [(0, 5, 1, 0), (10, 20, 3, 0)])
    fresh = freshness.outcome(JOB, answers, Seen([(30, 2)], [1, 1]), warm_up_s=0.0, real_ns=0)
    assert fresh.problems == ["1 acknowledged submissions never became visible"]


async def test_memory_given_back_before_the_end_still_counts() -> None:
    code = "import time; b = bytes(range(256)) * 400_000; time.sleep(0.3); del b; time.sleep(0.3)"
    process = await asyncio.create_subprocess_exec(sys.executable, "-c", code)
    async with memory.watched(process.pid) as watch:
        assert await process.wait() == 0
    assert 100e6 < watch.peak_bytes < 150e6


def test_a_line_meets_its_bar_from_the_right_side() -> None:
    assert Line("memory", 300, "MB", bar=300).met
    assert not Line("memory", 301, "MB", bar=300).met
    assert Line("speed", 100, "/s", bar=100, more_is_better=True, beside=50).met
    assert not Line("speed", 99, "/s", bar=100, more_is_better=True).met
    assert Line("told", 1, "ms").met is None
    assert "**no**" in bars.table([Line("speed", 99, "/s", bar=100, more_is_better=True)])
