"""What is repeated, how often, and what is not."""

import asyncio
import time
from typing import Any

import grpc
import pytest

import laurels
from laurels.errors import DeadlineExceeded, ServerDefect, Unavailable
from tests.e2e.process import Laurels
from tests.faults.proxy import Proxy
from tests.pyclient.either import ATTEMPT, Kind, opened
from tests.pyclient.scripted import Failure, scripted

UNAVAILABLE = Failure(grpc.StatusCode.UNAVAILABLE)


async def test_a_call_is_tried_four_times_with_growing_pauses(kind: Kind) -> None:
    async with scripted(*[UNAVAILABLE] * 9) as server, opened(kind, server.address) as client:
        began = time.monotonic()
        error = await client.fails("get_level", "l")
        took_s = time.monotonic() - began
    assert type(error) is Unavailable
    assert len(server.seen) == 4
    # 0.2, 0.6 and 1.8 s, give or take a fifth; the last may be cut to the most, 2 s.
    assert took_s > 0.8 * 2.6
    tries = [seen.metadata.get("grpc-previous-rpc-attempts") for seen in server.seen]
    assert tries == [None, "1", "2", "3"]


@pytest.mark.parametrize(
    ("name", "arguments"),
    [
        ("upsert_levels", {"levels": []}),
        ("upsert_users", {"users": []}),
        ("retire_level", {"level_id": "l"}),
    ],
)
async def test_writes_without_a_request_id_are_never_repeated(
    kind: Kind, name: str, arguments: dict[str, Any]
) -> None:
    async with scripted(UNAVAILABLE) as server, opened(kind, server.address) as client:
        error = await client.fails(name, **arguments)
    assert (type(error), error.definite) == (Unavailable, False)
    assert len(server.seen) == 1


@pytest.mark.parametrize("code", set(grpc.StatusCode) - {grpc.StatusCode.UNAVAILABLE})
async def test_nothing_but_unavailable_is_repeated(kind: Kind, code: grpc.StatusCode) -> None:
    if code is grpc.StatusCode.OK:
        return
    async with scripted(Failure(code)) as server, opened(kind, server.address) as client:
        error = await client.fails("submit_progress", user_id="u", **ATTEMPT)
    assert not error.definite
    assert len(server.seen) == 1


async def test_without_retry_there_is_one_try(kind: Kind) -> None:
    async with (
        scripted(UNAVAILABLE) as server,
        opened(kind, server.address, retry=False) as client,
    ):
        await client.fails("get_level", "l")
    assert len(server.seen) == 1


async def test_repeats_end_with_the_deadline(kind: Kind) -> None:
    async with scripted(*[UNAVAILABLE] * 9) as server, opened(kind, server.address) as client:
        error = await client.fails("get_level", "l", timeout=0.5)
    assert type(error) is DeadlineExceeded
    assert len(server.seen) == 2


async def test_a_batch_beyond_what_grpc_keeps_by_itself_is_repeated(kind: Kind) -> None:
    attempts = [
        laurels.SubmitProgressRequest(user_id="u" * 128, level_id="l" * 128, score=1)
        for _ in range(1000)
    ]
    size = sum(attempt.ByteSize() for attempt in attempts)
    assert size > 256 * 1024
    async with scripted(UNAVAILABLE) as server, opened(kind, server.address) as client:
        await client.call("batch_submit_progress", attempts)
    assert len(server.seen) == 2


async def test_a_server_that_only_fails_is_soon_asked_once() -> None:
    """Throttled: after some 500 failures no more is added to its burden."""
    most = 400
    async with (
        scripted(*[UNAVAILABLE] * 4 * most) as server,
        opened("asyncio", server.address) as client,
    ):
        failed = await asyncio.gather(
            *(client.fails("get_level", "l", timeout=30.0) for _ in range(most))
        )
        assert {type(error) for error in failed} == {Unavailable}
        assert len(server.seen) < 2.5 * most
        before = len(server.seen)
        await client.fails("get_level", "l")
        assert len(server.seen) == before + 1


async def test_a_call_outlives_a_server_that_is_away_for_a_moment(
    kind: Kind, server: Laurels, learner: str
) -> None:
    host, port = server.address.split(":")
    async with Proxy(host, int(port)) as proxy, opened(kind, proxy.address) as client:
        await client.call("get_user", learner)
        await proxy.cut()
        call = asyncio.create_task(client.call("submit_progress", user_id=learner, **ATTEMPT))
        await asyncio.sleep(0.5)
        assert not call.done()
        await proxy.mend()
        answer = await call
        assert (answer.attempts, answer.replayed) == (1, False)


async def test_a_call_whose_answer_never_came_can_be_repeated_with_the_errors_id(
    kind: Kind, server: Laurels, learner: str
) -> None:
    host, port = server.address.split(":")
    async with Proxy(host, int(port)) as proxy, opened(kind, proxy.address) as client:
        await client.call("get_user", learner)
        await proxy.hang()
        error = await client.fails("submit_progress", user_id=learner, timeout=0.5, **ATTEMPT)
        assert (type(error), error.definite) == (DeadlineExceeded, False)
        # What was sent arrives late, beside the repeat.
        await proxy.mend()
        answer = await client.call(
            "submit_progress", user_id=learner, request_id=error.request_id, **ATTEMPT
        )
        assert answer.attempts == 1
        progress = (await client.call("list_progress", learner)).levels[0]
        assert (progress.level_id, progress.attempts) == ("puk_u1_l1", 1)


async def test_a_defect_of_the_server_is_told_as_such(kind: Kind) -> None:
    failure = Failure(grpc.StatusCode.UNKNOWN)
    async with scripted(failure) as server, opened(kind, server.address) as client:
        error = await client.fails("get_level", "l")
    assert type(error) is ServerDefect


async def test_a_repeat_goes_to_another_server(kind: Kind) -> None:
    async with (
        scripted() as one,
        scripted() as two,
        opened(kind, f"ipv4:{one.address},{two.address}") as client,
    ):
        while not (one.seen and two.seen):
            await client.call("get_level", "l")
        before = len(two.seen)
        one.steps = [UNAVAILABLE] * 1000
        for _ in range(10):
            await client.call("get_level", "l")
        assert len(two.seen) - before == 10
