"""An audit beside everything that the service does, and beside losses of Redis: no finding."""

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncGenerator, Awaitable, Callable

import grpc
import pytest
from redis.asyncio import Redis

from laurels.v1.user_service_pb2 import User
from laurels.v1.xp_service_pb2 import AdjustXpRequest, ReverseXpEntryRequest
from laurels_server.app import App
from laurels_server.config import Settings
from laurels_server.usecases import audit
from tests.calls import Calls, read_refusal
from tests.contract.audits import Board, audit_all, audit_user, rebuild, until_in_step
from tests.contract.scene import award, change

LOAD_S = 3.0
OFTEN = 3

LEVELS = [f"puk_u{unit}_l{number}" for unit in range(1, 5) for number in range(1, 6)]


@pytest.fixture
async def board(settings: Settings) -> AsyncGenerator[Board]:
    async with Redis.from_url(settings.redis_url) as redis:
        yield Board(redis, settings.redis_prefix)


class Load:
    """Callers that go on for a while, and until each of them has done something often enough."""

    def __init__(self, calls: Calls) -> None:
        self.calls = calls
        self.did: Counter[str] = Counter()
        self._until = time.monotonic() + LOAD_S

    async def go_on(self, what: str, work: Callable[[int], Awaitable[object]]) -> None:
        self.did[what] += 0
        for number in itertools.count(1):
            if time.monotonic() > self._until and min(self.did.values()) >= OFTEN:
                return
            await work(number)
            self.did[what] += 1

    async def submit(self, number: int) -> None:
        level, learner = divmod(number - 1, 20)
        await self.calls.submit(f"scout-{learner + 1:03d}", LEVELS[level % len(LEVELS)])

    async def give_and_take_back(self, number: int) -> None:
        """A total that goes up and down, to nothing and back, and so on and off the board."""
        user_id = f"scout-{number % 10 + 21:03d}"
        given = await award(self.calls, user_id, number)
        if number % 2:
            request = ReverseXpEntryRequest(
                request_id=f"back-{number}",
                user_id=user_id,
                entry_id=given,
                reason="typo",
                actor="ada",
            )
            await self.calls.xp.ReverseXpEntry(request)
        else:
            correction = AdjustXpRequest(
                request_id=f"less-{number}",
                user_id=user_id,
                amount=-number,
                reason="typo",
                actor="ada",
            )
            await self.calls.xp.AdjustXp(correction)

    async def rename(self, number: int) -> None:
        user = User(user_id=f"scout-{number % 30 + 1:03d}", display_name=f"No {number}")
        await change(self.calls, "display_name", user)

    async def register(self, number: int) -> None:
        await change(self.calls, "group_ids", User(user_id=f"new-{number}", group_ids=["new"]))
        await award(self.calls, f"new-{number}", 5)


@pytest.mark.parametrize("parts", [1, 7, 5000])
async def test_whatever_goes_on_meanwhile_is_no_finding(
    app: App, calls: Calls, board: Board, monkeypatch: pytest.MonkeyPatch, parts: int
) -> None:
    monkeypatch.setattr(audit, "_LEARNERS_MOST", parts)
    monkeypatch.setattr(audit, "_ENTRIES_MOST", 20 * parts)
    findings: list[object] = []
    load = Load(calls)

    async def audit_everything(_: int) -> None:
        findings.extend((await audit_all(calls)).findings)

    async def audit_one(number: int) -> None:
        findings.extend(await audit_user(calls, f"scout-{number % 30 + 1:03d}"))

    async def lose_the_board(_: int) -> None:
        await until_in_step(calls)
        await board.lose()

    async def build_it_anew(_: int) -> None:
        (end,) = await asyncio.gather(rebuild(calls), return_exceptions=True)
        if isinstance(end, grpc.aio.AioRpcError):
            assert read_refusal(end).reason == "PROJECTION_UNAVAILABLE", "it was lost, too"
        else:
            assert not isinstance(end, BaseException)

    async with asyncio.TaskGroup() as group:
        for what, work in (
            ("submissions", load.submit),
            ("submissions", load.submit),
            ("corrections", load.give_and_take_back),
            ("renames", load.rename),
            ("registrations", load.register),
            ("audits", audit_everything),
            ("audits of one", audit_one),
            ("losses", lose_the_board),
            ("rebuilds", build_it_anew),
        ):
            group.create_task(load.go_on(what, work))
    await until_in_step(calls)

    print(f"in {LOAD_S:g} s: {dict(load.did)}")
    assert findings == []
    assert (await audit_all(calls)).findings == []
