"""`laurels import` over files that are written for it, beside a server, and what came of it."""

import os
import subprocess
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import orjson

from laurels.v1.xp_service_pb2 import ListXpEntriesRequest, XpEntry
from tests.calls import Calls
from tests.contract.audits import audit_all, until_in_step
from tests.e2e.process import COMMAND, Laurels, ended, started, until
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

LOCK_LEDGER = "SELECT pg_advisory_xact_lock(x'6c617572656c73'::bigint)"
"""'laurels' in ASCII: without it nothing can be booked."""


def many(learners: int) -> tuple[str, str]:
    """The two files of so many learners, with two levels each: three rows, 4,000 in a chunk."""
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


@dataclass(frozen=True, slots=True)
class Imports:
    """The command, and the server and database that it works beside."""

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
        return told("\n".join(lines))

    @contextmanager
    def piped(self, *words: str) -> Generator[subprocess.Popen[bytes]]:
        """The command, whose output nobody reads unless the test does."""
        variables = {name: text for name, text in os.environ.items() if "LAURELS" not in name}
        with subprocess.Popen(
            [COMMAND, *words],
            env=variables | {"LAURELS_DATABASE_URL": self.database_url},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        ) as process:
            try:
                yield process
            finally:
                process.kill()

    @asynccontextmanager
    async def held_up(self, *words: str) -> AsyncGenerator[Laurels]:
        """The command in the midst of a chunk: it has written levels, and waits for the ledger's
        lock until the end of the block, or of the transaction of `sql`."""
        async with self.sql.transaction():
            await self.sql.execute(LOCK_LEDGER)
            async with started(*words, "--json", database_url=self.database_url) as process:
                await process.until_logged('"write"')

                async def waits_or_ended() -> bool:
                    return '"summary"' in process.log or await self.waits()

                await until(waits_or_ended, "it waits for the ledger")
                assert '"summary"' not in process.log, "it did not wait for the ledger"
                yield process

    async def waits(self) -> bool:
        """Whether anybody waits for a lock."""
        return await self.sql.fetchval("SELECT count(*) > 0 FROM pg_locks WHERE NOT granted")

    async def imported(self) -> int:
        """How many learners have come so far."""
        return await self.sql.fetchval("SELECT count(*) FROM xp_entries WHERE kind = 'OPENING'")

    async def any_imported(self) -> bool:
        return await self.imported() > 0

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


def told(output: str | bytes) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The summary and the findings that `--json` printed."""
    events = [orjson.loads(line) for line in output.splitlines()]
    return events[-1]["summary"], [event["finding"] for event in events if "finding" in event]
