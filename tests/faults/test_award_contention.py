"""Others who hold learners' rows, and servers that want the same ones."""

import asyncio
import random
import time

import grpc

from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    BatchSubmitProgressResult,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from laurels.v1.user_service_pb2 import UpsertUsersRequest, User
from tests.calls import Calls, attempt, read_refusal
from tests.e2e.process import Setting, serving, until
from tests.faults.checks import (
    BEST,
    FIRST,
    LEARNERS,
    assert_booked_once,
    assert_consistent,
    assert_no_idle_transactions,
    booked,
    calling,
)
from tests.faults.load import Answered, account, answered
from tests.faults.matrix import FULL, Fault, breaking
from tests.sql import Sql

_DEADLOCKS = 20 if FULL else 3

_HELD = "scout-001"
_HELD_FOR_S = 2.0


async def test_a_held_learner_delays_nobody_else_and_keeps_their_own_order(
    shared: dict[str, Setting], sql: Sql, stranger: Sql
) -> None:
    ours = [attempt(_HELD, FIRST[0], f"held-{number}") for number in range(8)]
    theirs: list[SubmitProgressRequest] = []
    delays: list[float] = []
    async with (
        serving("serve", lanes=1, **shared) as server,
        calling(server.address) as calls,
    ):
        free = asyncio.Event()

        async def other(user_id: str) -> int:
            count = 0
            while not free.is_set():
                request = attempt(user_id, FIRST[0], f"other-{count}")
                theirs.append(request)
                started = time.monotonic()
                await calls.progress.SubmitProgress(request)
                delays.append(time.monotonic() - started)
                count += not free.is_set()
                await asyncio.sleep(0.02)
            return count

        async def held(number: int) -> SubmitProgressResponse | grpc.aio.AioRpcError:
            # One after the other: some before the lane knows of the lock, some after.
            await asyncio.sleep(number * 0.15)
            try:
                return await calls.progress.SubmitProgress(ours[number])
            except grpc.aio.AioRpcError as error:
                return error

        async with stranger.transaction():
            await stranger.execute("SELECT FROM users WHERE user_id = $1 FOR UPDATE", _HELD)
            others = asyncio.gather(*(other(user_id) for user_id in LEARNERS[1:]))
            waiting = asyncio.gather(*(held(number) for number in range(len(ours))))
            await asyncio.sleep(_HELD_FOR_S)
            assert not await _submissions_of(sql, _HELD)
            free.set()
        counts = await others
        answers = await waiting

        taken: list[int] = []
        for answer in answers:
            if isinstance(answer, SubmitProgressResponse):
                taken.append(answer.attempts)
            else:
                refusal = read_refusal(answer)
                assert refusal.code is grpc.StatusCode.UNAVAILABLE
                assert refusal.reason == "STORE_UNAVAILABLE"
        assert taken == list(range(1, len(taken) + 1)), "not in the order in which they came"
        for request in ours:
            await booked(calls, request)
        await assert_booked_once(sql, [*ours, *theirs])
        await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
        await assert_no_idle_transactions(sql)
    assert min(counts) >= 1, "someone waited for a lock that is not theirs"
    print(
        f"held {_HELD_FOR_S:g} s: {sum(counts)} attempts of others booked meanwhile, the slowest "
        f"in {max(delays):.2f} s; of the held one's {len(ours)} calls {len(taken)} were booked, "
        f"{len(ours) - len(taken)} UNAVAILABLE"
    )


async def _submissions_of(sql: Sql, user_id: str) -> int:
    count = await sql.fetchval(
        "SELECT count(*) FROM submissions JOIN users USING (learner_key) WHERE user_id = $1",
        user_id,
    )
    assert isinstance(count, int)
    return count


