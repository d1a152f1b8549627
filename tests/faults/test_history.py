"""Many callers, a seeded nemesis, and a check of everything that was answered.

FAULTS_SEED, and the number of the run, repeat what is asked and what is broken when; what meets
what is up to the machine.
"""

import asyncio
import multiprocessing
import tempfile
from collections.abc import AsyncGenerator, Generator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Final

import asyncpg
import pytest
from redis.asyncio import Redis

from laurels_server.app import migrate
from laurels_server.config import Settings
from laurels_server.embedded.valkey import EmbeddedValkey
from tests.e2e.process import Setting
from tests.faults import checks
from tests.faults.history.asks import register
from tests.faults.history.boards import check_boards
from tests.faults.history.bookings import check_acknowledged, check_failures
from tests.faults.history.calls import Finding
from tests.faults.history.clients import calling, look_at_all
from tests.faults.history.nemesis import Nemesis, schedule
from tests.faults.history.order import check_order
from tests.faults.history.recorder import Recorder
from tests.faults.history.report import interesting, summary, told
from tests.faults.history.system import Stores, System, system
from tests.faults.history.truth import read_truth
from tests.faults.matrix import FULL
from tests.faults.test_store_postgres import Elsewhere

RUNS: Final = 4 if FULL else 1
ROUNDS: Final = 4 if FULL else 1
SERVERS: Final = 3 if FULL else 2
CLIENTS: Final = 24

WANTED: Final = {
    "a definite refusal",
    "a place lost",
    "a rebuild",
    "a replayed answer",
    "a restart under load",
    "a retry replayed",
    "an answer from PostgreSQL",
    "an indefinite failure",
}
"""A run without one of these proves nothing."""

WANTED_IN_FULL: Final = {"a retry booked anew"}

DATABASE: Final = "of_one_run"


@pytest.fixture(scope="module")
def stores() -> Generator[Stores]:
    with (
        tempfile.TemporaryDirectory(prefix="laurels-history-") as place,
        Elsewhere(ctx=multiprocessing.get_context("spawn")) as elsewhere,
        EmbeddedValkey(Path(place)) as valkey,
    ):
        postgres = elsewhere.postgres(Path(place))
        try:
            postgres.start()
            asyncio.run(migrate(Settings(database_url=postgres.url())))
            yield Stores(postgres, valkey, Path(place))
        finally:
            postgres.delete()


@pytest.fixture
async def of_all(stores: Stores) -> AsyncGenerator[dict[str, Setting]]:
    """What every server is given: a database and keys of the run's own."""
    await stores.all_run()
    await _administer(stores, f"CREATE DATABASE {DATABASE} TEMPLATE laurels")
    yield {
        "database_url": stores.postgres.url(DATABASE),
        "redis_url": stores.valkey.url,
        "redis_prefix": "history",
        "log_level": "INFO",
    }
    await stores.all_run()
    await _administer(stores, f"DROP DATABASE {DATABASE} WITH (FORCE)")
    async with Redis.from_url(stores.valkey.url) as client:
        await client.flushall()


async def _administer(stores: Stores, statement: str) -> None:
    connection = await asyncpg.connect(stores.postgres.url("postgres"))
    try:
        await connection.execute(statement)
    finally:
        await connection.close()


@pytest.mark.timeout(240)
@pytest.mark.parametrize("run", range(RUNS))
async def test_every_promise_holds_whatever_breaks(
    run: int, seed: int, stores: Stores, of_all: dict[str, Setting]
) -> None:
    of_run = f"{seed}:{run}"
    async with AsyncExitStack() as stack:
        running = await stack.enter_async_context(system(stores, of_all, servers=SERVERS))
        calls = [
            await stack.enter_async_context(checks.calling(server.address))
            for server in running.servers
        ]
        await register(calls[0])
        recorder = Recorder(calls)
        nemesis = Nemesis(running, recorder)
        await running.projected()
        built = running.projections()
        async with calling(recorder, of_run, CLIENTS) as unanswered:
            await nemesis.run(schedule(of_run, rounds=ROUNDS, servers=SERVERS))
            await running.all_serve()
            # What a fault leaves behind must not hold up what comes after it.
            await recorder.until_answered(50, by_each=True)
        await running.quiet()
        truth = await read_truth(running.database_url)
        failed = await look_at_all(recorder)
        inconsistent = await _inconsistent(running)
        await running.stop()
        rebuilds = running.projections() - built
        defects = [Finding(text) for text in running.defects()]

    history, struck = recorder.history, nemesis.struck
    sometimes = interesting(history, truth, struck, rebuilds)
    print(f"\nFAULTS_SEED={seed}, run {run}: {summary(history, struck)}\nmet: {sometimes}")
    findings = [
        *check_acknowledged(history, truth),
        *check_failures(history, truth),
        *check_order(history, truth),
        *check_boards(history, truth),
        *inconsistent,
        *unanswered,
        *failed,
        *defects,
    ]
    assert not findings, told(findings, history, struck)
    never = sometimes.never_seen(WANTED | WANTED_IN_FULL if FULL else WANTED)
    assert not never, f"this run never met {never}"


async def _inconsistent(running: System) -> list[Finding]:
    """What the ledger and the totals, or PostgreSQL and Redis, tell differently in the end."""
    async with running.connected() as sql:
        try:
            await checks.assert_consistent(sql, running.redis_url, running.redis_prefix)
        except AssertionError as broken:
            return [Finding(str(broken))]
    return []
