"""Servers restarted one after the other under load: callers retry, and all is booked once."""

import asyncio
import itertools
import random
import time
from collections import Counter
from collections.abc import AsyncGenerator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final

import grpc
import pytest
from grpc_health.v1 import health_pb2

from laurels.v1.progress_service_pb2 import SubmitProgressRequest, SubmitProgressResponse
from laurels_server.rpc.server import SERVICES
from tests.calls import Calls, attempt
from tests.e2e.process import Laurels, Setting, free_address, serving, until
from tests.e2e.test_drain import LEDGER_LOCK, WAITING_FOR_LEDGER
from tests.faults.checks import (
    BEST,
    FIRST,
    LEARNERS,
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    calling,
    promised,
)
from tests.faults.matrix import FULL, Fault, breaking
from tests.faults.test_store_watch import quantiles
from tests.sql import Sql

SERVERS: Final = 3 if FULL else 2
ROUNDS: Final = 2 if FULL else 1
CALLERS: Final = 16

PAUSE_S: Final = 0.02
"""Between two attempts of one caller, and between two tries of one attempt."""

DRAIN_S: Final = 5.0

INDEFINITE: Final = {
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.CANCELLED,
    grpc.StatusCode.DEADLINE_EXCEEDED,
}


@dataclass(frozen=True, slots=True)
class Booked:
    """An attempt, its answer, and how long and how often it was tried."""

    request: SubmitProgressRequest
    answer: SubmitProgressResponse
    took_s: float
    tries: int


class Callers:
    """Each spreads its attempts over all servers, and tries every one until it is answered."""

    def __init__(self, servers: Sequence[Calls]) -> None:
        self.saw: Counter[str] = Counter()
        self.booked: list[Booked] = []
        self._servers = servers
        self._stopping = False

    async def call(self, number: int, choice: random.Random) -> None:
        """Attempt after attempt, each with an id of its own, until told to finish."""
        servers = itertools.cycle(self._servers)
        for nth in itertools.count():
            if self._stopping:
                return
            request = attempt(
                choice.choice(LEARNERS),
                choice.choice(FIRST + BEST),
                f"caller-{number}-{nth}",
                choice.randint(0, 5),
            )
            self.booked.append(await self._insist(request, servers))
            await asyncio.sleep(PAUSE_S)

    async def _insist(
        self, request: SubmitProgressRequest, servers: "itertools.cycle[Calls]"
    ) -> Booked:
        started = time.monotonic()
        for tries in itertools.count(1):
            calls = next(servers)
            try:
                answer = await calls.progress.SubmitProgress(request, timeout=DRAIN_S)
            except grpc.aio.AioRpcError as error:
                self.saw[told(error)] += 1
            else:
                self.saw["OK"] += 1
                return Booked(request, answer, time.monotonic() - started, tries)
            assert time.monotonic() - started < 2 * DRAIN_S, f"never answered: {request}"
            await asyncio.sleep(PAUSE_S)
        raise AssertionError

    async def went_on(self, more: int) -> None:
        enough = len(self.booked) + more

        async def there() -> bool:
            return len(self.booked) >= enough

        await until(there, f"{more} more are booked")

    def finish(self) -> None:
        self._stopping = True


def told(error: grpc.aio.AioRpcError) -> str:
    """The code of an error, which must say that nobody can tell what happened."""
    ours = "grpc-status-details-bin" in dict(error.trailing_metadata() or ())
    assert error.code() in INDEFINITE or not ours, f"{error.code()}: {error.details()}"
    return error.code().name


@asynccontextmanager
async def calling_at(servers: Sequence[Calls], seed: int) -> AsyncGenerator[Callers]:
    """Load for as long as the block runs; then what is under way is brought to an answer."""
    callers = Callers(servers)
    choice = random.Random(seed)
    async with asyncio.TaskGroup() as tasks:
        try:
            for number in range(CALLERS):
                tasks.create_task(callers.call(number, random.Random(choice.random())))
            yield callers
        finally:
            callers.finish()


class HealthWatch:
    """What a stream of a server's health says, to its end."""

    def __init__(self, channel: grpc.aio.Channel, service: str = "") -> None:
        self.heard: list[str] = []
        watch = channel.unary_stream(
            "/grpc.health.v1.Health/Watch",
            request_serializer=health_pb2.HealthCheckRequest.SerializeToString,
            response_deserializer=health_pb2.HealthCheckResponse.FromString,
        )
        self._stream = watch(health_pb2.HealthCheckRequest(service=service))
        self.ended = asyncio.create_task(self._listen())

    async def _listen(self) -> None:
        # It ends as the connection does, with an error or without.
        with suppress(grpc.aio.AioRpcError):
            async for answer in self._stream:
                name = health_pb2.HealthCheckResponse.ServingStatus.Name(answer.status)
                self.heard.append(name)

    async def hears(self, status: str) -> None:
        async def heard() -> bool:
            return status in self.heard

        await until(heard, f"health says {status}")


