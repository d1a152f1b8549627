"""`laurels import`: learners from another system, with what they have and were paid for."""

import asyncio
from urllib.parse import urlsplit

import pytest

from laurels.v1.catalog_service_pb2 import Level, UpsertLevelsRequest
from laurels.v1.progress_service_pb2 import ListProgressRequest
from laurels.v1.xp_service_pb2 import (
    XP_ENTRY_KIND_OPENING,
    AwardXpRequest,
    GetXpAccountRequest,
)
from laurels_server.embedded.files import POSTGRES, POSTGRES_PASSWORD, VALKEY, port_file
from laurels_server.embedded.servers import EmbeddedServers
from laurels_server.postgres.schema import needed_version
from tests.calls import attempt, refusal
from tests.e2e.imports import PROGRESS, USERS, Imports
from tests.e2e.process import ended, free_address


async def test_learners_come_with_all_they_have_and_everything_adds_up(imports: Imports) -> None:
    code, lines = await imports.run(USERS, PROGRESS)

    assert (code, lines) == (0, ["learners: 4 with 4 levels imported"])
    await imports.adds_up()
    (opening,) = await imports.entries("ann")
    assert (opening.kind, opening.amount, opening.total_after) == (XP_ENTRY_KIND_OPENING, 45, 45)
    assert opening.counts_at.ToJsonString() == "2024-03-01T10:00:00Z"
    account = (await imports.calls.xp.GetXpAccount(GetXpAccountRequest(user_id="ann"))).account
    assert account.reached_at == opening.counts_at
    progress = await imports.calls.progress.ListProgress(ListProgressRequest(user_id="ann"))
    told = [(p.level_id, p.xp_earned, p.best_score, p.attempts) for p in progress.levels[:3]]
    assert told == [("puk_u1_l1", 15, 80, 1), ("puk_u1_l2", 15, 0, 1), ("puk_u1_l3", 0, 0, 0)]
    # The running server shows them: bob had as much XP earlier; before 2025 minutes tell nothing.
    page = await imports.calls.board()
    assert [(e.user_id, e.xp, e.display_name) for e in page.entries] == [
        ("bob", 45, "Bob, B"),
        ("ann", 45, "Ann"),
        ("cat\\n", 10, "C\\t"),
    ]


async def test_nobody_is_paid_twice_and_what_follows_is_open(imports: Imports) -> None:
    await imports.run(USERS, PROGRESS)

    again = await imports.calls.submit("ann", "puk_u1_l1", request_id="again")
    onward = await imports.calls.submit("ann", "puk_u1_l3", request_id="onward")
    other = await imports.calls.submit("bob", "puk_u1_l2", request_id="other")

    assert (again.passed, again.xp_earned, again.total_xp, again.attempts) == (True, 0, 45, 2)
    assert (onward.xp_earned, onward.total_xp) == (15, 60)
    assert (other.xp_earned, list(other.unlocked_level_ids)) == (15, ["puk_u1_l3"])
    await imports.adds_up()
    # The same files say nothing else about those who play on.
    assert await imports.run(USERS, PROGRESS) == (
        0,
        [
            "learners: 0 with 0 levels imported",
            "4 were imported before, with the same XP",
        ],
    )


async def test_without_a_users_file_learners_have_what_their_levels_paid(imports: Imports) -> None:
    assert (await imports.run(None, PROGRESS))[0] == 0
    (opening,) = await imports.entries("ann")
    assert (opening.amount, opening.counts_at.ToJsonString()) == (30, "2024-01-01T22:00:00Z")
    await imports.adds_up()


async def test_json_lines_and_a_mark_at_the_beginning_are_read_too(imports: Imports) -> None:
    users = '{"user_id": "ann", "total_xp": 45, "reached_at": null}\n'
    users += '{"user_id": "b", "total_xp": 1.5}\n[]\n'
    summary, findings = await imports.json(users, None, "--skip-bad")
    assert summary["learners"] == 1
    assert [(f["kind"], f["line"]) for f in findings] == [("BAD_VALUE", 2), ("BAD_LINE", 3)]
    code, _ = await imports.run(b"\xef\xbb\xbfuser_id,total_xp\r\nbob,3\r\n\r\n", None)
    assert (code, (await imports.entries("bob"))[0].amount) == (0, 3)
    await imports.adds_up()


