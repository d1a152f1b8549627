"""`laurels import`: learners from another system, beside a server that is used meanwhile."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import asyncpg
import orjson
import pytest

from laurels.v1.progress_service_pb2 import ListProgressRequest
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from laurels.v1.xp_service_pb2 import (
    XP_ENTRY_KIND_OPENING,
    GetXpAccountRequest,
    ListXpEntriesRequest,
    XpEntry,
)
from laurels_server.config import Settings
from laurels_server.postgres.schema import needed_version
from tests.calls import Calls
from tests.contract.audits import audit_all, until_in_step
from tests.e2e.process import Laurels, ended, free_address, started, until
from tests.sql import Sql

USERS = """user_id,display_name,total_xp,reached_at
bob,"Bob, B",45,2024-02-01 10:00:00+00
ann,Ann,45,2024-03-01T10:00:00Z
cat\\n,C\\t,10,2025-06-01T12:00:00.5+02:00
zoe,,0,
"""

PROGRESS = """user_id,level_id,xp_paid,score,completed_at
ann,puk_u1_l1,15,80,2024-01-01T00:00:00Z
ann,puk_u1_l2,15,,2024-01-02T00:00:00+02:00
bob,puk_u1_l1,30,,2024-01-02T00:00:00Z
bob,puk_u1_l2,0,,
"""


@dataclass(frozen=True, slots=True)
class Imports:
    """The command, over files that are written for it."""

    folder: Path
    database_url: str
    calls: Calls
    sql: Sql

    def file(self, name: str, text: str | bytes) -> Path:
        path = self.folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    def words(self, users: str | bytes | None, progress: str | bytes | None) -> list[str]:
        words = ["import"]
        if users is not None:
            words += ["--users", str(self.file("users.csv", users))]
        if progress is not None:
            words += ["--progress", str(self.file("progress.csv", progress))]
        return words

    async def run(
        self, users: str | bytes | None, progress: str | bytes | None = None, *flags: str
    ) -> tuple[int, list[str]]:
        """The exit code, and the lines for people, without the folder."""
        words = [*self.words(users, progress), *flags]
        code, output = await ended(*words, database_url=self.database_url)
        return code, output.replace(f"{self.folder}/", "").splitlines()

    async def json(
        self, users: str | bytes | None, progress: str | bytes | None = None, *flags: str
    ) -> tuple[dict[str, Any], list[dict[str, Any]]]:
        """The summary, and the findings before it."""
        _, lines = await self.run(users, progress, "--json", *flags)
        events = [orjson.loads(line) for line in lines]
        return events[-1]["summary"], [e["finding"] for e in events if "finding" in e]

    async def entries(self, user_id: str) -> list[XpEntry]:
        answer = await self.calls.xp.ListXpEntries(
            ListXpEntriesRequest(user_id=user_id, include_zero=True)
        )
        return list(answer.entries)

    async def everything(self) -> list[asyncpg.Record]:
        """All that an import can change."""
        return await self.sql.fetch(
            "SELECT CAST(u AS text) FROM users u UNION ALL SELECT CAST(p AS text) FROM progress p"
            " UNION ALL SELECT CAST(e AS text) FROM xp_entries e ORDER BY 1"
        )

    async def adds_up(self) -> None:
        await until_in_step(self.calls)
        assert (await audit_all(self.calls)).findings == []


@pytest.fixture
async def imports(tmp_path: Path, settings: Settings, calls: Calls, sql: Sql) -> Imports:
    return Imports(tmp_path, settings.database_url, calls, sql)


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
            "4 were imported before, just like this",
        ],
    )


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


async def test_without_a_users_file_learners_have_what_their_levels_paid(imports: Imports) -> None:
    assert (await imports.run(None, PROGRESS))[0] == 0
    (opening,) = await imports.entries("ann")
    assert (opening.amount, opening.counts_at.ToJsonString()) == (30, "2024-01-01T22:00:00Z")
    await imports.adds_up()


async def test_whoever_is_here_with_something_else_is_told_of_and_left_alone(
    imports: Imports,
) -> None:
    await imports.run("user_id,total_xp\nann,44\n")
    await imports.calls.users.UpsertUsers(
        UpsertUsersRequest(users=[User(user_id="zoe", display_name="Zoe", group_ids=["owl"])])
    )
    await imports.calls.submit("scout-001", "puk_u1_l1")
    before = [(await imports.entries(name))[0] for name in ("ann", "scout-001")]

    code, lines = await imports.run(USERS + "scout-001,,15,2026-01-01T00:00:00Z\n", PROGRESS)

    assert (code, lines) == (
        1,
        [
            "users.csv:3: LEARNER_EXISTS: user_id was imported before, with another total, time or"
            " other levels; left alone (ann)",
            "users.csv:6: LEARNER_EXISTS: user_id is here already, with 15 XP or progress not from"
            " an import; left alone (scout-001)",
            "learners: 3 with 2 levels imported",
            "2 here already and left alone",
            "2 findings",
        ],
    )
    assert [(await imports.entries(name))[0] for name in ("ann", "scout-001")] == before
    # Registered, but without a past: that is no obstacle.
    assert [entry.kind for entry in await imports.entries("zoe")] == [XP_ENTRY_KIND_OPENING]
    await imports.adds_up()


BAD_USERS = (
    ("x,Name,-5,", "BAD_VALUE", "total_xp", "must be a whole number 0-536870911, not '-5'"),
    ("x,Name,536870912,", "BAD_VALUE", "total_xp", "0-536870911, not '536870912'"),
    ("x,Name,1_0,", "BAD_VALUE", "total_xp", "not '1_0'"),
    ("x,Name,,", "BAD_VALUE", "total_xp", "not ''"),
    ("x,Name,15.0,", "BAD_VALUE", "total_xp", "not '15.0'"),
    ("x y,Name,5,", "BAD_VALUE", "user_id", "printable ASCII characters without spaces"),
    (",Name,5,", "BAD_VALUE", "user_id", "is required"),
    ("x,Na\tme,5,", "BAD_VALUE", "display_name", "must not hold control characters"),
    (f"x,{'n' * 129},5,", "BAD_VALUE", "display_name", "must be at most 128 characters"),
    ("x,Name,5,2999-01-01T00:00:00Z", "BAD_VALUE", "reached_at", "is in the future"),
    ("x,Name,5,0001-01-01T00:00:00Z", "BAD_VALUE", "reached_at", "is before 1970"),
    ("x,Name,5,0001-01-01T00:00:00+23:59", "BAD_VALUE", "reached_at", "is before 1970"),
    ("x,Name,5,2024-01-01T00:00:00+16:00", "BAD_VALUE", "reached_at", "further from UTC"),
    ("x,Name,5,2024-01-01T00:00:00", "BAD_VALUE", "reached_at", "a time with a zone"),
    ("x,Name,5,2024-02-30T00:00:00Z", "BAD_VALUE", "reached_at", "is no time"),
    ("x,Name,5", "BAD_LINE", "", "the line has 3 columns, the header 4"),
    ('x,"Name,5,', "BAD_LINE", "", "quotes do not match"),
    ("x,Na\0me,5,", "BAD_LINE", "", "holds a NUL byte"),
    (b"x,N\xe9,5,", "BAD_LINE", "", "is not UTF-8, at byte 4"),
    (b"x," + b"n" * 70_000 + b",5,", "BAD_LINE", "", "longer than 65536 bytes"),
    ("ann,Ann,45,", "DUPLICATE", "user_id", "an earlier line is about the same learner"),
)

BAD_PROGRESS = (
    ("ann,nowhere,5,2024-01-01T00:00:00Z", "UNKNOWN_LEVEL", "level_id", "'nowhere' is not in"),
    ("nobody,puk_u1_l1,5,2024-01-01T00:00:00Z", "UNKNOWN_LEARNER", "user_id", "is not in"),
    ("ann,puk_u1_l1,-1,2024-01-01T00:00:00Z", "BAD_VALUE", "xp_paid", "not '-1'"),
    ("ann,puk_u1_l1,5,", "BAD_VALUE", "completed_at", "is required, for the level paid 5 XP"),
    ("ann,puk_u1_l1,5,2999-01-01T00:00:00Z", "BAD_VALUE", "completed_at", "in the future"),
)


def _line(text: str | bytes) -> bytes:
    return (text if isinstance(text, bytes) else text.encode()) + b"\n"


async def test_every_bad_line_is_told_and_then_nothing_is_written(imports: Imports) -> None:
    users = USERS.encode() + b"".join(_line(text) for text, *_ in BAD_USERS)
    progress = b"user_id,level_id,xp_paid,completed_at\n"
    progress += b"".join(_line(text) for text, *_ in BAD_PROGRESS)
    before = await imports.everything()

    summary, findings = await imports.json(users, progress)

    told = {(Path(f["file"]).name, f["line"]): f for f in findings}
    expected = [("users.csv", 6 + nth, *bad[1:]) for nth, bad in enumerate(BAD_USERS)]
    expected += [("progress.csv", 2 + nth, *bad[1:]) for nth, bad in enumerate(BAD_PROGRESS)]
    assert len(findings) == len(expected) == summary["findings"]
    for file, line, kind, field, words in expected:
        finding = told[file, line]
        assert (finding["kind"], finding["field"]) == (kind, field)
        assert words in finding["message"]
    assert not summary["written"]
    assert await imports.everything() == before


async def test_levels_that_paid_twice_or_more_than_the_total_are_told(imports: Imports) -> None:
    twice = PROGRESS + "ann,puk_u1_l1,15,80,2024-01-01T00:00:00Z\n"
    twice += "zoe,puk_u1_l1,1,80,2024-01-01T00:00:00Z\n"
    _, findings = await imports.json(USERS, twice)
    assert [(f["kind"], f["line"], f["user_id"]) for f in findings] == [
        ("LEVELS_EXCEED_TOTAL", 5, "zoe"),
        ("DUPLICATE", 6, "ann"),
    ]
    most = "user_id,level_id,xp_paid,completed_at\n"
    most += "ann,puk_u1_l1,536870911,2024-01-01T00:00:00Z\nann,puk_u1_l2,1,2024-01-01T00:00:00Z\n"
    _, findings = await imports.json(None, most)
    assert [(f["kind"], f["line"]) for f in findings] == [("LEVELS_EXCEED_TOTAL", 2)]


async def test_skip_bad_leaves_out_learners_whole_and_imports_the_others(imports: Imports) -> None:
    code, lines = await imports.run(USERS, PROGRESS + "ann,nowhere,1,,\n", "--skip-bad")
    assert (code, lines) == (
        1,
        [
            "progress.csv:6: UNKNOWN_LEVEL: level_id 'nowhere' is not in the catalog (ann)",
            "learners: 3 with 2 levels imported",
            "1 left out for bad lines",
            "1 finding",
        ],
    )
    # Without the bad line the level would be paid again: so nothing of her is here.
    assert await imports.sql.fetchval("SELECT count(*) FROM users WHERE user_id = 'ann'") == 0
    await imports.adds_up()
    # Mended, the same files bring in who is missing.
    summary, _ = await imports.json(USERS, PROGRESS)
    assert (summary["learners"], summary["unchanged"]) == (1, 3)


CUT_OFF = (
    # The file, and whom its last line is about.
    ("user_id,level_id,xp_paid,completed_at\nann,puk_u1_l1,15\n", "BAD_LINE", "ann"),
    (
        '{"user_id":"ann","level_id":"puk_u1_l1","xp_paid":15.0,'
        '"completed_at":"2024-01-01T00:00:00Z"}\n',
        "BAD_VALUE",
        "ann",
    ),
    ('user_id,level_id,xp_paid,completed_at\nann,"puk_u1_l1,15,\n', "BAD_LINE", "ann"),
    ("level_id,user_id,xp_paid,completed_at\npuk_u1_l1,ann,15\n", "LEARNER_UNREADABLE", ""),
    ('{"user_id":"ann","level_id":"puk_\n', "LEARNER_UNREADABLE", ""),
)


@pytest.mark.parametrize(("progress", "kind", "whose"), CUT_OFF)
async def test_a_level_that_cannot_be_read_is_never_paid_again(
    imports: Imports, progress: str, kind: str, whose: str
) -> None:
    users = "user_id,total_xp\nann,30\nbob,5\n"

    summary, findings = await imports.json(users, progress, "--skip-bad")

    assert [(f["kind"], f["user_id"]) for f in findings] == [(kind, whose)]
    there = await imports.sql.fetch("SELECT user_id FROM users WHERE user_id IN ('ann', 'bob')")
    # Ann is left out whole; a level that may be anybody's leaves out everyone.
    assert [row["user_id"] for row in there] == (["bob"] if whose else [])
    assert summary["written"] == bool(whose)


BAD_HEADERS = (
    ("", "there is no header"),
    ("user_id,xp\nann,1\n", "there is no column 'total_xp', only 'user_id', 'xp'"),
    ("user_id,total_xp,user_id\n", "the column 'user_id' is there twice"),
    (b"\xff\xfeu\0s\0", "the line is not UTF-8, at byte 1"),
)


async def test_a_file_without_its_columns_is_not_read(imports: Imports) -> None:
    async def told(nth: int, header: str | bytes) -> tuple[int, list[str]]:
        folder = imports.folder / str(nth)
        folder.mkdir()
        return await replace(imports, folder=folder).run(header, None, "--skip-bad")

    answers = await asyncio.gather(*(told(n, header) for n, (header, _) in enumerate(BAD_HEADERS)))

    assert answers == [
        (1, [f"users.csv:1: BAD_HEADER: {words}", "nothing was imported", "1 finding"])
        for _, words in BAD_HEADERS
    ]


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


def _many(learners: int) -> tuple[str, str]:
    users = "".join(f"m-{n},{30 + n},2025-05-{1 + n % 28:02}T00:00:00Z\n" for n in range(learners))
    levels = "".join(
        f"m-{n},puk_u1_l{level},15,2025-05-01T00:00:00Z\n"
        for n in range(learners)
        for level in (1, 2)
    )
    return (
        f"user_id,total_xp,reached_at\n{users}",
        f"user_id,level_id,xp_paid,completed_at\n{levels}",
    )


LOCK_LEDGER = "SELECT pg_advisory_xact_lock(x'6c617572656c73'::bigint)"
"""'laurels' in ASCII: without it nothing can be booked."""


async def _any_imported(sql: Sql) -> bool:
    return await _imported(sql) > 0


async def _imported(sql: Sql) -> int:
    return await sql.fetchval("SELECT count(*) FROM xp_entries WHERE kind = 'OPENING'")


@asynccontextmanager
async def held_up(imports: Imports, *words: str) -> AsyncGenerator[Laurels]:
    """The command in the midst of a chunk: it has written levels, and waits for the ledger's lock
    until the end of the block."""
    async with imports.sql.transaction():
        await imports.sql.execute(LOCK_LEDGER)
        async with started(*words, "--json", database_url=imports.database_url) as process:
            await process.until_logged('"write"')
            await until(lambda: _waits(imports.sql), "it waits for the ledger")
            yield process


async def _waits(sql: Sql) -> bool:
    return await sql.fetchval("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")


async def test_broken_off_at_any_moment_and_begun_again_it_ends_the_same(imports: Imports) -> None:
    words = imports.words(*_many(6_000))
    async with held_up(imports, *words) as process:
        process.kill()
    assert await _imported(imports.sql) == 0
    async with started(*words, database_url=imports.database_url) as process:
        await until(lambda: _any_imported(imports.sql), "something is imported")
        process.kill()
    # Two at once.
    both = await asyncio.gather(
        ended(*words, database_url=imports.database_url),
        ended(*words, database_url=imports.database_url),
    )

    assert [code for code, _ in both] == [0, 0]
    assert await _imported(imports.sql) == 6_000
    assert await imports.sql.fetchval("SELECT count(*) FROM progress") == 12_000
    await imports.adds_up()


async def test_a_lost_connection_exits_2_and_nothing_is_half_written(imports: Imports) -> None:
    async with held_up(imports, *imports.words(USERS, PROGRESS)) as process:
        await imports.sql.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_locks"
            " WHERE locktype = 'advisory' AND NOT granted"
        )
        assert await process.exit_code() == 2
        assert "begin again, nothing is imported twice" in process.log
        assert "Traceback" not in process.log
    assert await imports.sql.fetchval("SELECT count(*) FROM progress") == 0
    assert (await imports.json(USERS, PROGRESS))[0]["learners"] == 4
    await imports.adds_up()


async def test_a_file_that_changes_after_the_check_changes_nothing(imports: Imports) -> None:
    async with held_up(imports, *imports.words(USERS, PROGRESS)) as process:
        imports.file("users.csv", "rubbish")
        imports.file("progress.csv", "rubbish")
        await imports.sql.execute("COMMIT; BEGIN")
        assert await process.exit_code() == 0, process.log
    assert [entry.amount for entry in await imports.entries("ann")] == [45]
    await imports.adds_up()


async def test_who_begins_to_play_after_the_check_is_left_alone(imports: Imports) -> None:
    words = imports.words(USERS + "scout-001,,15,2026-01-01T00:00:00Z\n", PROGRESS)
    async with imports.sql.transaction():
        # The learner's row, which the import wants too, once it has checked.
        await imports.sql.execute("SELECT FROM users WHERE user_id = 'scout-001' FOR UPDATE")
        async with started(*words, "--json", database_url=imports.database_url) as process:
            await until(lambda: _waits(imports.sql), "it waits for the learner")
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


async def test_learners_play_while_it_runs(imports: Imports) -> None:
    users, progress = _many(3_000)
    words = imports.words(users, progress)
    async with started(*words, database_url=imports.database_url) as process:
        earned = 0
        for number in range(1, 41):
            answer = await imports.calls.submit(f"scout-{number:03}", "puk_u1_l1")
            earned += answer.xp_earned
        assert await process.exit_code() == 0, process.log
    assert earned == 600
    assert await imports.sql.fetchval("SELECT count(*) FROM progress") == 6_040
    await imports.adds_up()
