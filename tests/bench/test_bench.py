"""The bench works from end to end. How fast anything is, is not a matter for tests."""

import asyncpg
import pytest

from bench import ledger, report, workload
from bench.__main__ import README
from bench.rounds import Plan, Results, run
from bench.targets import AUDITED, ECHO, LAURELS, QUIET
from laurels_server.embedded.servers import EmbeddedServers

PLAN = Plan(
    rounds=1, warm_up_s=0.1, measured_s=0.4, learners=400, submit_callers=(64,), page_callers=(64,)
)


@pytest.fixture(scope="module")
async def results(servers: EmbeddedServers, tmp_path_factory: pytest.TempPathFactory) -> Results:
    return await run(PLAN, servers, tmp_path_factory.mktemp("bench"), print)


def test_every_server_of_every_row_answers_without_errors(results: Results) -> None:
    assert results.problems == []
    for by_name in results.rows.values():
        for measured in by_name.values():
            assert [one.errors for one in measured] == [0] * PLAN.rounds
            assert all(one.items > 0 for one in measured)
    measured_names = {name for by_name in results.rows.values() for name in by_name}
    assert measured_names == {LAURELS, QUIET, ECHO, AUDITED}


def test_pages_of_laurels_come_from_redis(results: Results) -> None:
    pages = [
        one.pages
        for row, by_name in results.rows.items()
        if row.rpc == "GetLeaderboard"
        for one in by_name[LAURELS]
    ]
    assert [list(by_source) for by_source in pages] == [["LEADERBOARD_SOURCE_REDIS"]]


def test_the_table_has_a_line_for_every_row(results: Results) -> None:
    lines = report.table(results).splitlines()
    assert len(lines) == 2 + len(results.rows)
    assert all(
        title in line
        for title, line in zip(map(report.title, results.rows), lines[2:], strict=True)
    )


def test_the_numbers_are_kept_with_their_ratio_to_each_other_server(results: Results) -> None:
    for entry in report.entries(results):
        assert set(entry) == {"name", "value", "unit", "ratio"}
        is_ours = f": {LAURELS}" in entry["name"]
        assert (entry["ratio"] is None) == is_ours


@pytest.mark.parametrize("place", [report.COMPARED, report.GUARANTEED])
def test_the_readme_takes_a_section_between_its_markers(place: report.Place) -> None:
    readme = README.read_text()
    once = place.put_into(readme, "measured")
    assert place.put_into(once, "measured") == once
    assert once.partition(place.begin)[0] == readme.partition(place.begin)[0]
    assert once.partition(place.end)[2] == readme.partition(place.end)[2]


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
