"""Names that are read while they change."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import TypeVar

import pytest

from laurels_server.config import Settings
from laurels_server.postgres.database import Connection, Database
from laurels_server.postgres.engine import create_engine
from laurels_server.usecases.names import Names
from tests.sql import Sql

T = TypeVar("T")

pytestmark = pytest.mark.usefixtures("app")


class SlowAnswers(Database):
    """A database whose answers to reads, as old as they get, arrive when the test says so."""

    def __init__(self, url: str) -> None:
        super().__init__(create_engine(url), create_engine(url))
        self.on_their_way: asyncio.Queue[asyncio.Event] = asyncio.Queue()

    async def read(self, work: Callable[[Connection], Awaitable[T]]) -> T:
        answer = await super().read(work)
        arrival = asyncio.Event()
        self.on_their_way.put_nowait(arrival)
        await arrival.wait()
        return answer


async def test_a_name_that_changed_while_two_read_it_is_shown_as_it_is_now(
    settings: Settings, sql: Sql
) -> None:
    database = SlowAnswers(settings.database_url)
    names = Names(database)
    first = asyncio.create_task(names.of([1, 3]))
    first_answer = await database.on_their_way.get()
    second = asyncio.create_task(names.of([1, 2]))
    second_answer = await database.on_their_way.get()
    # Now both readings doubt the same name.
    names.forget([1])
    second_answer.set()
    await second
    await sql.execute("UPDATE users SET display_name = 'Renamed' WHERE learner_key = 3")
    names.forget([3])
    first_answer.set()
    await first

    third = asyncio.create_task(names.of([3]))
    (await database.on_their_way.get()).set()

    assert [name.display_name for name in await third or []] == ["Renamed"]
    await database.close()
