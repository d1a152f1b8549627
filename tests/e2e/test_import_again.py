"""`laurels import` begun again, broken off, and over learners who are here already."""

import asyncio

from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels.v1.xp_service_pb2 import (
    XP_ENTRY_KIND_OPENING,
    AwardXpRequest,
    ReverseXpEntryRequest,
)
from tests.e2e.imports import LOCK_LEDGER, PROGRESS, USERS, Imports, many, told
from tests.e2e.process import ended, started, until


async def test_a_dry_run_writes_nothing_and_nor_do_the_same_files_again(imports: Imports) -> None:
    before = await imports.everything()
    assert await imports.run(USERS, PROGRESS, "--dry-run") == (
        0,
        ["learners: 4 with 4 levels to import; nothing is written in a dry run"],
    )
    assert await imports.everything() == before

    await imports.run(USERS, PROGRESS)
    before = await imports.everything()
    summary, findings = await imports.json(USERS, PROGRESS)
    assert (summary["learners"], summary["unchanged"], findings) == (0, 4, [])
    assert await imports.everything() == before


async def test_whoever_is_here_with_something_else_is_told_of_and_left_alone(
    imports: Imports,
) -> None:
    await imports.run("user_id,total_xp\nann,44\n")
    await imports.calls.users.UpsertUsers(
        UpsertUsersRequest(users=[User(user_id="zoe", display_name="Zoe", group_ids=["owl"])])
    )
    await imports.calls.submit("scout-001", "puk_u1_l1")
    # Whoever lost all their XP again had some.
    await imports.calls.xp.AwardXp(
        AwardXpRequest(request_id="a", user_id="scout-002", amount=5, source="quiz")
    )
    (award,) = await imports.entries("scout-002")
    await imports.calls.xp.ReverseXpEntry(
        ReverseXpEntryRequest(
            request_id="r", user_id="scout-002", entry_id=award.entry_id, reason="no", actor="me"
        )
    )
    names = ("ann", "scout-001", "scout-002")
    before = [(await imports.entries(name))[0] for name in names]

    here = "scout-001,,15,2026-01-01T00:00:00Z\nscout-002,,5,\n"
    code, lines = await imports.run(USERS + here, PROGRESS)

    assert (code, lines) == (
        1,
        [
            "users.csv:3: LEARNER_EXISTS: user_id was imported before, with another total, time or"
            " other levels; left alone (ann)",
            "users.csv:6: LEARNER_EXISTS: user_id is here already, with 15 XP or progress not from"
            " an import; left alone (scout-001)",
            "users.csv:7: LEARNER_EXISTS: user_id is here already, with 0 XP or progress not from"
            " an import; left alone (scout-002)",
            "learners: 3 with 2 levels imported",
            "3 here already and left alone",
            "3 findings",
        ],
    )
    assert [(await imports.entries(name))[0] for name in names] == before
    # Registered, but without a past: that is no obstacle.
    assert [entry.kind for entry in await imports.entries("zoe")] == [XP_ENTRY_KIND_OPENING]
    await imports.adds_up()


async def test_broken_off_at_any_moment_and_begun_again_it_ends_the_same(imports: Imports) -> None:
    words = imports.words(*many(6_000))
    async with imports.held_up(*words) as process:
        process.kill()
    assert await imports.imported() == 0
    async with started(*words, database_url=imports.database_url) as process:
        await until(imports.any_imported, "something is imported")
        process.kill()
    # Two at once.
    both = await asyncio.gather(
        ended(*words, database_url=imports.database_url),
        ended(*words, database_url=imports.database_url),
    )

    assert [code for code, _ in both] == [0, 0]
    assert await imports.imported() == 6_000
    assert await imports.sql.fetchval("SELECT count(*) FROM progress") == 12_000
    await imports.adds_up()


async def test_a_lost_connection_exits_2_and_nothing_is_half_written(imports: Imports) -> None:
    async with imports.held_up(*imports.words(USERS, PROGRESS)) as process:
        await imports.sql.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND NOT granted"
        )
        assert await process.exit_code() == 2
        assert "begin again, nothing is imported twice" in process.log
        # And not that nothing could be rolled back on it.
        assert "terminating connection due to administrator command" in process.log
        assert "Traceback" not in process.log
    assert await imports.sql.fetchval("SELECT count(*) FROM progress") == 0
    assert (await imports.json(USERS, PROGRESS))[0]["learners"] == 4
    await imports.adds_up()


async def test_a_file_that_changes_after_the_check_changes_nothing(imports: Imports) -> None:
    async with imports.held_up(*imports.words(USERS, PROGRESS)) as process:
        imports.file("users.csv", "rubbish")
        imports.file("progress.csv", "rubbish")
        await imports.sql.execute("COMMIT; BEGIN")
        assert await process.exit_code() == 0, process.log
    assert [entry.amount for entry in await imports.entries("ann")] == [45]
    await imports.adds_up()


async def test_a_reader_that_leaves_while_lines_are_checked_ends_it_quietly(
    imports: Imports,
) -> None:
    before = await imports.everything()
    # More than a pipe holds.
    rubbish = "user_id,total_xp\nann,45\n" + "bob,nothing\n" * 2_000
    with imports.piped(*imports.words(rubbish, None), "--skip-bad") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        # As `| head -n 1` does.
        seen = await asyncio.to_thread(process.stdout.readline)
        process.stdout.close()
        complaints = await asyncio.to_thread(process.stderr.read)
        code = await asyncio.to_thread(process.wait, 20)

    assert b"users.csv:3: BAD_VALUE: total_xp must be a whole number" in seen
    assert (code, complaints) == (2, b"")
    assert await imports.everything() == before


async def test_a_reader_that_leaves_while_it_writes_leaves_whole_chunks(imports: Imports) -> None:
    words = imports.words(*many(3_000))
    async with imports.sql.transaction():
        await imports.sql.execute(LOCK_LEDGER)
        with imports.piped(*words, "--json") as process:
            assert process.stdout is not None
            assert process.stderr is not None
            while b'"write"' not in await asyncio.to_thread(process.stdout.readline):
                assert process.poll() is None
            process.stdout.close()
            await imports.sql.execute("COMMIT; BEGIN")
            complaints = await asyncio.to_thread(process.stderr.read)
            code = await asyncio.to_thread(process.wait, 20)

    assert (code, complaints) == (2, b"")
    learners = await imports.imported()
    assert 0 < learners < 3_000
    assert await imports.sql.fetchval("SELECT count(*) FROM progress") == 2 * learners
    summary, _ = told((await ended(*words, "--json", database_url=imports.database_url))[1])
    assert (summary["learners"], summary["unchanged"]) == (3_000 - learners, learners)
    await imports.adds_up()