async def ended(server: Laurels) -> float:
    """How long it takes from SIGTERM to its end, in seconds."""
    began = time.monotonic()
    server.terminate()
    assert await server.exit_code(within_s=DRAIN_S + 5) == 0, server.log
    took = time.monotonic() - began
    assert "Traceback" not in server.log
    assert took <= DRAIN_S
    return took


@pytest.mark.timeout(300)
async def test_restarted_in_turn_under_load_every_retry_succeeds_and_all_is_booked_once(
    shared: dict[str, Setting], sql: Sql, seed: int
) -> None:
    given = shared | {"drain_timeout_s": DRAIN_S}
    addresses = [free_address() for _ in range(SERVERS)]
    every: list[Laurels] = []
    drained: list[float] = []
    with breaking(Fault.ROLLING_RESTART) as row:
        async with AsyncExitStack() as stack:

            async def run(address: str) -> Laurels:
                server = serving("serve", listen=address, **given)
                every.append(await stack.enter_async_context(server))
                return every[-1]

            running = [await run(address) for address in addresses]
            fleet = [await stack.enter_async_context(calling(address)) for address in addresses]
            async with calling_at(fleet, seed) as callers:
                for number in list(range(SERVERS)) * ROUNDS:
                    await callers.went_on(200)
                    async with grpc.aio.insecure_channel(addresses[number]) as channel:
                        health = HealthWatch(channel)
                        await health.hears("SERVING")
                        drained.append(await ended(running[number]))
                        await health.ended
                    assert health.heard == ["SERVING", "NOT_SERVING"]
                    running[number] = await run(addresses[number])
                await callers.went_on(200)
            for server in every:
                assert server.events("batch"), "it booked nothing, so its end proves nothing"
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
            retried = [booked for booked in callers.booked if booked.tries > 1]
            assert retried, "nobody noticed"
            await assert_replayed(fleet[0], retried[:200])
        row.saw.update(callers.saw)
        row.acknowledged += len(callers.booked)
        row.lost += await lost(sql, callers.booked)
        row.recovered(max(booked.took_s for booked in callers.booked))
        row.note = f"drained after {max(drained) * 1000:.0f} ms"

        print(
            f"\n{len(drained)} restarts, drained after {quantiles(drained)}; {dict(callers.saw)}; "
            f"{len(retried)} attempts retried, at most {max(b.tries for b in retried)} times; "
            f"answered after {quantiles([booked.took_s for booked in callers.booked])}"
        )
        await assert_booked_once(sql, (booked.request for booked in callers.booked))
        await assert_no_idle_transactions(sql)


async def assert_replayed(calls: Calls, booked: Iterable[Booked]) -> None:
    """Whatever server answered first, the answer stays the same."""
    for each in booked:
        again = await calls.progress.SubmitProgress(each.request, timeout=5)
        assert again.replayed
        assert promised(again) == promised(each.answer)


async def lost(sql: Sql, booked: Iterable[Booked]) -> int:
    """How many acknowledged attempts are not stored."""
    rows = await sql.fetch(
        "SELECT user_id, request_id FROM submissions JOIN users USING (learner_key)"
    )
    stored = {(row["user_id"], row["request_id"]) for row in rows}
    return len({(b.request.user_id, b.request.request_id) for b in booked} - stored)


async def test_who_watches_health_hears_that_it_goes_while_calls_are_still_under_way(
    shared: dict[str, Setting], sql: Sql
) -> None:
    async with (
        serving("serve", drain_timeout_s=DRAIN_S, **shared) as server,
        calling(server.address) as calls,
        grpc.aio.insecure_channel(server.address) as channel,
    ):
        watches = [HealthWatch(channel, service) for service in ("", *SERVICES)]
        for health in watches:
            await health.hears("SERVING")
        await sql.execute(f"SELECT pg_advisory_lock({LEDGER_LOCK})")
        submitting = asyncio.ensure_future(calls.submit("scout-001", "first-1", request_id="held"))

        async def waits() -> bool:
            return await sql.fetchval(WAITING_FOR_LEDGER) == 1

        await until(waits, "the submission waits for the ledger")
        server.terminate()
        for health in watches:
            await health.hears("NOT_SERVING")
        assert not submitting.done()
        assert not any(health.ended.done() for health in watches)
        await sql.execute(f"SELECT pg_advisory_unlock({LEDGER_LOCK})")

        assert (await submitting).xp_earned > 0
        assert await server.exit_code(within_s=DRAIN_S) == 0, server.log
        for health in watches:
            await health.ended
            assert health.heard == ["SERVING", "NOT_SERVING"]
