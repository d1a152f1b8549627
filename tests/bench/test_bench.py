"""The bench works from end to end. How fast anything is, is not a matter for tests."""

from pathlib import Path

import asyncpg
import pytest

from bench import (
    bars,
    comparison,
    generators,
    h2load,
    ledger,
    plots,
    report,
    targets,
    tools,
    workload,
)
from bench.job import Ended, Job, Rpc, outcome
from bench.keeping import COMPARED, GUARANTEED, README, SCALED, SOAKED, Place
from bench.programs import ProgramFailed, output_of
from bench.rounds import Plan, Results, run
from bench.targets import AUDITED, ECHO, LAURELS, TWO_WORKERS
from laurels_server.embedded.servers import EmbeddedServers

PLAN = Plan(
    rounds=1,
    warm_up_s=0.1,
    measured_s=0.4,
    learners=400,
    submit_callers=(1, 64),
    page_callers=(64,),
)


@pytest.fixture(scope="module")
async def results(servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory) -> Results:
    await tools.prepare(print)
    return await run(PLAN, servers, tmp_path_factory.mktemp("bench"), print)


def test_every_server_of_every_row_answers_without_errors(results: Results) -> None:
    assert results.problems == []
    for by_name in results.rows.values():
        for turns in by_name.values():
            assert [turn.measured.errors for turn in turns] == [0] * PLAN.rounds
            assert all(turn.measured.items > 0 for turn in turns)
    measured_names = {name for by_name in results.rows.values() for name in by_name}
    assert measured_names == {LAURELS, TWO_WORKERS, ECHO, AUDITED}


def test_every_ratio_with_a_bar_is_measured(results: Results) -> None:
    lines = comparison.lines(results)
    assert [line.bar for line in lines] == [0.8, 25.0, 0.85, 0.6, 1.8, 5.0, None, 150]
    assert all(line.value > 0 for line in lines)
    assert all(line.ratio is not None for line in lines if line.limits_ratio)
    assert all((line.met is None) == (line.bar is None) for line in lines)


def test_the_tables_have_a_line_for_every_row_and_every_bar(results: Results) -> None:
    lines = report.table(results).splitlines()
    assert len(lines) == 2 + len(results.rows)
    assert all(
        title in line
        for title, line in zip(map(report.title, results.rows), lines[2:], strict=True)
    )
    section = report.section(results, PLAN, [], "make bench")
    assert all(f"| {line.name} " in section for line in comparison.lines(results))


def test_the_numbers_are_kept_with_their_ratios_and_bars(results: Results) -> None:
    entries = report.entries(results)
    held = bars.entries(comparison.lines(results))
    assert entries[: len(held)] == held
    for entry in entries:
        assert set(entry) == {"name", "value", "unit", "ratio", "bar", "met"}
    assert len({entry["name"] for entry in entries}) >= len(entries) - 1


def test_the_plot_is_a_picture(results: Results, tmp_path: Path) -> None:
    plots.against_concurrency(results, tmp_path / "plot.png")
    assert (tmp_path / "plot.png").read_bytes().startswith(b"\x89PNG")


@pytest.mark.parametrize("place", [COMPARED, GUARANTEED, SCALED, SOAKED])
def test_the_readme_takes_a_section_between_its_markers(place: Place) -> None:
    readme = README.read_text()
    once = place.put_into(readme, "measured")
    assert place.put_into(once, "measured") == once
    assert once.partition(place.begin)[0] == readme.partition(place.begin)[0]
    assert once.partition(place.end)[2] == readme.partition(place.end)[2]


@pytest.mark.parametrize("rpc", ["SubmitProgress", "GetLeaderboard", "GetStanding"])
async def test_without_the_others_our_own_generator_sends_the_same(
    results: Results, tmp_path: Path, rpc: Rpc
) -> None:
    assert results.problems == []
    async with targets.echo(tmp_path).running() as running:
        job = Job(running.address, rpc, 4, 0.05, 0.2, 1, 100, over_and_over=True, connections=2)
        measured = await generators.own(job)
        assert (measured.items > 0, measured.errors, measured.first_error) == (True, 0, "")


def test_answers_that_are_no_pages_are_noticed() -> None:
    said = (
        "finished in 1.00s, 100.00 req/s, 1KB/s\n"
        "requests: 100 total, 101 started, 100 done, 100 succeeded, 0 failed\n"
        "traffic: 1KB (1000) total, 1KB (900) headers (space savings 1%), {data}B ({data}) data\n"
    )
    assert h2load.read(said.format(data=700_000), [1000] * 100, 7000).per_second == 100
    with pytest.raises(ProgramFailed, match="0 bytes where a page has 7000"):
        h2load.read(said.format(data=0), [1000] * 100, 7000)


async def test_a_program_that_fails_or_hangs_is_not_measured() -> None:
    with pytest.raises(ProgramFailed, match="no such luck"):
        await output_of("sh", "-c", "echo no such luck; exit 3", limit_s=10)
    with pytest.raises(ProgramFailed, match="did not end"):
        await output_of("sleep", "30", limit_s=0.1)


def test_only_what_ended_in_the_time_measured_is_counted_as_speed() -> None:
    ended = [Ended(at_s / 10, 0.010 * at_s, items=2) for at_s in range(1, 31)]
    measured = outcome(ended, ["one"], began_s=1.05, until_s=2.05)
    assert (measured.items, measured.errors, measured.first_error) == (60, 1, "one")
    assert measured.per_second == pytest.approx(20)
    assert measured.p50_ms == pytest.approx(155)


async def test_a_submission_that_is_not_booked_once_would_be_found(
    servers: EmbeddedServers, results: Results
) -> None:
    assert results.problems == []
    database_url = servers.postgres.url("bench_laurels")
    connection = await asyncpg.connect(database_url)
    try:
        acknowledged: int = await connection.fetchval("SELECT count(*) FROM submissions")
        assert await ledger.findings(database_url, acknowledged) == []
        assert len(await ledger.findings(database_url, acknowledged + 1)) == 2
        # One booked twice in the place of another one.
        await connection.execute(
            "UPDATE xp_entries e SET reference = o.reference FROM xp_entries o"
            " WHERE e.seq = (SELECT max(seq) FROM xp_entries) AND o.seq ="
            " (SELECT min(seq) FROM xp_entries WHERE learner_key = e.learner_key)"
        )
        assert await ledger.findings(database_url, acknowledged) == ["1 levels paid more than once"]
    finally:
        await connection.close()


def test_a_walk_meets_every_level_after_its_prerequisite() -> None:
    attempts = list(workload.walk(1, range(1, 101, 3), at_once=10))
    seen: dict[str, list[str]] = {}
    for attempt in attempts:
        seen.setdefault(attempt.user_id, []).append(attempt.level_id)
    in_order = [workload.level_id(1, number) for number in range(1, workload.UNIT_LEVELS + 1)]
    assert len(seen) == 34
    assert all(levels == in_order for levels in seen.values())
    assert len({(one.user_id, one.request_id) for one in attempts}) == len(attempts)