async def test_what_cannot_be_done_exits_2(imports: Imports, empty_database_url: str) -> None:
    words, url = imports.words(USERS, None), imports.database_url
    answers = await asyncio.gather(
        ended("import", database_url=url),
        ended("import", "--users", "/nowhere", database_url=url),
        ended(*words, database_url=empty_database_url),
        ended(*words, database_url="mysql://there"),
        ended(*words, database_url=f"postgresql://x@{free_address()}/x"),
    )

    assert [code for code, _ in answers] == [2] * 5
    nothing, nowhere, empty, mysql, away = [output for _, output in answers]
    assert nothing == "Error: nothing to import; give --users, --progress or both\n"
    assert nowhere == "Error: /nowhere cannot be read: No such file or directory\n"
    assert empty == (
        "Error: LAURELS_DATABASE_URL has no schema, this version needs"
        f" {needed_version()}; run `laurels migrate`\n"
    )
    assert mysql == "Error: LAURELS_DATABASE_URL is wrong: mysql:// is not postgresql://\n"
    assert away.startswith("Error: PostgreSQL failed: ")


async def test_where_no_store_is_set_it_finds_the_postgresql_of_a_development_server(
    imports: Imports, servers: EmbeddedServers
) -> None:
    # What `laurels dev` leaves in its folder for others.
    url = urlsplit(servers.database_url)
    imports.file(POSTGRES_PASSWORD, f"{url.password}\n")
    imports.file(port_file(POSTGRES), f"{url.port}\n")
    imports.file(port_file(VALKEY), f"{urlsplit(servers.redis_url).port}\n")
    words = imports.words("user_id,total_xp\nann,45\n", None)

    answer = await ended(*words, "--dry-run", data_dir=imports.folder)

    said = "learners: 1 with 0 levels to import; nothing is written in a dry run\n"
    assert answer == (0, said)


LEVEL = "user_id,level_id,xp_paid,completed_at,best_score,attempts,time_spent_seconds\n"


async def test_at_the_limits_of_a_level_a_learner_can_still_play_it(imports: Imports) -> None:
    most = f"{LEVEL}ann,puk_u1_l1,15,2024-01-01T00:00:00Z,2147483647,1000000000,1000000000000\n"
    assert (await imports.run(None, most))[0] == 0

    answer = await imports.calls.submit("ann", "puk_u1_l1")

    assert (answer.xp_earned, answer.attempts) == (0, 1_000_000_001)
    progress = await imports.calls.progress.ListProgress(ListProgressRequest(user_id="ann"))
    assert progress.levels[0].time_spent_seconds == 1_000_000_000_060
    await imports.adds_up()


async def test_a_score_beyond_the_levels_max_score_is_refused_as_an_attempts_is(
    imports: Imports,
) -> None:
    scored = Level(level_id="puk_u1_l1", xp_reward=15, max_score=80, pass_ratio=1)
    await imports.calls.catalog.UpsertLevels(UpsertLevelsRequest(levels=[scored]))
    beyond = f"{LEVEL}ann,puk_u1_l1,0,,81,,\nbob,puk_u1_l1,0,,80,,\n"

    summary, (finding,) = await imports.json(None, beyond, "--skip-bad")
    refused = await refusal(
        imports.calls.progress.SubmitProgress(attempt("scout-001", "puk_u1_l1"))
    )

    assert (finding["kind"], finding["field"]) == ("BAD_VALUE", "best_score")
    assert finding["message"] == f"{refused.fields['score']}, not 81"
    assert (summary["learners"], summary["left_out"]) == (1, 1)


DRY, SKIP = "--dry-run", "--skip-bad"

OUTCOMES = {
    # What is added to the files, the exit code, and how many are here after each try.
    "nothing": ("", "", 0, [((DRY, SKIP), 0), ((SKIP,), 4)]),
    "somebody who is here": (
        "scout-001,,15,\n",
        "",
        1,
        [((DRY,), 0), ((DRY, SKIP), 0), ((SKIP,), 4)],
    ),
    "a bad line": (
        *("", "ann,nowhere,1,,\n", 1),
        [((DRY,), 0), ((DRY, SKIP), 0), ((), 0), ((SKIP,), 3)],
    ),
    "a line that may be anybody's": (
        *("", ',"\n', 1),
        [((DRY,), 0), ((DRY, SKIP), 0), ((), 0), ((SKIP,), 0)],
    ),
}


@pytest.mark.parametrize("added", OUTCOMES)
async def test_the_exit_code_and_what_is_written_are_as_the_help_says(
    imports: Imports, added: str
) -> None:
    users, progress, code, tries = OUTCOMES[added]
    award = AwardXpRequest(request_id="a", user_id="scout-001", amount=1, source="quiz")
    await imports.calls.xp.AwardXp(award)

    answers: list[tuple[int, int]] = []
    for flags, _ in tries:
        exited, _ = await imports.run(USERS + users, PROGRESS + progress, *flags)
        answers.append((exited, await imports.imported()))

    assert answers == [(code, here) for _, here in tries]
