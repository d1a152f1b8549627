"""`laurels import` while learners play, and while it is slow itself."""

import asyncio
import signal

import orjson

from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from tests.e2e.imports import PROGRESS, USERS, Imports, many, told
from tests.e2e.process import started, until


async def test_who_begins_to_play_after_the_check_is_left_alone(imports: Imports) -> None:
    words = imports.words(USERS + "scout-001,,15,2026-01-01T00:00:00Z\n", PROGRESS)
    async with imports.sql.transaction():
        # The learner's row, which the import wants too, once it has checked.
        await imports.sql.execute("SELECT FROM users WHERE user_id = 'scout-001' FOR UPDATE")
        async with started(*words, "--json", database_url=imports.database_url) as process:
            await until(imports.waits, "it waits for the learner")
            await imports.sql.execute(
                "INSERT INTO progress SELECT learner_key, 'puk_u1_l1', 0, 1, 0, 0, NULL, now()"
                " FROM users WHERE user_id = 'scout-001'; COMMIT; BEGIN"
            )
            assert await process.exit_code() == 1
            *_, finding, _, summary = [orjson.loads(line) for line in process.log.splitlines()]
    assert finding["finding"]["kind"] == "LEARNER_EXISTS"
    assert (summary["summary"]["learners"], summary["summary"]["differing"]) == (4, 1)
    assert await imports.entries("scout-001") == []
    await imports.adds_up()


async def test_who_begins_to_play_while_findings_are_read_slowly_is_told_of(
    imports: Imports,
) -> None:
    # What is told of them is more than a pipe holds.
    header, them = "user_id,total_xp\n", [f"before-{n}" for n in range(500)]
    await imports.run(header + "".join(f"{name},1\n" for name in them))
    users = header + "".join(f"{name},2\n" for name in them) + "scout-001,30\n"
    with imports.piped(*imports.words(users, None), "--json") as process:

        async def idles() -> bool:
            return await imports.sql.fetchval(
                "SELECT count(*) > 0 FROM pg_stat_activity WHERE state = 'idle in transaction'"
                " AND datname = current_database()"
                " AND clock_timestamp() - state_change > interval '2.2 s'"
            )

        # For longer than anybody else may, who would be cut off after 2 s.
        await until(idles, "it waits for its reader, in the midst of what it looks at", within_s=8)
        assert (await imports.calls.submit("scout-001", "puk_u1_l1")).xp_earned == 15
        output, _ = await asyncio.to_thread(process.communicate)
    summary, findings = told(output)

    assert process.returncode == 1
    assert [finding["user_id"] for finding in findings] == [*them, "scout-001"]
    assert (summary["learners"], summary["differing"], summary["findings"]) == (0, 501, 501)
    assert [entry.amount for entry in await imports.entries("scout-001")] == [15]
    await imports.adds_up()


async def test_an_import_frozen_with_the_ledgers_lock_stops_nobody_for_long(
    imports: Imports,
) -> None:
    async with imports.held_up(*imports.words(USERS, PROGRESS)) as process:
        pid = await imports.sql.fetchval(
            "SELECT pid FROM pg_locks WHERE locktype = 'advisory' AND NOT granted"
        )
        process.send(signal.SIGSTOP)
        # From here on the lock is its own.
        await imports.sql.execute("COMMIT; BEGIN")

        async def cut_off() -> bool:
            return await imports.sql.fetchval(
                "SELECT count(*) = 0 FROM pg_locks WHERE pid = $1", pid
            )

        await until(cut_off, "PostgreSQL drops it as it does everyone, after 2 s", within_s=8)
        assert (await imports.calls.submit("scout-001", "puk_u1_l1")).xp_earned == 15
        process.send(signal.SIGCONT)
        assert await process.exit_code() == 2
        assert "begin again, nothing is imported twice" in process.log
    assert (await imports.json(USERS, PROGRESS))[0]["learners"] == 4
    await imports.adds_up()


async def test_learners_play_while_it_runs(imports: Imports) -> None:
    users, progress = many(3_000)
    # Who had their total first is written last.
    await imports.calls.users.UpsertUsers(UpsertUsersRequest(users=[User(user_id="last")]))
    words = imports.words(users + "last,30,2024-01-01T00:00:00Z\n", progress)
    async with imports.sql.transaction():
        await imports.sql.execute("SELECT FROM users WHERE user_id = 'last' FOR UPDATE")
        async with started(*words, database_url=imports.database_url) as process:
            await until(imports.any_imported, "the first have come")
            came = await imports.sql.fetch(
                "SELECT user_id FROM xp_entries JOIN users USING (learner_key)"
                " WHERE kind = 'OPENING' LIMIT 20"
            )
            onward = [(row["user_id"], "puk_u1_l3") for row in came]
            others = [(f"scout-{number:03}", "puk_u1_l1") for number in range(1, 21)]
            answers = [await imports.calls.submit(*whom) for whom in onward + others]
            transactions: set[str] = set()

            async def tried_again() -> bool:
                waiting = "SELECT virtualtransaction FROM pg_locks WHERE NOT granted"
                transactions.update(row[0] for row in await imports.sql.fetch(waiting))
                return len(transactions) > 1

            await until(tried_again, "it tries the held one again in another transaction")
            assert await imports.imported() < 3_001, "it still runs, for one is not let go yet"
            await imports.sql.execute("COMMIT; BEGIN")
            assert await process.exit_code() == 0, process.log
    assert [answer.xp_earned for answer in answers] == [15] * 40
    assert await imports.imported() == 3_001
    assert await imports.sql.fetchval("SELECT count(*) FROM progress") == 6_040
    await imports.adds_up()
