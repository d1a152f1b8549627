"""Our own load generator, for what the others cannot send, or where they are missing.

It runs in a process of its own, calls loopback, and ends by itself.
`python -m bench.load JOB` does the job (JSON) and prints what it measured (JSON).
"""

import asyncio
import json
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import asdict
from itertools import cycle, islice, repeat
from typing import TypeVar

import grpc
import uvloop

from bench import workload
from bench.job import TIMEOUT_S, Ended, Job, Measured, outcome
from laurels.v1.leaderboard_service_pb2 import GetLeaderboardResponse, GetStandingResponse
from laurels.v1.leaderboard_service_pb2_grpc import LeaderboardServiceStub
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    BatchSubmitProgressResponse,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from laurels.v1.progress_service_pb2_grpc import ProgressServiceStub

T = TypeVar("T")


class _Run:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._errors: list[str] = []
        self._ended: list[Ended] = []
        self._until_s = 0.0

    async def measure(self) -> Measured:
        job = self._job
        channels = [_channel(job.address) for _ in range(job.connections)]
        try:
            for channel in channels:
                await asyncio.wait_for(channel.channel_ready(), TIMEOUT_S)
            began_s = time.monotonic() + job.warm_up_s
            self._until_s = began_s + job.measured_s
            await asyncio.gather(
                *(
                    self._call(
                        channels[caller % job.connections],
                        workload.active(job.learners)[caller :: job.callers],
                    )
                    for caller in range(job.callers)
                )
            )
        finally:
            for channel in channels:
                await channel.close()
        return outcome(self._ended, self._errors, began_s, self._until_s)

    async def _call(self, channel: grpc.aio.Channel, learners: range) -> None:
        match self._job.rpc:
            case "GetLeaderboard":
                call = LeaderboardServiceStub(channel).GetLeaderboard
                await self._repeat(call, repeat(workload.PAGE_REQUEST), _check_page)
            case "GetStanding":
                call = LeaderboardServiceStub(channel).GetStanding
                await self._repeat(call, cycle(workload.standings(learners)), _check_standing)
            case "SubmitProgress":
                call = ProgressServiceStub(channel).SubmitProgress
                await self._repeat(call, self._attempts(learners), _check_answer)
            case "BatchSubmitProgress":
                batches = _batches(self._attempts(learners, at_once=workload.BATCH_ITEMS))
                call = ProgressServiceStub(channel).BatchSubmitProgress
                await self._repeat(call, batches, _check_batch)

    def _attempts(self, learners: range, at_once: int = 1) -> Iterator[SubmitProgressRequest]:
        while True:
            yield from workload.walk(self._job.unit, learners, at_once)
            if not self._job.over_and_over:
                return

    async def _repeat(
        self,
        call: Callable[..., Awaitable[T]],
        requests: Iterator[object],
        check: Callable[[T], int],
    ) -> None:
        """Calls one after the other until the time is over; `check` counts an answer's items."""
        while (started := time.monotonic()) < self._until_s:
            request = next(requests, None)
            if request is None:
                # Nothing is left to submit: what was measured until here is what there is.
                self._until_s = started
                return
            try:
                items = check(await call(request, timeout=TIMEOUT_S))
            except (grpc.aio.AioRpcError, _Wrong) as error:
                self._errors.append(str(error))
                return
            ended = time.monotonic()
            self._ended.append(Ended(ended, ended - started, items))


class _Wrong(Exception):
    """An answer that is not what it should be."""


def _channel(address: str) -> grpc.aio.Channel:
    # Else all channels of a process would share one connection.
    return grpc.aio.insecure_channel(address, options=[("grpc.use_local_subchannel_pool", 1)])


def _check_page(page: GetLeaderboardResponse) -> int:
    if len(page.entries) != workload.PAGE_ENTRIES:
        raise _Wrong(f"a page of {len(page.entries)} entries")
    return 1


def _check_standing(standing: GetStandingResponse) -> int:
    if not standing.placed:
        raise _Wrong("a learner without a place")
    return 1


def _check_answer(answer: SubmitProgressResponse) -> int:
    if answer.xp_earned != workload.LEVEL_XP:
        raise _Wrong(f"{answer.xp_earned} XP where {workload.LEVEL_XP} were earned")
    return 1


def _check_batch(answer: BatchSubmitProgressResponse) -> int:
    for result in answer.results:
        if not result.HasField("response"):
            raise _Wrong(f"an item was refused: {result.error}")
        _check_answer(result.response)
    return len(answer.results)


def _batches(attempts: Iterator[SubmitProgressRequest]) -> Iterator[BatchSubmitProgressRequest]:
    while batch := list(islice(attempts, workload.BATCH_ITEMS)):
        yield BatchSubmitProgressRequest(requests=batch)


def main() -> None:
    job = Job(**json.loads(sys.argv[1]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measured = runner.run(_Run(job).measure())
    print(json.dumps(asdict(measured)))


if __name__ == "__main__":
    main()