async def test_a_deadlock_with_a_stranger_is_tried_again(
    shared: dict[str, Setting], sql: Sql, stranger: Sql
) -> None:
    low, high = "scout-001", "scout-002"
    database = await sql.fetchval("SELECT current_database()")
    # PostgreSQL ends the one that looks for a circle first: with these, always the server.
    await sql.execute(f"ALTER DATABASE {database} SET deadlock_timeout = '250ms'")
    await stranger.execute("SET deadlock_timeout = '10s'")
    unavailable = 0
    with breaking(Fault.DEADLOCK) as row:
        async with (
            serving("serve", lanes=1, **shared) as server,
            calling(server.address) as calls,
        ):
            sent: list[SubmitProgressRequest] = []
            answers: list[Answered] = []
            for number in range(_DEADLOCKS):
                level_id = FIRST[number % len(FIRST)]
                both = [attempt(user_id, level_id, f"{number}") for user_id in (low, high)]
                sent += both
                async with stranger.transaction():
                    await stranger.execute("SELECT FROM users WHERE user_id = $1 FOR UPDATE", high)
                    call = asyncio.create_task(_batch(calls, both))
                    await _until_locked(sql, low)
                    await stranger.execute("SELECT FROM users WHERE user_id = $1 FOR UPDATE", low)
                broken = time.monotonic()
                for request, result in zip(both, await call, strict=True):
                    if result.HasField("response"):
                        answers.append(Answered(request, result.response))
                        continue
                    assert result.error.code == grpc.StatusCode.UNAVAILABLE.value[0]
                    unavailable += 1
                    row.saw["UNAVAILABLE"] += 1
                    answers.append(await answered(calls, request))
                row.recovered(time.monotonic() - broken)
            for request in sent:
                await booked(calls, request)
            await assert_booked_once(sql, sent)
            await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
            await assert_no_idle_transactions(sql)
            await account(row, sql, answers)
            await server.stop()
    deadlocks = await _deadlocks(sql)
    assert deadlocks, "there was no deadlock to get over"
    assert deadlocks <= 4 * _DEADLOCKS, "an attempt was tried more than three times again"
    print(
        f"{deadlocks} deadlocks, {unavailable} of {len(sent)} attempts UNAVAILABLE, all answered "
        f"{(row.recovered_s or 0) * 1000:.0f} ms after the stranger let go"
    )


async def _batch(
    calls: Calls, requests: list[SubmitProgressRequest]
) -> list[BatchSubmitProgressResult]:
    answer = await calls.progress.BatchSubmitProgress(BatchSubmitProgressRequest(requests=requests))
    return list(answer.results)


async def _until_locked(sql: Sql, user_id: str) -> None:
    """Waits until a server holds the learner's row."""

    async def holds() -> bool:
        free = await sql.fetchval(
            "SELECT count(*) FROM (SELECT FROM users WHERE user_id = $1 FOR UPDATE SKIP LOCKED) f",
            user_id,
        )
        return free == 0

    await until(holds, f"{user_id} is locked")


async def _deadlocks(sql: Sql) -> int:
    """How many there were in this database; its backends report when they end."""
    await asyncio.sleep(0.1)
    await sql.execute("SELECT pg_stat_clear_snapshot()")
    count = await sql.fetchval(
        "SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()"
    )
    assert isinstance(count, int)
    return count


async def test_two_servers_on_the_same_learners_never_deadlock(
    shared: dict[str, Setting], sql: Sql, seed: int
) -> None:
    chance = random.Random(seed)
    rounds = 25
    database = await sql.fetchval("SELECT current_database()")
    # Otherwise the lock timeout would end a deadlock before anyone had looked for it.
    await sql.execute(f"ALTER DATABASE {database} SET deadlock_timeout = '20ms'")
    sent: list[SubmitProgressRequest] = []
    async with serving("serve", **shared) as one, serving("serve", **shared) as two:
        async with calling(one.address) as to_one, calling(two.address) as to_two:
            started = time.monotonic()
            for number in range(rounds):
                pending: list[asyncio.Task[None]] = []
                for name, calls in (("one", to_one), ("two", to_two)):
                    batch = [
                        attempt(user_id, chance.choice([*FIRST, *BEST]), f"{name}-{number}")
                        for user_id in chance.sample(LEARNERS, len(LEARNERS))
                    ]
                    sent += batch
                    pending.append(asyncio.create_task(_all_booked(calls, batch)))
                    people = [
                        User(user_id=user_id, display_name=f"{name} {number}")
                        for user_id in chance.sample(LEARNERS, len(LEARNERS))
                    ]
                    pending.append(asyncio.create_task(_renamed(calls, people)))
                await asyncio.gather(*pending)
            took = time.monotonic() - started
        await assert_booked_once(sql, sent)
        await assert_consistent(sql, str(shared["redis_url"]), str(shared["redis_prefix"]))
        await assert_no_idle_transactions(sql)
        await one.stop()
        await two.stop()
    assert await _deadlocks(sql) == 0
    print(f"{rounds} rounds of 80 changes in {took:.2f} s, no deadlock")


async def _all_booked(calls: Calls, requests: list[SubmitProgressRequest]) -> None:
    for result in await _batch(calls, requests):
        assert result.HasField("response"), result.error


async def _renamed(calls: Calls, people: list[User]) -> None:
    await calls.users.UpsertUsers(UpsertUsersRequest(users=people))
