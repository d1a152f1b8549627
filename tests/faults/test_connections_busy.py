"""Strangers hold so many learners' rows that every connection for awards waits for one of them."""

import asyncio
import time
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import asyncpg
import grpc

from laurels.v1.progress_service_pb2 import SubmitProgressRequest, SubmitProgressResponse
from laurels.v1.xp_service_pb2 import AwardXpRequest, AwardXpResponse, GetXpAccountRequest
from tests.calls import Calls, attempt, read_refusal
from tests.e2e.process import Setting, serving, until
from tests.faults.checks import (
    FIRST,
    LEARNERS,
    assert_consistent,
    assert_no_idle_transactions,
    calling,
)
from tests.faults.matrix import FULL, Fault, breaking
from tests.sql import Sql

_Request = AwardXpRequest | SubmitProgressRequest

_ROUNDS = 3 if FULL else 1
_REFUSED = "RESOURCE_EXHAUSTED"

_HELD, _FREE = LEARNERS[:12], LEARNERS[12:]
_CONNECTIONS = 4
_CALLS_EACH = 4
"""For each held learner: far more than there are connections."""


@dataclass(slots=True)
class _Callers:
    """Calls that are sent once, and what each was told."""

    calls: Calls
    sent: int = 0
    told: dict[str, list[_Request]] = field(default_factory=lambda: defaultdict(list))
    slowest_read_s: float = 0.0

    async def award(self, user_id: str) -> str:
        return await self._send(
            AwardXpRequest(request_id=self._next_id(), user_id=user_id, amount=7, source="quiz")
        )

    async def submit(self, user_id: str) -> str:
        return await self._send(attempt(user_id, FIRST[0], self._next_id()))

    async def once_more(self, request: _Request) -> SubmitProgressResponse | AwardXpResponse:
        if isinstance(request, AwardXpRequest):
            return await self.calls.xp.AwardXp(request)
        return await self.calls.progress.SubmitProgress(request)

    async def crowd(self) -> Counter[str]:
        """Calls for all who are held, at once."""
        awards = [self.award(user_id) for user_id in _HELD * _CALLS_EACH]
        return Counter(await asyncio.gather(*awards, *map(self.submit, _HELD)))

    async def go_on(self, over: asyncio.Event) -> Counter[str]:
        """Calls for the others, one after the other, and reads, until it is over."""
        return Counter(
            what
            for told in await asyncio.gather(*(self._go_on(user_id, over) for user_id in _FREE))
            for what in told
        )

    async def _go_on(self, user_id: str, over: asyncio.Event) -> list[str]:
        told: list[str] = []
        while not over.is_set():
            started = time.monotonic()
            await self.calls.xp.GetXpAccount(GetXpAccountRequest(user_id=user_id))
            self.slowest_read_s = max(self.slowest_read_s, time.monotonic() - started)
            told += await asyncio.gather(self.award(user_id), self.submit(user_id))
        return told

    def _next_id(self) -> str:
        self.sent += 1
        return f"request-{self.sent}"

    async def _send(self, request: _Request) -> str:
        try:
            await self.once_more(request)
            what = "OK"
        except grpc.aio.AioRpcError as error:
            refused = read_refusal(error)
            what = refused.code.name
            assert (what == _REFUSED) == (refused.reason == "OVERLOADED")
        self.told[what].append(request)
        return what


async def test_calls_that_get_no_connection_are_refused_for_certain_and_all_is_well_afterwards(
    shared: dict[str, Setting], sql: Sql, database_url: str
) -> None:
    crowd: Counter[str] = Counter()
    others: Counter[str] = Counter()
    with breaking(Fault.CONNECTIONS_BUSY) as row:
        # A third of the pool is for reads.
        async with (
            serving("serve", pool_size=_CONNECTIONS + 2, **shared) as server,
            calling(server.address) as calls,
        ):
            callers = _Callers(calls)
            for _ in range(_ROUNDS):
                async with _rows_held(database_url, _HELD):
                    over = asyncio.Event()
                    going_on = asyncio.create_task(callers.go_on(over))
                    crowd += await callers.crowd()
                    over.set()
                    others += await going_on
                    # Once nobody waits for them, the locks are in nobody's way.
                    await _wait(sql, 0)
                    assert {await callers.award(user_id) for user_id in _FREE} == {"OK"}
                    last = asyncio.gather(*map(callers.award, _HELD))
                    await _wait(sql, _CONNECTIONS)
                released = time.monotonic()
                told = await asyncio.gather(*(callers.award(user_id) for user_id in LEARNERS))
                # As long as a call waits for a connection before it is refused.
                row.recovered(time.monotonic() - released, within_s=2.0)
                assert set(told) == {"OK"}
                assert set(await last) == {"OK"}
            await assert_no_idle_transactions(sql)

            # Refused for certain: not one of them was booked, then or later.
            stored = await _stored(sql)
            assert not {_name(request) for request in callers.told[_REFUSED]} & stored
            answered = {_name(request) for request in callers.told["OK"]}
            row.acknowledged += len(answered)
            row.lost += len(answered - stored)
            for what, requests in callers.told.items():
                row.saw[what] += len(requests)
                for request in requests:
                    again = await callers.once_more(request)
                    assert again.replayed == (_name(request) in stored)
            assert len(await _stored(sql)) == callers.sent
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
            await server.stop()
    print(
        f"{_CONNECTIONS} connections, {len(_HELD)} learners held: their calls {dict(crowd)}, those "
        f"of the others {dict(others)}, the slowest read {callers.slowest_read_s * 1000:.0f} ms; "
        f"{len(LEARNERS)} calls after the locks were gone {(row.recovered_s or 0) * 1000:.0f} ms"
    )
    assert row.lost == 0
    assert any(isinstance(request, AwardXpRequest) for request in callers.told[_REFUSED])
    assert set(crowd + others) <= {"OK", _REFUSED, "UNAVAILABLE", "DEADLINE_EXCEEDED"}
    assert callers.slowest_read_s < 2.0, "reads waited for the connections of awards"


@asynccontextmanager
async def _rows_held(database_url: str, user_ids: Sequence[str]) -> AsyncGenerator[None]:
    """Locks the learners' rows in a foreign transaction."""
    holder = await asyncpg.connect(database_url)
    try:
        async with holder.transaction():
            await holder.execute(
                "SELECT FROM users WHERE user_id = ANY(CAST($1 AS text[])) FOR UPDATE",
                list(user_ids),
            )
            yield
    finally:
        await holder.close()


async def _wait(sql: Sql, connections: int) -> None:
    """Waits until so many connections for awards wait for a row."""

    async def holds() -> bool:
        waiting = await sql.fetchval("""SELECT count(*) FROM pg_stat_activity
            WHERE datname = current_database() AND application_name = 'laurels'
              AND wait_event_type = 'Lock'""")
        return waiting == connections

    await until(holds, f"{connections} connections wait")


def _name(request: _Request) -> tuple[str, str]:
    return request.user_id, request.request_id


async def _stored(sql: Sql) -> set[tuple[str, str]]:
    """The requests that are there; what they booked is held against the ledger."""
    rows = await sql.fetch("""
        SELECT user_id, request_id, kind, entries
          FROM submissions JOIN users USING (learner_key)
          LEFT JOIN (SELECT learner_key, request_id, count(*) AS entries
                       FROM xp_entries GROUP BY 1, 2) e USING (learner_key, request_id)""")
    assert all(row["entries"] == 1 for row in rows if row["kind"] == "AWARD")
    return {(row["user_id"], row["request_id"]) for row in rows}
