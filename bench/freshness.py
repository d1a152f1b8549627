"""How long an acknowledged submission takes to be visible in Redis, under a steady load.

Two processes watch it, the one that submits and one that looks at the watermark, by one clock. A
submission is visible when the watermark of the generation in use has reached the seq of its
consistency token.
"""

import asyncio
import json
import subprocess
import sys
import time
from bisect import bisect_left
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from dataclasses import asdict, dataclass
from itertools import accumulate
from statistics import quantiles

from bench import steady, targets, watermark
from bench.sync import until_in_step
from bench.targets import ROOT

_PATIENCE_S = 60.0


@dataclass(frozen=True, slots=True)
class Latency:
    """Of all that was measured, in milliseconds."""

    p50_ms: float
    p99_ms: float
    most_ms: float


@dataclass(frozen=True, slots=True)
class Fresh:
    """What one load came to. Counts are of submissions, and of everything that was sent."""

    sent: int
    acknowledged: int
    per_second: float
    """Acknowledged in the time measured."""

    from_answer: Latency
    """Until visible, from when the answer had arrived; 0 where it was visible before."""

    from_recorded: Latency
    """Until visible, from `recorded_at`, which is before the commit."""

    answer: Latency
    """Until the answer had arrived, from when the call was due."""

    look: Latency
    """Between two looks at the watermark: what is measured is that much too long, at most."""

    problems: list[str]


async def measure(redis_url: str, job: steady.Job, warm_up_s: float) -> Fresh:
    """Carries out the load; the first `warm_up_s` of it are not measured."""
    async with _watching(redis_url) as watching:
        real_ns = time.time_ns() - time.monotonic_ns()
        answers = await _submit(job)
        await until_in_step(job.address)
        seen = await watching.end()
    return outcome(job, answers, seen, warm_up_s, real_ns)


def outcome(
    job: steady.Job,
    answers: steady.Answers,
    seen: watermark.Seen,
    warm_up_s: float,
    real_ns: int,
) -> Fresh:
    """Puts together what the two processes saw; `real_ns` added to the monotonic clock is the
    time of day."""
    began_ns = min(due for due, *_ in answers.samples) + round(warm_up_s * 1e9)
    until_ns = began_ns + round((job.seconds - warm_up_s) * 1e9)
    inside = [sample for sample in answers.samples if began_ns <= sample[1] < until_ns]
    # Greatest so far: another generation may begin a little behind the one it replaces.
    marks = list(accumulate((mark for _, mark in seen.changes), max))
    from_answer: list[float] = []
    from_recorded: list[float] = []
    unseen = 0
    for _, answered_ns, seq, recorded_us in inside:
        at = bisect_left(marks, seq)
        if at == len(marks):
            unseen += 1
            continue
        visible_ns = seen.changes[at][0]
        from_answer.append(max(0, visible_ns - answered_ns) / 1e6)
        from_recorded.append((visible_ns + real_ns - recorded_us * 1000) / 1e6)
    problems = (
        [f"{len(answers.errors)} errors, first {answers.errors[0]}"] if answers.errors else []
    )
    if unseen:
        problems.append(f"{unseen} acknowledged submissions never became visible")
    return Fresh(
        sent=answers.sent,
        acknowledged=len(answers.samples),
        per_second=len(inside) / (job.seconds - warm_up_s),
        from_answer=_latency(from_answer),
        from_recorded=_latency(from_recorded),
        answer=_latency([(answered - due) / 1e6 for due, answered, *_ in inside]),
        look=_latency([pause / 1e6 for pause in seen.pauses_ns]),
        problems=problems,
    )


def _latency(ms: Sequence[float]) -> Latency:
    if len(ms) < 2:
        return Latency(0.0, 0.0, 0.0)
    cuts = quantiles(ms, n=100)
    return Latency(cuts[49], cuts[98], max(ms))


async def _submit(job: steady.Job) -> steady.Answers:
    command = (sys.executable, "-m", "bench.steady", json.dumps(asdict(job)))
    load = await asyncio.create_subprocess_exec(
        *command, cwd=ROOT, env=targets.clean_environment(), stdout=subprocess.PIPE
    )
    try:
        output, _ = await asyncio.wait_for(load.communicate(), job.seconds + 2 * _PATIENCE_S)
    finally:
        await _end(load)
    if load.returncode:
        raise RuntimeError("the steady load failed")
    return steady.Answers(**json.loads(output))


class _Watching:
    def __init__(self, process: asyncio.subprocess.Process) -> None:
        self._process = process

    async def end(self) -> watermark.Seen:
        self._process.terminate()
        output, _ = await asyncio.wait_for(self._process.communicate(), _PATIENCE_S)
        return watermark.Seen(**json.loads(output))


@asynccontextmanager
async def _watching(redis_url: str) -> AsyncGenerator[_Watching]:
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "bench.watermark",
        redis_url,
        cwd=ROOT,
        env=targets.clean_environment(),
        stdout=subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        await asyncio.wait_for(process.stdout.readline(), _PATIENCE_S)
        yield _Watching(process)
    finally:
        await _end(process)


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is None:
        process.kill()
        await process.wait()
