"""One relay at a time follows the ledger, and hears of what the others' processes book."""

import asyncio
import secrets
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from typing import cast

import grpc
import pytest
from redis.asyncio import Redis

from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.embedded.servers import EmbeddedServers
from laurels_server.redis import turn as turn_module
from laurels_server.redis.turn import Client, LeasedTurn
from laurels_server.usecases import relay as relay_module
from tests.calls import Calls

PREFIX = "test-turn"


@pytest.fixture
async def redis(servers: EmbeddedServers) -> AsyncGenerator[Redis]:
    client = Redis.from_url(servers.redis_url, decode_responses=True)
    await client.delete(f"{PREFIX}:relay")
    yield client
    await client.aclose()


def turn(redis: Redis) -> LeasedTurn:
    return LeasedTurn(cast(Client, redis), PREFIX)


async def until(holds: Callable[[], Awaitable[bool]], *, within_s: float) -> float:
    """Waits until something holds; returns how long that took, in seconds."""
    began = time.monotonic()
    while not await holds():
        assert time.monotonic() - began < within_s
        await asyncio.sleep(0.02)
    return time.monotonic() - began


async def test_one_has_it_for_as_long_as_it_asks(redis: Redis) -> None:
    one, other = turn(redis), turn(redis)
    until_s = time.monotonic() + 2.0  # longer than it lasts by itself
    while time.monotonic() < until_s:
        assert await one.mine()
        assert not await other.mine()
        await asyncio.sleep(0.05)


async def test_one_that_gives_it_up_is_followed_at_once(redis: Redis) -> None:
    one, other = turn(redis), turn(redis)
    assert await one.mine()
    assert not await other.mine()
    # Only whoever has it can give it up.
    await other.give_up()
    assert not await other.mine()
    await one.give_up()
    assert await other.mine()
    assert not await one.mine()


async def test_one_that_falls_silent_is_followed_within_a_second(redis: Redis) -> None:
    one, other = turn(redis), turn(redis)
    assert await one.mine()
    took_s = await until(other.mine, within_s=1.0)
    print(f"followed after {took_s:.2f} s")
    # It wakes up, and knows.
    assert not await one.mine()


async def test_what_somebody_else_put_there_does_not_stop_the_projection(redis: Redis) -> None:
    await redis.lpush(f"{PREFIX}:relay", "not", "ours")
    await until(turn(redis).mine, within_s=1.0)


async def test_the_one_at_work_is_called_by_those_who_look_on(
    settings: Settings, redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Which would wake it, too.
    settings = settings.model_copy(update={"verify_per_s": 0})
    # Who rests for long must not lose it meanwhile.
    monkeypatch.setattr(turn_module, "_LEASE_MS", 120_000)
    monkeypatch.setattr(turn_module, "_RENEW_S", 60.0)
    async with App(settings) as first:
        await first.load_sample()

        async def in_step(seq: int) -> bool:
            current = await first.projection.current()
            return current is not None and current.watermark.seq >= seq

        async def listens() -> bool:
            [(_, listeners)] = await redis.pubsub_numsub(f"{settings.redis_prefix}:calls")
            return listeners == 1

        await until(lambda: in_step(0), within_s=10)
        await until(listens, within_s=10)
        # From its next rest on, it looks by itself only when all is over.
        monkeypatch.setattr(relay_module, "_POLL_S", 60.0)
        async with (
            App(settings) as second,
            grpc.aio.insecure_channel(second.address) as channel,
        ):
            for number in range(1, 6):
                before = await first.projection.current()
                assert before is not None
                await Calls(channel).submit(
                    f"scout-{number:03d}", "puk_u1_l1", request_id=secrets.token_hex(4)
                )
                took_s = await until(lambda seq=before.watermark.seq + 1: in_step(seq), within_s=5)
                print(f"seen after {took_s:.3f} s")
            # A page here says so, and is Redis' own.
            assert (await Calls(channel).board(page_size=5)).total_entries == 5
        first.relay.wake()


async def test_whoever_ends_leaves_the_turn_to_another(settings: Settings) -> None:
    async with App(settings) as second:
        async with App(settings) as first:
            await first.load_sample()
        async with grpc.aio.insecure_channel(second.address) as channel:
            calls = Calls(channel)
            answer = await calls.submit("scout-001", "puk_u1_l1")
            page = await calls.board(consistency_token=answer.consistency_token)
            assert page.total_entries == 1


class _Slipping:
    """A client whose connections are closed behind its back: what it raises is not Redis' own."""

    def __getattr__(self, name: str) -> Callable[..., object]:
        def slip(*_: object, **__: object) -> object:
            raise RuntimeError("the handler is closed")

        return slip


async def test_a_client_that_lets_an_error_slip_ends_neither_the_relay_nor_the_listener(
    redis: Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    called = asyncio.Event()
    one, other = turn(redis), turn(redis)
    assert await one.mine()
    client = one._client  # pyright: ignore[reportPrivateUsage]
    monkeypatch.setattr(one, "_client", _Slipping())
    listening = asyncio.create_task(one.listen(called.set))
    await one.call()
    monkeypatch.setattr(one, "_sure_until", time.monotonic() + 60)
    await asyncio.sleep(0)  # it begins
    assert not listening.done()
    monkeypatch.setattr(one, "_client", client)

    async def heard() -> bool:
        await other.call()
        return called.is_set()

    await until(heard, within_s=5)
    monkeypatch.setattr(one, "_client", _Slipping())
    await one.give_up()
    one.stop()
    await asyncio.wait_for(listening, 5)
