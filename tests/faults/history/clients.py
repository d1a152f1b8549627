"""Clients that call the servers one thing after the other, with deadlines that matter."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from typing import Final

from laurels.v1.leaderboard_service_pb2 import GetLeaderboardRequest, GetStandingRequest
from laurels.v1.progress_service_pb2 import SubmitProgressRequest
from tests.faults.history.asks import LEARNERS, Asks
from tests.faults.history.calls import Call, Finding, Request, acknowledged
from tests.faults.history.recorder import Recorder

_DEADLINES_S: Final = (1.0, 1.0, 1.0, 2.0, 3.0, 6.0)
_PAUSE_S: Final = 0.005
_AFTER_A_FAILURE_S: Final = 0.1
_ENDED_WITHIN_S: Final = 20.0

_AWAY: Final = 0.1
_AWAY_AGAIN: Final = 0.5
"""How often a call, and how often a repeat, goes to any server."""

_LAST_DEADLINE_S: Final = 10.0
_BATCH_MOST: Final = 1000


class Client:
    """One caller. Every other one repeats what failed indefinitely until it is answered.

    Each has a server that it mostly calls, so that one that hangs does not hold up all of them.
    """

    def __init__(self, number: int, seed: str, recorder: Recorder) -> None:
        self._name = f"c{number}"
        self._asks = Asks(self._name, f"{seed}:{number}")
        self._recorder = recorder
        self._home = number % len(recorder.servers)
        self._is_patient = bool(number // len(recorder.servers) % 2)

    async def run(self, stopping: asyncio.Event) -> None:
        """Calls until it is told to stop; ends with an answer to what it repeats."""
        while not stopping.is_set():
            asked = self._asks.next(self._recorder.newest_token)
            if isinstance(asked, list):
                failed = await self._call_batch(asked)
            else:
                failed = await self._call(asked)
            await asyncio.sleep(_AFTER_A_FAILURE_S if failed else _PAUSE_S)

    async def _call(self, request: Request) -> bool:
        """Makes a call, and says whether it failed indefinitely."""
        call = await self._recorder.make(self._name, *self._where(_AWAY), request)
        self._asks.learn(call)
        first = call
        # A read and a rename have no id that makes a repeat the same call.
        if self._is_patient and call.write is not None:
            while call.indefinite:
                await asyncio.sleep(_AFTER_A_FAILURE_S)
                call = await self._recorder.make(
                    self._name, *self._where(_AWAY_AGAIN), request, retries=call.number
                )
                self._asks.learn(call)
        return first.indefinite

    async def _call_batch(self, requests: list[SubmitProgressRequest]) -> bool:
        calls = await self._recorder.make_batch(self._name, *self._where(_AWAY), requests)
        first = calls
        while self._is_patient and any(call.indefinite for call in calls):
            await asyncio.sleep(_AFTER_A_FAILURE_S)
            again = [call.number if call.indefinite else 0 for call in calls]
            calls = await self._recorder.make_batch(
                self._name, *self._where(_AWAY_AGAIN), requests, retries=again
            )
        return any(call.indefinite for call in first)

    def _where(self, away: float) -> tuple[int, float]:
        """A server, seldom another than its own, and how long the client waits for it."""
        chance = self._asks.chance
        other = chance.randrange(len(self._recorder.servers))
        server = other if chance.random() < away else self._home
        return server, chance.choice(_DEADLINES_S)


@asynccontextmanager
async def calling(recorder: Recorder, seed: str, clients: int) -> AsyncGenerator[list[Finding]]:
    """Clients at work for as long as the block runs; then each is brought to its last answer.

    Those that had none although all was well again are found in the list.
    """
    stopping = asyncio.Event()
    unanswered: list[Finding] = []
    tasks = {
        asyncio.create_task(Client(number, seed, recorder).run(stopping)): f"c{number}"
        for number in range(1, clients + 1)
    }
    try:
        yield unanswered
    finally:
        stopping.set()
        ended, late = await asyncio.wait(tasks, timeout=_ENDED_WITHIN_S)
        for task in late:
            task.cancel()
    for task in ended:
        task.result()
    for task in late:
        last = [call for call in recorder.history.calls if call.client == tasks[task]][-2:]
        what = f"no answer {_ENDED_WITHIN_S:g} s after all was well"
        unanswered.append(Finding(what, tuple(last)))


async def look_at_all(recorder: Recorder) -> list[Finding]:
    """Asks for everything once more, when all is well: nothing may fail. The checks do the rest."""
    everything = {
        call.key: call.request
        for call in acknowledged(recorder.history.calls)
        if isinstance(call.request, SubmitProgressRequest)
    }
    requests = list(everything.values())
    calls: list[Call] = []
    for start in range(0, len(requests), _BATCH_MOST):
        server = start // _BATCH_MOST % len(recorder.servers)
        batch = requests[start : start + _BATCH_MOST]
        calls += await recorder.make_batch("last", server, _LAST_DEADLINE_S, batch)
    token = recorder.newest_token
    for server in range(len(recorder.servers)):
        page = GetLeaderboardRequest(page_size=1000, consistency_token=token)
        calls.append(await recorder.make("last", server, _LAST_DEADLINE_S, page))
        for learner in LEARNERS:
            place = GetStandingRequest(user_id=learner, neighbors=50, consistency_token=token)
            calls.append(await recorder.make("last", server, _LAST_DEADLINE_S, place))
    return [Finding("failed, though all is well", (call,)) for call in calls if not call.answer]
