"""A steady load: calls are made by the clock, whether or not earlier ones were answered.

Only when very many wait does it hold calls back; these count as late from when they were due.

It runs in a process of its own. `python -m bench.steady JOB` does the job (JSON) and prints what
was answered, and when (JSON).
"""

import asyncio
import json
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import islice

import grpc
import uvloop

from bench import workload
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from laurels.v1.progress_service_pb2_grpc import ProgressServiceStub
from laurels_server.redis.keys import to_micros
from laurels_server.rpc.tokens import read_consistency_token

_TIMEOUT_S = 60.0
"""So long that a slow server shows as slow and not as an error."""

_UNDER_WAY_MOST = 500
"""Calls; a server refuses streams beyond the thousand that it allows a connection."""

_ACTIVE = 5000
"""Learners who submit, spread over all; each one's attempts are as many submissions apart."""


@dataclass(frozen=True, slots=True)
class Job:
    """`per_second` submissions for `seconds`, `batch` of them a call; of 1 it is unary.

    `unit` must be fresh.
    """

    address: str
    per_second: int
    batch: int
    seconds: float
    unit: int
    learners: int


Sample = tuple[int, int, int, int]


@dataclass(slots=True)
class Answers:
    """What came back.

    `samples` has one element for each submission: when its call was due and when the answer had
    arrived (ns of the monotonic clock, which all processes share), then the seq and the recorded_at
    (µs) of its consistency token.
    """

    sent: int = 0
    samples: list[Sample] = field(default_factory=list[Sample])
    errors: list[str] = field(default_factory=list[str])


class _Load:
    def __init__(self, job: Job, channel: grpc.aio.Channel) -> None:
        self._job = job
        self._stub = ProgressServiceStub(channel)
        self.answers = Answers()

    async def run(self) -> None:
        """Sends what is due, and waits for every answer."""
        job = self._job
        every_ns = round(1e9 * job.batch / job.per_second)
        attempts = _attempts(job)
        room = asyncio.Semaphore(_UNDER_WAY_MOST)
        due_ns = time.monotonic_ns()
        until_ns = due_ns + round(job.seconds * 1e9)
        async with asyncio.TaskGroup() as calls:
            while max(due_ns, time.monotonic_ns()) < until_ns:
                if (early_ns := due_ns - time.monotonic_ns()) > 0:
                    await asyncio.sleep(early_ns / 1e9)
                await room.acquire()
                requests = list(islice(attempts, job.batch))
                if len(requests) < job.batch:
                    raise RuntimeError("there is nothing left to submit")
                self.answers.sent += len(requests)
                call = calls.create_task(self._call(requests, due_ns))
                call.add_done_callback(lambda _: room.release())
                due_ns += every_ns

    async def _call(self, requests: list[SubmitProgressRequest], due_ns: int) -> None:
        try:
            if self._job.batch == 1:
                responses = [await self._stub.SubmitProgress(requests[0], timeout=_TIMEOUT_S)]
                answered_ns = time.monotonic_ns()
            else:
                answer = await self._stub.BatchSubmitProgress(
                    BatchSubmitProgressRequest(requests=requests), timeout=_TIMEOUT_S
                )
                answered_ns = time.monotonic_ns()
                responses: list[SubmitProgressResponse] = []
                for result in answer.results:
                    if result.HasField("response"):
                        responses.append(result.response)
                    else:
                        self.answers.errors.append(f"an item was refused: {result.error}")
        except grpc.aio.AioRpcError as error:
            self.answers.errors.append(str(error))
            return
        for response in responses:
            if response.xp_earned != workload.LEVEL_XP:
                self.answers.errors.append(f"{response.xp_earned} XP were earned")
            point = read_consistency_token(response.consistency_token)
            if point is None:
                self.answers.errors.append("an answer without a consistency token")
                continue
            sample = (due_ns, answered_ns, point.seq, to_micros(point.recorded_at))
            self.answers.samples.append(sample)


def _attempts(job: Job) -> Iterator[SubmitProgressRequest]:
    active = range(1, job.learners + 1, max(1, job.learners // _ACTIVE))
    return workload.walk(job.unit, active, at_once=len(active))


async def _run(job: Job) -> Answers:
    async with grpc.aio.insecure_channel(job.address) as channel:
        await asyncio.wait_for(channel.channel_ready(), _TIMEOUT_S)
        load = _Load(job, channel)
        await load.run()
        return load.answers


def main() -> None:
    job = Job(**json.loads(sys.argv[1]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        answers = runner.run(_run(job))
    print(json.dumps(asdict(answers)))


if __name__ == "__main__":
    main()
