"""A PostgreSQL without a byte left: nobody is told a lie, and nothing is half written."""

import asyncio
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager
from pathlib import Path

import asyncpg
import pytest

from laurels_server.app import migrate
from laurels_server.config import Settings
from tests.e2e.process import Setting, serving
from tests.faults.checks import (
    assert_booked_once,
    assert_consistent,
    assert_ledger_consistent,
    assert_no_idle_transactions,
    calling,
)
from tests.faults.load import Load, account, assert_answered_again
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.small_disk import CrampedPostgres, cramped_postgres
from tests.sql import Sql

_MEGABYTES = 128
_REFUSED = 250 if FULL else 48
"""Errors to see before there is room again."""


@pytest.fixture
def postgres() -> Generator[CrampedPostgres]:
    with (
        tempfile.TemporaryDirectory(prefix="laurels-disk-") as place,
        cramped_postgres(Path(place), megabytes=_MEGABYTES) as running,
    ):
        yield running


@pytest.fixture
async def database_url(postgres: CrampedPostgres) -> str:
    """The database on the small disk."""
    await migrate(Settings(database_url=postgres.url()))
    return postgres.url()


async def test_a_full_disk_refuses_submissions_and_loses_and_halves_none(
    shared: dict[str, Setting], postgres: CrampedPostgres, database_url: str, seed: int
) -> None:
    with breaking(Fault.DISK_FULL) as row:
        async with serving("serve", **shared) as server, calling(server.address) as calls:
            load = Load(calls, seed, within_s=60)
            load.start(16)
            await load.went_on()
            free = await asyncio.to_thread(postgres.fill)
            acknowledged = len(load.answers)
            noticed = await load.was_refused(1)
            await load.was_refused(_REFUSED)
            squeezed_in = len(load.answers) - acknowledged
            async with _connected(database_url) as sql:
                await assert_ledger_consistent(sql)
                died = await _write_ahead_until_it_dies(sql)
            await load.was_refused(_REFUSED)

            await asyncio.to_thread(postgres.make_room)
            room = time.monotonic()
            await asyncio.to_thread(postgres.start)
            ready = time.monotonic() - room
            again = await load.went_on(1)
            row.recovered(again, within_s=2.0)
            await load.went_on()
            await load.finish()

            await assert_answered_again(calls, load.answers)
            async with _connected(database_url) as sql:
                await assert_no_idle_transactions(sql)
                await assert_booked_once(sql, load.sent)
                await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
                await account(row, sql, load.answers)
            await server.stop()
    print(
        f"{free / 2**20:.0f} MB filled: refused after {noticed * 1000:.0f} ms, {squeezed_in} more "
        f"booked, {load.refused} errors; PostgreSQL {died}. With room again it took "
        f"{ready * 1000:.0f} ms to be ready, submissions {again * 1000:.0f} ms more"
    )
    assert row.lost == 0


@asynccontextmanager
async def _connected(database_url: str) -> AsyncGenerator[Sql]:
    connection = await asyncpg.connect(database_url)
    try:
        yield connection
    finally:
        await connection.close()


async def _write_ahead_until_it_dies(sql: Sql) -> str:
    """Begins new segments of the write-ahead log until there is no room for one."""
    for _ in range(20):
        try:
            await sql.execute("SELECT pg_switch_wal(), pg_logical_emit_message(false, '', 'more')")
        except (OSError, asyncpg.PostgresError, asyncpg.InterfaceError) as error:
            return f"died of {error!r}"
    raise AssertionError("there was room for 20 segments")
