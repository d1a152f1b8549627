"""Redis is given up when it is late, not when we are."""

import asyncio
import time

import pytest

from laurels_server.redis.patience import Patience


async def test_what_takes_too_long_ends() -> None:
    began = time.monotonic()

    with pytest.raises(TimeoutError, match="100 ms"), Patience(0.1):
        await asyncio.sleep(60)

    assert 0.09 < time.monotonic() - began < 0.5
    # Nothing of it is left behind.
    await asyncio.sleep(0)


async def test_an_answer_that_came_while_we_were_too_busy_to_look_is_taken() -> None:
    loop = asyncio.get_running_loop()
    answer = loop.run_in_executor(None, time.sleep, 0.02)
    loop.call_soon(time.sleep, 0.3)

    with Patience(0.1):
        await answer


async def test_what_fails_or_ends_by_itself_is_not_touched() -> None:
    with pytest.raises(LookupError), Patience(0.01):
        raise LookupError
    with Patience(0.01):
        await asyncio.sleep(0)

    await asyncio.sleep(0.05)


async def test_a_cancel_of_somebody_else_stays_one() -> None:
    async def patient() -> None:
        with Patience(60):
            await asyncio.sleep(60)

    task = asyncio.create_task(patient())
    await asyncio.sleep(0)
    task.cancel()

    with pytest.raises(asyncio.CancelledError):
        await task
