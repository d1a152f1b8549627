"""The load generator: callers that each wait for an answer before they ask again.

It runs in a process of its own, calls loopback, and ends by itself.
`python -m bench.load JOB` does the job (JSON) and prints what it measured (JSON).
"""

import asyncio
import json
import sys
import time
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import asdict, dataclass, field
from itertools import islice, repeat
from statistics import quantiles
from typing import Literal, TypeVar

import grpc
import psutil
import uvloop

from bench import workload
from laurels.v1.leaderboard_service_pb2 import (
    GetLeaderboardRequest,
    GetLeaderboardResponse,
    LeaderboardSource,
)
from laurels.v1.leaderboard_service_pb2_grpc import LeaderboardServiceStub
from laurels.v1.progress_service_pb2 import (
    BatchSubmitProgressRequest,
    BatchSubmitProgressResponse,
    SubmitProgressRequest,
    SubmitProgressResponse,
)
from laurels.v1.progress_service_pb2_grpc import ProgressServiceStub

T = TypeVar("T")

Rpc = Literal["SubmitProgress", "BatchSubmitProgress", "GetLeaderboard"]

_TIMEOUT_S = 60.0
"""So long that a slow server shows as slow and not as an error."""


_IDLE, _BUSY = "idle", "busy"
"""The machine's CPU time, all cores together."""


@dataclass(frozen=True, slots=True)
class Job:
    """One measurement.

    `unit` must be fresh to a server that keeps what is submitted; one that does not is walked
    through it `over_and_over`. `watched` are processes by name, whose CPU time is counted together
    with their children's.
    """

    address: str
    rpc: Rpc
    callers: int
    warm_up_s: float
    measured_s: float
    unit: int
    learners: int
    over_and_over: bool = False
    watched: dict[str, int] = field(default_factory=dict[str, int])


@dataclass(frozen=True, slots=True)
class Measured:
    """What a job came to. An item is a submission or a page.

    `items`, `errors` and `pages` count everything from the first call on; `per_second`, the
    latencies and the CPU seconds only what ended in the time measured.
    """

    items: int
    errors: int
    first_error: str
    per_second: float
    p50_ms: float
    p99_ms: float
    pages: dict[str, int]
    cpu_s_per_item: dict[str, float]
    cpu_elsewhere: float
    """The share of the machine that others took meanwhile, 0 to 1."""


class _Run:
    def __init__(self, job: Job) -> None:
        self._job = job
        self._items = 0
        self._errors: list[str] = []
        self._pages = Counter[str]()
        self._ended: list[tuple[float, float, int]] = []  # when, after how long, items
        self._began_s = 0.0
        self._until_s = 0.0

    async def measure(self) -> Measured:
        job = self._job
        async with grpc.aio.insecure_channel(job.address) as channel:
            await asyncio.wait_for(channel.channel_ready(), _TIMEOUT_S)
            self._began_s = time.monotonic() + job.warm_up_s
            self._until_s = self._began_s + job.measured_s
            callers = [
                asyncio.create_task(
                    self._call(channel, range(1 + caller, job.learners + 1, job.callers))
                )
                for caller in range(job.callers)
            ]
            await asyncio.sleep(job.warm_up_s)
            before = _cpu_s(job.watched)
            await asyncio.sleep(job.measured_s)
            after = _cpu_s(job.watched)
            await asyncio.gather(*callers)
        return self._result({name: after[name] - before[name] for name in after})

    async def _call(self, channel: grpc.aio.Channel, learners: range) -> None:
        job = self._job
        if job.rpc == "GetLeaderboard":
            pages = repeat(GetLeaderboardRequest(page_size=workload.PAGE_ENTRIES))
            call = LeaderboardServiceStub(channel).GetLeaderboard
            await self._repeat(call, pages, self._check_page)
        elif job.rpc == "SubmitProgress":
            call = ProgressServiceStub(channel).SubmitProgress
            await self._repeat(call, self._attempts(learners), _check_answer)
        else:
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
                items = check(await call(request, timeout=_TIMEOUT_S))
            except (grpc.aio.AioRpcError, _Wrong) as error:
                self._errors.append(str(error))
                return
            ended = time.monotonic()
            self._items += items
            self._ended.append((ended, ended - started, items))

    def _check_page(self, page: GetLeaderboardResponse) -> int:
        if len(page.entries) != workload.PAGE_ENTRIES:
            raise _Wrong(f"a page of {len(page.entries)} entries")
        self._pages[LeaderboardSource.Name(page.source)] += 1
        return 1

    def _result(self, cpu_s: dict[str, float]) -> Measured:
        idle_s, busy_s = cpu_s.pop(_IDLE), cpu_s.pop(_BUSY)
        inside = [
            (latency, items)
            for ended, latency, items in self._ended
            if self._began_s <= ended <= self._until_s
        ]
        items = sum(items for _, items in inside)
        latencies_ms = [latency * 1000 for latency, _ in inside]
        cuts = quantiles(latencies_ms, n=100) if len(inside) > 1 else [0.0] * 99
        return Measured(
            items=self._items,
            errors=len(self._errors),
            first_error=self._errors[0] if self._errors else "",
            per_second=items / max(self._until_s - self._began_s, 1e-9),
            p50_ms=cuts[49],
            p99_ms=cuts[98],
            pages=dict(self._pages),
            cpu_s_per_item={name: spent / max(items, 1) for name, spent in cpu_s.items()},
            cpu_elsewhere=max(0.0, busy_s - sum(cpu_s.values())) / max(busy_s + idle_s, 1e-9),
        )


class _Wrong(Exception):
    """An answer that is not what it should be."""


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


def _cpu_s(watched: dict[str, int]) -> dict[str, float]:
    """CPU seconds spent so far, by name; ours and the machine's too."""
    machine = psutil.cpu_times()
    idle = machine.idle + getattr(machine, "iowait", 0.0)
    spent = {
        "load generator": time.process_time(),
        _IDLE: idle,
        _BUSY: sum(machine) - idle - getattr(machine, "guest", 0.0),
    }
    for name, pid in watched.items():
        process = psutil.Process(pid)
        spent[name] = 0.0
        for one in (process, *process.children(recursive=True)):
            with suppress(psutil.NoSuchProcess):  # a helper of PostgreSQL that has just ended
                times = one.cpu_times()
                spent[name] += times.user + times.system
    return spent


def main() -> None:
    job = Job(**json.loads(sys.argv[1]))
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        measured = runner.run(_Run(job).measure())
    print(json.dumps(asdict(measured)))


if __name__ == "__main__":
    main()
