"""Callers that ask for much and do not read it: what they ask for is done, and nobody waits."""

import asyncio
import time
from contextlib import AsyncExitStack
from typing import Final

from laurels.v1.catalog_service_pb2 import Level, ListLevelsRequest, UpsertLevelsRequest
from laurels.v1.progress_service_pb2 import BatchSubmitProgressRequest
from laurels.v1.xp_service_pb2 import GetXpAccountRequest
from tests.calls import attempt
from tests.e2e.process import Setting, serving, until
from tests.faults.checks import (
    BEST,
    FIRST,
    LEARNERS,
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    calling,
)
from tests.faults.load import Answered, account, answered
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.proxy import End, Proxy
from tests.sql import Sql

_READERS: Final = 16 if FULL else 6
"""Of each kind: more than there are connections to PostgreSQL."""

_ATTEMPTS: Final = 600
_LEVELS: Final = [
    Level(level_id=f"long-{n}", title="x" * 200, position=n, xp_reward=1) for n in range(600)
]
"""A batch and a list whose answers are longer than what a caller takes unread, 64 KiB."""

_MOST_READ: Final = 4096
"""Bytes: what connecting takes, and then hardly anything."""


class _Unread(Proxy):
    """Passes requests on, and hardly anything of the answers until `reading` is set."""

    def __init__(self, address: str) -> None:
        host, port = address.split(":")
        super().__init__(host, int(port))
        self.reading = asyncio.Event()
        self.stuck = 0
        """Connections on which an answer waits to be read."""

    async def carry(self, caller: End, target: End) -> None:
        await self.until_one_ends(
            self._flow(caller.reader, target.writer), self._sip(target.reader, caller.writer)
        )

    async def _sip(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        passed = 0
        while block := await self.read(reader):
            passed += len(block)
            if passed > _MOST_READ and not self.reading.is_set():
                self.stuck += 1
                await self.reading.wait()
            writer.write(block)
            await writer.drain()


async def test_callers_that_do_not_read_their_answers_hold_no_connection_to_postgresql(
    shared: dict[str, Setting], sql: Sql
) -> None:
    with breaking(Fault.CANCELS) as row:
        # Two connections for awards, two for reads.
        async with AsyncExitStack() as stack:
            server = await stack.enter_async_context(serving("serve", pool_size=4, **shared))
            unread = await stack.enter_async_context(_Unread(server.address))
            quick = await stack.enter_async_context(calling(server.address))
            slow = [
                await stack.enter_async_context(calling(unread.address))
                for _ in range(2 * _READERS)
            ]
            await quick.catalog.UpsertLevels(UpsertLevelsRequest(levels=_LEVELS), timeout=20)
            batches = [_batch(number) for number in range(_READERS)]
            writers = [
                asyncio.ensure_future(calls.progress.BatchSubmitProgress(batch, timeout=60))
                for calls, batch in zip(slow, batches, strict=False)
            ]
            readers = [
                asyncio.ensure_future(
                    calls.catalog.ListLevels(ListLevelsRequest(page_size=1000), timeout=60)
                )
                for calls in slow[_READERS:]
            ]

            async def all_stuck() -> bool:
                assert not any(call.done() for call in [*writers, *readers]), "answered or refused"
                return unread.stuck == len(slow)

            await until(all_stuck, "every answer waits to be read")
            await assert_no_idle_transactions(sql)
            others = [attempt(user_id, FIRST[0], "meanwhile") for user_id in LEARNERS]
            started = time.monotonic()
            answers = await asyncio.gather(*(answered(quick, request) for request in others))
            await asyncio.gather(*(quick.xp.GetXpAccount(_account_of(name)) for name in LEARNERS))
            took = time.monotonic() - started
            assert {one.tries for one in answers} == {1}
            assert not any(call.done() for call in [*writers, *readers])

            # Half of them hang up in the middle of their answer, the others read on.
            for call in [*writers[::2], *readers[::2]]:
                call.cancel()
            unread.reading.set()
            for levels in await asyncio.gather(*readers[1::2]):
                assert len(levels.levels) >= len(_LEVELS)
            for batch, answer in zip(
                batches[1::2], await asyncio.gather(*writers[1::2]), strict=True
            ):
                for request, result in zip(batch.requests, answer.results, strict=True):
                    assert result.HasField("response"), result.error
                    answers.append(Answered(request, result.response))

            sent = [request for batch in batches for request in batch.requests]
            await assert_booked_once(sql, [*sent, *others])
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
            await account(row, sql, answers)
            row.saw["given up"] += len(writers[::2]) + len(readers[::2])
            await server.stop()
    print(
        f"{len(slow)} callers did not read their answers; {len(others)} attempts of others and as "
        f"many reads took {took * 1000:.0f} ms meanwhile"
    )
    assert row.lost == 0


def _batch(number: int) -> BatchSubmitProgressRequest:
    """Enough attempts for an answer that fits no window."""
    return BatchSubmitProgressRequest(
        requests=[
            attempt(
                LEARNERS[n % len(LEARNERS)],
                [*FIRST, *BEST][n % 8],
                f"reader-{number}-{n}",
                2 + n % 4,
            )
            for n in range(_ATTEMPTS)
        ]
    )


def _account_of(user_id: str) -> GetXpAccountRequest:
    return GetXpAccountRequest(user_id=user_id)
