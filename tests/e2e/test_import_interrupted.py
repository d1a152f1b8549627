"""`laurels import` that is ended while it waits for a pipe, which no event loop can tell it of."""

import asyncio
import os
import signal

import pytest

from laurels_server.usecases.blocking import Interrupted, ended_by_signals
from tests.e2e.imports import Imports
from tests.e2e.process import started, until

SAID = "Error: interrupted before the end; begin again, nothing is imported twice\n"


async def until_it_waits(imports: Imports, doing: str) -> None:
    """Until PostgreSQL has heard nothing for a while from an import whose session is `doing`."""

    async def waits() -> bool:
        return await imports.sql.fetchval(
            "SELECT count(*) > 0 FROM pg_stat_activity"
            " WHERE datname = current_database() AND wait_event = 'ClientRead' AND state = $1"
            " AND clock_timestamp() - state_change > interval '0.3 s'"
            " AND EXISTS (SELECT FROM pg_class WHERE relname = 'import_users')",
            doing,
        )

    await until(waits, "it waits for its pipe")


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_an_import_whose_pipe_nobody_writes(
    imports: Imports, number: signal.Signals
) -> None:
    pipe = imports.folder / "users.csv"
    os.mkfifo(pipe)
    words = ("import", "--users", str(pipe))
    async with started(*words, database_url=imports.database_url) as process:
        await until_it_waits(imports, "idle")
        process.send(number)
        assert await process.exit_code(within_s=5) == 2
        assert process.log == SAID
    assert await imports.imported() == 0


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
async def test_a_signal_ends_an_import_whose_pipe_stays_open(
    imports: Imports, number: signal.Signals
) -> None:
    before = await imports.everything()
    pipe = imports.folder / "users.csv"
    os.mkfifo(pipe)
    # For reading too: then it opens without waiting for the import.
    ours = os.open(pipe, os.O_RDWR)
    try:
        os.write(ours, b"user_id,total_xp\n" + b"ann,1\n" * 3_000 + b"bob,2")
        words = ("import", "--users", str(pipe))
        async with started(*words, database_url=imports.database_url) as process:
            await until_it_waits(imports, "active")
            process.send(number)
            assert await process.exit_code(within_s=5) == 2
            assert process.log == SAID
    finally:
        os.close(ours)
    assert await imports.everything() == before


async def test_a_wait_that_would_begin_after_the_signal_does_not_begin() -> None:
    began: list[bool] = []

    async def work() -> None:
        task = asyncio.current_task()
        assert task is not None
        # As the loop does for a signal while lines are read.
        task.cancel()
        try:
            with ended_by_signals():
                began.append(True)
        except Interrupted:
            began.append(False)

    await asyncio.wait({asyncio.create_task(work())})

    assert began == [False]
    assert signal.getsignal(signal.SIGTERM) is signal.SIG_DFL
